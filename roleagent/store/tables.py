"""The tables of the record as queries name them, and whose their rows are.

`migrations` creates the tables. Every statement names a persona and a user.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Float,
    Insert,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from roleagent.errors import InputError
from roleagent.language.dates import parse_date
from roleagent.types import Episode, Owner, Sight

METADATA = MetaData()


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


OWNERS = Table(
    "scopes",
    METADATA,
    Column("id", Integer, primary_key=True),
    _text("persona_id"),
    _text("user_id"),
    Column("num_erasures", Integer, nullable=False, server_default="0"),
    Column("settled", Integer, nullable=False, server_default="0"),  # see `transfer`
)

CHARACTERS = Table(  # whose ids were made from their files, to know them again when these are edited
    "characters",
    METADATA,
    Column("persona_id", Text, primary_key=True),
    _text("name"),
    _text("maker"),
    _text("marks"),  # JSON: see `persona.identity`
)

EPISODES = Table(
    "episodes",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("scope", Integer, nullable=False),
    _text("id"),
    _text("thread_id"),
    _text("turn_id"),
    _text("speaker"),
    _text("text"),
    _text("at"),  # UTC, in a form that sorts as time does
    _text("attachments"),  # JSON
    _text("embedder"),
    Column("embedding", LargeBinary),
    _text("listener"),
    _text("as_of"),
    Column("story_day", Integer),  # `as_of` as a number that can be compared: see `story_day`
    _text("lore_state"),
    _text("speaker_name"),
    _text("observations"),  # JSON
    _text("mentions"),  # JSON
    Column("importance", Float),
    _text("tone"),  # JSON; empty if nothing heard it
)

SUMMARIES = Table(
    "summaries",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("scope", Integer, nullable=False),
    _text("id"),
    _text("thread_id"),
    _text("listener"),
    _text("as_of"),
    Column("story_day", Integer),
    _text("level"),
    _text("text"),
    _text("sources"),  # JSON
    _text("first_at"),
    _text("last_at"),
    _text("made_at"),
    _text("made_by"),
)

ITEMS = Table(
    "items",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("scope", Integer, nullable=False),
    _text("namespace"),  # labels joined by full stops
    _text("key"),
    _text("value"),  # JSON
    _text("created_at"),
    _text("updated_at"),
    Column("lifetime_s", Float),
    Column("expires_at", Text),
)

ITEM_TEXTS = Table(
    "item_texts",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("scope", Integer, nullable=False),
    Column("item", Integer, nullable=False),  # ITEMS.seq
    _text("text"),
    _text("embedder"),
    Column("embedding", LargeBinary),
)

NODES = Table(
    "nodes",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("scope", Integer, nullable=False),
    _text("id"),
    _text("type"),
    _text("label"),
    _text("aliases"),  # JSON
    _text("description"),
)

FACTS = Table(
    "facts",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("scope", Integer, nullable=False),
    _text("id"),
    _text("version"),
    _text("subject"),
    _text("relation"),
    _text("object"),
    _text("text"),
    _text("layer"),
    Column("fixed", Integer, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("valid_from", Text),
    Column("valid_to", Text),
    Column("recorded_at", Text),
    Column("superseded_at", Text),
    _text("evidence"),  # JSON
    _text("visibility"),  # JSON
)

RELATIONSHIP_SETTINGS = Table(
    "relationship_settings",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("scope", Integer, nullable=False),
    _text("at"),
    Column("valence", Float),
    Column("arousal", Float),
    Column("trust", Float),
)


# in an order in which they can be emptied
OWNED = (EPISODES, FACTS, NODES, SUMMARIES, ITEM_TEXTS, ITEMS, RELATIONSHIP_SETTINGS)

IS_OWNER = (OWNERS.c.persona_id == bindparam("owner_persona")) & (OWNERS.c.user_id == bindparam("owner_user"))
_OWNER = select(OWNERS.c.id).where(IS_OWNER)
_OWNER_STATE = _OWNER.add_columns(OWNERS.c.num_erasures)
_ERASURE_BITS = 32
_OWNER_HELD = _OWNER.with_for_update()


def owner_values(owner: Owner) -> dict[str, Any]:
    """What `is_owned` compares with, for the statement's values."""
    return {"owner_persona": owner.persona_id, "owner_user": owner.user_id}


