"""Facts in two times: when they held (valid), and when the record said so (recorded).

A version of a fact is never rewritten. A change is a new version of the same id, recorded from then on, and
the version before it is superseded at that moment. So two versions of an id were never believed at the same
time. A fact that was taken back as never true is superseded without a new version. Only new evidence and
confidence are added to the current version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from roleagent.errors import InputError
from roleagent.store.rows import fact_to_row, fact_version, row_to_fact, time_to_text
from roleagent.store.tables import FACTS, is_owned, owner_values
from roleagent.types import Fact, GraphUpdate, Owner

_IS_LIVE = FACTS.c.superseded_at.is_(None)
_IS_THIS_ONE = (FACTS.c.scope == bindparam("of_owner"), FACTS.c.id == bindparam("of_id"))
_LIVE = select(FACTS).where(*_IS_THIS_ONE, _IS_LIVE)
_LIVE_OR_VERSION = select(FACTS).where(
    *_IS_THIS_ONE, or_(_IS_LIVE, FACTS.c.version == bindparam("of_version"))
)
_CHANGE_LIVE = update(FACTS).where(*_IS_THIS_ONE, _IS_LIVE)
_INSERT = insert(FACTS)
_ALL_LIVE = select(FACTS).where(is_owned(FACTS), _IS_LIVE).order_by(FACTS.c.seq)
_ALL_PAST = select(FACTS).where(is_owned(FACTS), FACTS.c.superseded_at.is_not(None)).order_by(FACTS.c.seq)


def write_facts(connection: Connection, owner_id: int, changes: GraphUpdate, now: datetime) -> None:
    """Write an update; writing it again changes nothing.

    Raises:
        InputError: an ended fact has no `valid_to`.
    """
    for fact in changes.superseded:
        if fact.valid_to is None:
            raise InputError(f"Fact {fact.id!r} ends now, and its valid_to is None: say when it ended.")
        if fact.superseded_at is None or fact.layer != "learned":
            _record(connection, owner_id, fact, now, now)
        else:
            _retract(connection, owner_id, fact, fact.superseded_at)
    for fact in changes.added:
        _record(connection, owner_id, fact, fact.recorded_at, now)
    for fact in changes.merged:
        _merge(connection, owner_id, fact, now)


def select_facts(connection: Connection, owner: Owner, *, live: bool) -> tuple[Fact, ...]:
    """The current versions, or the superseded ones, in the order of the record."""
    rows = connection.execute(_ALL_LIVE if live else _ALL_PAST, owner_values(owner))
    return tuple(map(row_to_fact, rows))


def _record(
    connection: Connection, owner_id: int, fact: Fact, recorded_at: datetime | None, now: datetime
) -> None:
    """Record a version from `recorded_at` on, or from `now` if that is None and it replaces another."""
    version = fact_version(fact)
    rows = connection.execute(_LIVE_OR_VERSION, {**_of(owner_id, fact), "of_version": version}).all()
    if any(row.version == version for row in rows):
        return
    for live in map(row_to_fact, rows):
        if _says(live) == _says(fact):
            _join(connection, owner_id, live, fact)
            return
        recorded_at = max(recorded_at or now, live.recorded_at or now)
        if fact.valid_to is not None:
            fact = replace(fact, evidence=_union(live.evidence, fact.evidence))
        _supersede(connection, owner_id, live, recorded_at)
    stored = replace(fact, recorded_at=recorded_at, superseded_at=None)
    connection.execute(_INSERT, {"scope": owner_id, "version": version, **fact_to_row(stored)})


def _retract(connection: Connection, owner_id: int, fact: Fact, at: datetime) -> None:
    """Supersede a fact that never held; if it was learned again since then, it stays."""
    for live in map(row_to_fact, connection.execute(_LIVE, _of(owner_id, fact)).all()):
        if live.recorded_at is None or live.recorded_at <= at:
            _supersede(connection, owner_id, live, at)


def _merge(connection: Connection, owner_id: int, fact: Fact, now: datetime) -> None:
    """Add evidence to the current version; a fact that says more than before is a new version.

    The file's own facts have no row, and stay as they are.
    """
    for live in map(row_to_fact, connection.execute(_LIVE, _of(owner_id, fact)).all()):
        if _says(live) == _says(fact):
            _join(connection, owner_id, live, fact)
        else:
            joined = replace(fact, evidence=_union(live.evidence, fact.evidence))
            _record(connection, owner_id, joined, now, now)


def _join(connection: Connection, owner_id: int, live: Fact, fact: Fact) -> None:
    joined = replace(
        live,
        evidence=_union(live.evidence, fact.evidence),
        confidence=max(live.confidence, fact.confidence),
    )
    if joined != live:
        row = fact_to_row(joined)
        changed = {name: row[name] for name in ("evidence", "confidence")}
        connection.execute(_CHANGE_LIVE, {**_of(owner_id, live), **changed})


def _supersede(connection: Connection, owner_id: int, live: Fact, at: datetime) -> None:
    connection.execute(_CHANGE_LIVE, {**_of(owner_id, live), "superseded_at": time_to_text(at)})


def _of(owner_id: int, fact: Fact) -> dict[str, Any]:
    return {"of_owner": owner_id, "of_id": fact.id}


def _says(fact: Fact) -> Fact:
    """The content of a fact, without its recorded times and evidence."""
    return replace(fact, recorded_at=None, superseded_at=None, evidence=(), confidence=1.0, score=None)


def _union(some: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*some, *others)))
