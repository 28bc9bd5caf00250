"""Statements about whose the record is, and its episodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, Insert, Select, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from roleagent.errors import InputError
from roleagent.store.rows import Values, Vector, episode_to_row, node_to_row, vector_to_bytes
from roleagent.store.sight import Sight
from roleagent.store.tables import EPISODES, FACTS, NODES, SCOPES
from roleagent.types import Episode, Node, Scope

_MARKS_SIZE = 500  # values that one statement lists
EPISODE_COLUMNS = [column for column in EPISODES.c if column.name not in ("embedding", "embedder")]

_Item = TypeVar("_Item")


# ── whose ────────────────────────────────────────────────────────────────────────────────────────


def owner_key(scope: Scope) -> tuple[str, str]:
    """What all that is kept belongs to."""
    return scope.persona_id, scope.user_id


def _owner_query(scope: Scope) -> Select[int]:
    return select(SCOPES.c.id).where(
        SCOPES.c.persona_id == scope.persona_id, SCOPES.c.user_id == scope.user_id
    )


def find_owner(connection: Connection, scope: Scope) -> int | None:
    """The number of a persona and user."""
    return connection.execute(_owner_query(scope)).scalar_one_or_none()


def make_owner(connection: Connection, scope: Scope) -> int:
    """The number of a persona and user, held against other writers until the transaction ends.

    On a server, several write at once. One at a time for each persona and user means that what is written
    later has higher numbers, which is how an index learns what is new.
    """
    query = _owner_query(scope).with_for_update()
    while (found := connection.execute(query).scalar_one_or_none()) is None:
        values = {"persona_id": scope.persona_id, "user_id": scope.user_id}
        connection.execute(insert_new(connection, SCOPES).values(values))
    return found


def check_owner(episode: Episode, scope: Scope) -> None:
    """Refuse an episode of another persona or user.

    Raises:
        InputError: it is.
    """
    if owner_key(episode.scope) != owner_key(scope):
        raise InputError(
            f"Episode {episode.id!r} belongs to {owner_key(episode.scope)!r}, not to {owner_key(scope)!r}: "
            "commit each persona's and user's episodes under their own scope."
        )


def erase(connection: Connection, scope: Scope) -> dict[str, int]:
    """Delete all of a persona and user; gives counts by table."""
    owner = connection.execute(_owner_query(scope).with_for_update()).scalar_one_or_none()
    counts = {
        table.name: connection.execute(delete(table).where(table.c.scope == owner)).rowcount
        for table in (EPISODES, FACTS, NODES)
    }
    connection.execute(delete(SCOPES).where(SCOPES.c.id == owner))
    return counts


# ── what ─────────────────────────────────────────────────────────────────────────────────────────


def insert_episodes(
    connection: Connection,
    owner: int,
    episodes: Sequence[tuple[Episode, Vector | None]],
    embedder: str,
) -> int:
    """Write the episodes that are not there; gives their number."""
    rows = [
        {
            **episode_to_row(episode),
            "scope": owner,
            "embedder": "" if vector is None else embedder,
            "embedding": vector_to_bytes(vector),
        }
        for episode, vector in episodes
    ]
    return _count_inserted(connection, EPISODES, rows)


def insert_nodes(connection: Connection, owner: int, nodes: Sequence[Node]) -> int:
    """Write the nodes that are not there; gives their number."""
    return _count_inserted(connection, NODES, [{**node_to_row(node), "scope": owner} for node in nodes])


def _count_inserted(connection: Connection, table: Table, rows: Sequence[Values]) -> int:
    if not rows:
        return 0
    connection = connection.execution_options(preserve_rowcount=True)
    return connection.execute(insert_new(connection, table), rows).rowcount


def insert_new(connection: Connection, table: Table) -> Insert:
    """An INSERT that leaves alone what is there."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def is_in_sight(sight: Sight) -> list[ColumnElement[bool]]:
    """What an episode's row must fulfil to be given: see `sight`."""
    if len(sight.listeners) == 1:
        conditions = [EPISODES.c.listener == sight.listeners[0]]
    else:
        conditions = [EPISODES.c.listener.in_(sight.listeners)]
    return conditions if sight.until is None else [*conditions, EPISODES.c.story_day <= sight.until]


def in_parts(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """As many at once as one statement takes."""
    return (items[start : start + _MARKS_SIZE] for start in range(0, len(items), _MARKS_SIZE))