def is_owned(table: Table) -> ColumnElement[bool]:
    """Whether a row belongs to the persona and user of `owner_values`."""
    return table.c.scope == _OWNER.scalar_subquery()


def owner_state(connection: Connection, owner: Owner) -> int | None:
    """A number that changes when something of a persona and user is erased; None if nothing is kept."""
    row = connection.execute(_OWNER_STATE, owner_values(owner)).one_or_none()
    return None if row is None else row.id << _ERASURE_BITS | row.num_erasures


def make_owner(connection: Connection, owner: Owner) -> int:
    """The number of a persona and user, locked against other writers until the transaction ends.

    On a server, several write at once. One at a time for each persona and user means that what is written
    later has higher numbers, which is how an index learns what is new.
    """
    while (found := hold_owner(connection, owner)) is None:
        values = {"persona_id": owner.persona_id, "user_id": owner.user_id, "settled": 1}
        connection.execute(insert_new(OWNERS, connection.dialect.name), values)
    return found


def hold_owner(connection: Connection, owner: Owner) -> int | None:
    """The number of a persona and user, None if nothing is kept of them.

    Other writers have to wait for it until the transaction ends.
    """
    return connection.execute(_OWNER_HELD, owner_values(owner)).scalar_one_or_none()


def erase(connection: Connection, owner: Owner) -> dict[str, int]:
    """Delete everything of a persona and user; return counts by table."""
    owner_id = hold_owner(connection, owner)
    counts = {
        table.name: connection.execute(delete(table).where(table.c.scope == owner_id)).rowcount
        for table in OWNED
    }
    connection.execute(delete(OWNERS).where(OWNERS.c.id == owner_id))
    return counts


def count_owned(connection: Connection, owner: Owner) -> dict[str, int]:
    """How many rows of each table belong to a persona and user."""
    return {
        table.name: connection.execute(
            select(func.count()).select_from(table).where(is_owned(table)), owner_values(owner)
        ).scalar_one()
        for table in OWNED
    }


def check_owner(episode: Episode, owner: Owner) -> None:
    """Refuse an episode of another persona or user.

    Raises:
        InputError: it is.
    """
    if episode.owner != owner:
        raise InputError(
            f"Episode {episode.id!r} belongs to {episode.owner}, not to {owner}: "
            "commit the episodes of each persona and user under their own owner."
        )


@cache
def insert_new(table: Table, dialect: str) -> Insert:
    """An INSERT that does not change existing rows."""
    if dialect == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


_YEAR, _MONTH = 10_000, 100
_AFTER_ALL = 99  # higher than any month or day


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a sight lets through (`Sight.may_see`), in a form that SQL and numpy can test.

    Attributes:
        listener: the listener of the episodes that are let through, besides strangers (``""``).
        until: the highest `story_day` that an episode may have; None for any, and for those without one.
    """

    listener: str
    until: int | None


def bounds_of(sight: Sight) -> Bounds:
    """What a sight lets through.

    Raises:
        InputError: `as_of` is not a date.
    """
    return Bounds(listener=sight.listener, until=_day(sight.as_of, _AFTER_ALL))


def story_day(as_of: str) -> int | None:
    """A number that orders moments of a story; None for no moment.

    A moment is certainly after another exactly if its number is higher than the other's `Bounds.until`:
    what a date leaves open counts as its beginning here, and as its end there.

    >>> story_day("1881"), story_day("1881-03"), story_day("1881-03-04"), story_day("-0469-03")
    (18810000, 18810300, 18810304, -4689700)
    """
    return _day(as_of, 0)


def _day(as_of: str, left_open: int) -> int | None:
    """A date as a number, with `left_open` for the month or the day that it does not name."""
    if not as_of:
        return None
    parts = parse_date(as_of)
    if parts is None:
        raise InputError(f"as_of is {as_of!r}, which is not a date: write 1881, 1881-03 or 1881-03-04.")
    year, month, day = (*parts, left_open, left_open)[:3]
    return year * _YEAR + month * _MONTH + day
