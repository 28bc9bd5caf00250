"""Whose the record is: every statement names a persona and a user."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Insert, Table, bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from roleagent.errors import InputError
from roleagent.language.dates import is_before, parse_date
from roleagent.store.tables import EPISODES, FACTS, ITEM_TEXTS, ITEMS, NODES, SCOPES, SUMMARIES
from roleagent.types import Episode, Scope

OWNED = (EPISODES, FACTS, NODES, SUMMARIES, ITEM_TEXTS, ITEMS)  # in an order in which they can be emptied

IS_OWNER = (SCOPES.c.persona_id == bindparam("owner_persona")) & (SCOPES.c.user_id == bindparam("owner_user"))
_OWNER = select(SCOPES.c.id).where(IS_OWNER)
_OWNER_STATE = _OWNER.add_columns(SCOPES.c.num_erasures)
_ERASURE_BITS = 32
_OWNER_HELD = _OWNER.with_for_update()


def owner_values(scope: Scope) -> dict[str, Any]:
    """What `is_owned` compares with, for the statement's values."""
    return {"owner_persona": scope.persona_id, "owner_user": scope.user_id}


def is_owned(table: Table) -> ColumnElement[bool]:
    """Whether a row belongs to the persona and user of `owner_values`."""
    return table.c.scope == _OWNER.scalar_subquery()


def find_owner(connection: Connection, scope: Scope) -> int | None:
    """The number of a persona and user, None while nothing is kept of them."""
    return connection.execute(_OWNER, owner_values(scope)).scalar_one_or_none()


def owner_state(connection: Connection, scope: Scope) -> int | None:
    """A number that changes when something of a persona and user is erased; None while nothing is kept."""
    row = connection.execute(_OWNER_STATE, owner_values(scope)).one_or_none()
    return None if row is None else row.id << _ERASURE_BITS | row.num_erasures


def make_owner(connection: Connection, scope: Scope) -> int:
    """The number of a persona and user, held against other writers until the transaction ends.

    On a server, several write at once. One at a time for each persona and user means that what is written
    later has higher numbers, which is how an index learns what is new.
    """
    while (found := hold_owner(connection, scope)) is None:
        values = {"persona_id": scope.persona_id, "user_id": scope.user_id, "settled": 1}
        connection.execute(insert_new(SCOPES, connection.dialect.name), values)
    return found


def hold_owner(connection: Connection, scope: Scope) -> int | None:
    """`find_owner`, held against other writers until the transaction ends."""
    return connection.execute(_OWNER_HELD, owner_values(scope)).scalar_one_or_none()


def erase(connection: Connection, scope: Scope) -> dict[str, int]:
    """Delete all of a persona and user; gives counts by table."""
    owner = hold_owner(connection, scope)
    counts = {
        table.name: connection.execute(delete(table).where(table.c.scope == owner)).rowcount
        for table in OWNED
    }
    connection.execute(delete(SCOPES).where(SCOPES.c.id == owner))
    return counts


def count_owned(connection: Connection, scope: Scope) -> dict[str, int]:
    """How many rows of each table belong to a persona and user."""
    return {
        table.name: connection.execute(
            select(func.count()).select_from(table).where(is_owned(table)), owner_values(scope)
        ).scalar_one()
        for table in OWNED
    }


def check_owner(episode: Episode, scope: Scope) -> None:
    """Refuse an episode of another persona or user.

    Raises:
        InputError: it is.
    """
    theirs = (episode.scope.persona_id, episode.scope.user_id)
    ours = (scope.persona_id, scope.user_id)
    if theirs != ours:
        raise InputError(
            f"Episode {episode.id!r} belongs to {theirs!r}, not to {ours!r}: "
            "commit each persona's and user's episodes under their own scope."
        )


@cache
def insert_new(table: Table, dialect: str) -> Insert:
    """An INSERT that leaves alone what is there."""
    if dialect == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


_YEAR, _MONTH = 10_000, 100
_AFTER_ALL = 99  # higher than any month or day


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a scope lets through, in a form that SQL and numpy can test.

    Attributes:
        listener: whom an episode may have been said to, beside nobody in particular (``""``).
        until: the highest `story_day` that an episode may have; None for any, and for those without one.
    """

    listener: str
    until: int | None


def sight_of(scope: Scope) -> Sight:
    """What a scope lets through.

    Raises:
        InputError: `as_of` is no date.
    """
    return Sight(listener=scope.listener, until=_last_day(scope.as_of))


def may_see(scope: Scope, said_in: Scope) -> bool:
    """Whether an episode of the scope `said_in` may be given to a caller of another; the rule itself."""
    if (scope.persona_id, scope.user_id) != (said_in.persona_id, said_in.user_id):
        return False
    if said_in.listener not in ("", scope.listener):
        return False
    return not scope.as_of or (bool(said_in.as_of) and not is_before(scope.as_of, said_in.as_of))


def story_day(as_of: str) -> int | None:
    """A number that orders moments of a story; None for no moment.

    A moment is certainly after another exactly if its number is higher than the other's `Sight.until`:
    what a date leaves open counts as its beginning here, and as its end there.

    >>> story_day("1881"), story_day("1881-03"), story_day("1881-03-04"), story_day("-0469-03")
    (18810000, 18810300, 18810304, -4689700)
    """
    return _day(as_of, 0)


def _last_day(as_of: str) -> int | None:
    return _day(as_of, _AFTER_ALL)


def _day(as_of: str, left_open: int) -> int | None:
    if not as_of:
        return None
    parts = parse_date(as_of)
    if parts is None:
        raise InputError(f"as_of is {as_of!r}, which is not a date: write 1881, 1881-03 or 1881-03-04.")
    year, month, day = (*parts, left_open, left_open)[:3]
    return year * _YEAR + month * _MONTH + day
