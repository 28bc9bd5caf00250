"""Facts in two times, when they held (valid) and when the record said so (recorded): written and unlearned.

A version of a fact is never rewritten. A change is a new version of the same id, recorded from then on, and
the version before it is superseded at that moment. So two versions of an id were never believed at the same
time. A fact that was taken back as never true is superseded without a new version. Only new evidence and
confidence are added to the current version.

Facts are unlearned when their source episodes are erased. A version of a fact is judged by what it added to
the version before it: a new source or, without one, the episode at whose moment it was recorded. A version
that rests only on erased episodes is erased, and so is whatever ended it. If it had superseded another
version, that one is current again, unless a later one has replaced it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
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


# ── unlearning: only values, `forgetting` writes the result ──────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVersion:
    """One row of the table of facts: its number, and what it says."""

    seq: int
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What is erased, as far as facts depend on it.

    Attributes:
        episodes: ids.
        moments: when these episodes were.
        facts: ids of facts to erase whatever they rest on.
        before: also erase facts without any source that were recorded earlier; None keeps them.
        standing: ids of remaining episodes that facts name as sources.
    """

    episodes: Collection[str]
    moments: Collection[datetime]
    facts: Collection[str]
    before: datetime | None
    standing: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlearned:
    """The rows to delete, and the rows to rewrite."""

    gone: tuple[StoredVersion, ...]
    changed: tuple[StoredVersion, ...]


def unlearn(versions: Sequence[StoredVersion], erased: Erased) -> Unlearned:
    """Judge all versions of all facts of a persona and user, given in the order of the record."""
    by_fact = sorted(versions, key=lambda version: (version.fact.id, version.seq))
    gone: list[StoredVersion] = []
    left: list[StoredVersion] = []
    for _, group in groupby(by_fact, key=lambda version: version.fact.id):
        story = list(group)
        going = _going(story, erased)
        gone += [version for version, goes in zip(story, going, strict=True) if goes]
        left += _mended(story, going, erased)
    before = {version.seq: version for version in versions}
    told = _without_contradiction(left, before)
    return Unlearned(
        gone=tuple(gone), changed=tuple(version for version in told if version != before[version.seq])
    )


def _going(story: Sequence[StoredVersion], erased: Erased) -> list[bool]:
    """Which versions of one fact must be erased."""
    going: list[bool] = []
    before: Fact | None = None
    for fact in (version.fact for version in story):
        added, is_end = fact.evidence, False
        if before and before.superseded_at == fact.recorded_at and set(before.evidence) <= set(fact.evidence):
            # it replaced the version before it, and took over its evidence
            added = tuple(source for source in fact.evidence if source not in before.evidence)
            is_end = fact.valid_to is not None
        going.append(
            fact.id in erased.facts
            or (is_end and going[-1])
            or _rests_on_nothing(fact, fact.evidence, erased)
            or _rests_on_nothing(fact, added, erased)
        )
        before = fact
    return going


def _rests_on_nothing(fact: Fact, sources: Sequence[str], erased: Erased) -> bool:
    """Whether all evidence for a version is erased."""
    if sources:
        is_touched = any(source in erased.episodes for source in sources)
        return is_touched and not any(source in erased.standing for source in sources)
    is_old = not fact.evidence and _is_before(fact.recorded_at, erased.before)
    return is_old or fact.recorded_at in erased.moments


def _is_before(at: datetime | None, limit: datetime | None) -> bool:
    return at is not None and limit is not None and at < limit


def _mended(story: Sequence[StoredVersion], going: Sequence[bool], erased: Erased) -> Iterator[StoredVersion]:
    """The remaining versions, without erased sources; some are current again after the erasure."""
    for place, version in enumerate(story):
        if not going[place]:
            fact = version.fact
            evidence = tuple(source for source in fact.evidence if source not in erased.episodes)
            until = _until(story, going, place, erased)
            yield replace(version, fact=replace(fact, evidence=evidence, superseded_at=until))


def _until(
    story: Sequence[StoredVersion], going: Sequence[bool], place: int, erased: Erased
) -> datetime | None:
    """When a remaining version is superseded, once the others are gone."""
    until, rest = story[place].fact.superseded_at, range(place + 1, len(story))
    for later in rest:
        if until is None or until != story[later].fact.recorded_at or not going[later]:
            break
        until = story[later].fact.superseded_at
    was_retracted = until in erased.moments and all(going[later] for later in rest)
    return None if was_retracted else until


def _without_contradiction(
    versions: Sequence[StoredVersion], before: Mapping[int, StoredVersion]
) -> Iterator[StoredVersion]:
    """Keep a version superseded if it would contradict a value that was learned later."""
    for version in versions:
        was = before[version.seq].fact
        stands_again = was.superseded_at is not None and version.fact.superseded_at is None
        if stands_again and any(_takes_the_place(other.fact, version.fact, was) for other in versions):
            yield replace(version, fact=replace(version.fact, superseded_at=was.superseded_at))
        else:
            yield version


def _takes_the_place(other: Fact, fact: Fact, was: Fact) -> bool:
    holds = other.superseded_at is None and other.valid_to is None
    is_rival = other.id != fact.id and (other.subject, other.relation) == (fact.subject, fact.relation)
    return holds and is_rival and not _is_before(other.recorded_at, was.superseded_at)
