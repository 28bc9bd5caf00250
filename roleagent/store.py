"""The store of record: episodes with their embeddings, and what was learned, in one SQLite file.

Every other place that holds the same data (a vector index, a cache) is made from here and can be thrown away.
A commit is one transaction, on the disk before `commit` returns. Data belongs to a persona and a user;
no method reads or writes without being told whose.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from roleagent.database import Database
from roleagent.errors import InputError
from roleagent.store_rows import (
    APPLICATION_ID,
    EPISODE_COLUMNS,
    FACT_COLUMNS,
    MIGRATIONS,
    NODE_COLUMNS,
    IndexRow,
    Row,
    Vector,
    bytes_to_vector,
    episode_to_row,
    fact_to_row,
    fact_version,
    node_to_row,
    row_to_episode,
    row_to_fact,
    row_to_node,
    time_to_text,
    vector_to_bytes,
)
from roleagent.types import Episode, Fact, GraphUpdate, Scope

_PAGE_SIZE = 1_000
_MARKS_SIZE = 500

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadSummary:
    """One conversation, as a list of conversations shows it.

    Attributes:
        last_at: when its latest episode was, UTC.
    """

    thread_id: str
    num_episodes: int
    last_at: datetime


class Store:
    """Episodes and learned facts on disk.

    Args:
        path: the SQLite file, made when absent; ``:memory:`` for none.

    Raises:
        StoreError: from every method, when the file cannot be read or written.
    """

    def __init__(self, path: Path | str) -> None:
        self._database = Database(path, application_id=APPLICATION_ID, migrations=MIGRATIONS)

    # ── writing ──────────────────────────────────────────────────────────────────────────────

    def commit(
        self,
        scope: Scope,
        episodes: Sequence[tuple[Episode, Vector | None]],
        update: GraphUpdate | None = None,
        *,
        embedder: str = "",
        now: datetime | None = None,
    ) -> int:
        """Write episodes and a graph update in one transaction; gives the number of new episodes.

        Written again, the same ids change nothing. A fact that ends keeps its row, with `valid_to` and the
        time it was superseded.

        Args:
            scope: whose they are.
            episodes: each with its embedding, or None where it has none.
            update: what was learned.
            embedder: name of what made the embeddings.
            now: when facts were superseded; the present by default.

        Raises:
            InputError: an episode belongs to somebody else, or a time has no zone.
        """
        for episode, _ in episodes:
            _check_owner(episode, scope)
        update = update or GraphUpdate()
        superseded_at = time_to_text(now or datetime.now(UTC))
        with self._database.writing() as connection:
            owner = _make_owner(connection, scope)
            num_new = _insert_episodes(connection, owner, episodes, embedder)
            _insert_nodes(connection, owner, update)
            for fact in update.superseded:
                _supersede(connection, owner, fact, superseded_at)
            for fact in update.added:
                _insert_fact(connection, owner, fact, superseded_at=None)
        return num_new

    def set_embeddings(self, scope: Scope, vectors: Mapping[int, Vector], *, embedder: str) -> None:
        """Replace the embeddings of the episodes of these `seq`s."""
        rows = [
            (vector_to_bytes(vector), embedder, seq, *_owner_key(scope)) for seq, vector in vectors.items()
        ]
        with self._database.writing() as connection:
            connection.executemany(
                "UPDATE episodes SET embedding = ?, embedder = ? WHERE seq = ? AND scope = "
                "(SELECT id FROM scopes WHERE persona_id = ? AND user_id = ?)",
                rows,
            )

    def forget(self, scope: Scope) -> dict[str, int]:
        """Erase all of this user with this persona, down to the bytes; gives counts by table."""
        with self._database.writing() as connection:
            owner = _find_owner(connection, scope)
            counts = {
                table: connection.execute(f"DELETE FROM {table} WHERE scope = ?", (owner,)).rowcount  # noqa: S608 - names below
                for table in ("episodes", "facts", "nodes")
            }
            connection.execute("DELETE FROM scopes WHERE id = ?", (owner,))
        self._database.erase_traces()
        return counts

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    def owner(self, scope: Scope) -> int | None:
        """A number for this persona and user, None while nothing is kept; a new one after `forget`."""
        with self._database.reading() as connection:
            return _find_owner(connection, scope)

    def known(self, scope: Scope, ids: Sequence[str]) -> set[str]:
        """Which of these episodes are already stored."""
        found: set[str] = set()
        with self._database.reading() as connection:
            owner = _find_owner(connection, scope)
            for part in _parts(ids):
                sql = f"SELECT id FROM episodes WHERE scope = ? AND id IN ({_marks(part)})"  # noqa: S608 - marks only
                found.update(id_ for (id_,) in connection.execute(sql, (owner, *part)))
        return found

    def recent(self, scope: Scope, *, limit: int) -> list[Episode]:
        """The last episodes of this thread, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT {EPISODE_COLUMNS} FROM episodes WHERE scope = ? AND thread_id = ? "  # noqa: S608 - constants
                "ORDER BY at DESC, seq DESC LIMIT ?",
                (_find_owner(connection, scope), scope.thread_id, max(limit, 0)),
            ).fetchall()
        return [row_to_episode(row, scope) for row in reversed(rows)]

    def episodes(self, scope: Scope) -> Iterator[Episode]:
        """All episodes of this persona and user, in every thread, in the order they were written."""
        for _, *row in self._pages(scope, EPISODE_COLUMNS, after=0):
            yield row_to_episode(row, scope)

    def embeddings(self, scope: Scope) -> Iterator[tuple[str, Vector | None]]:
        """The ids of all episodes with their embeddings, in the order they were written."""
        for _, id_, data in self._pages(scope, "id, embedding", after=0):
            yield id_, bytes_to_vector(data)

    def index_rows(self, scope: Scope, *, after: int = 0) -> Iterator[IndexRow]:
        """What an index needs of the episodes whose `seq` is higher than `after`."""
        columns = "(julianday(at) - 2440587.5) * 86400.0, text, embedder, embedding"
        for seq, at, text, embedder, data in self._pages(scope, columns, after=after):
            yield IndexRow(seq=seq, at=at, text=text, embedder=embedder, embedding=bytes_to_vector(data))

    def episodes_at(self, scope: Scope, seqs: Sequence[int]) -> dict[int, Episode]:
        """Episodes by `seq`; one that is not this persona and user's is not in the answer."""
        rows = self._rows_at(scope, seqs, EPISODE_COLUMNS)
        return {seq: row_to_episode(row, scope) for seq, *row in rows}

    def embeddings_at(self, scope: Scope, seqs: Sequence[int]) -> dict[int, Vector]:
        """Embeddings by `seq`, of the episodes that have one."""
        rows = self._rows_at(scope, seqs, "embedding")
        vectors = ((seq, bytes_to_vector(data)) for seq, data in rows)
        return {seq: vector for seq, vector in vectors if vector is not None}

    def learned(self, scope: Scope) -> GraphUpdate:
        """What holds now: learned `nodes`, and facts as `added`.

        `superseded` names the canon facts that ended for this user and were not learned anew.
        """
        with self._database.reading() as connection:
            owner = _find_owner(connection, scope)
            nodes = connection.execute(
                f"SELECT {NODE_COLUMNS} FROM nodes WHERE scope = ? ORDER BY rowid",  # noqa: S608 - constants
                (owner,),
            ).fetchall()
            live = _select_facts(connection, owner, "superseded_at IS NULL")
            retired = _select_facts(connection, owner, "superseded_at IS NOT NULL AND layer = 'canon'")
        live_ids = {fact.id for fact in live}
        ended = tuple(fact for fact in retired if fact.id not in live_ids)
        return GraphUpdate(nodes=tuple(map(row_to_node, nodes)), added=live, superseded=ended)

    def retired(self, scope: Scope) -> tuple[Fact, ...]:
        """All facts that held once and were superseded, oldest first."""
        with self._database.reading() as connection:
            return _select_facts(connection, _find_owner(connection, scope), "superseded_at IS NOT NULL")

    def threads(self, persona_id: str, user_id: str) -> list[ThreadSummary]:
        """The conversations of a user with a persona, the latest first."""
        scope = Scope(persona_id=persona_id, user_id=user_id, thread_id="-")
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT thread_id, count(*), max(at) FROM episodes WHERE scope = ? "
                "GROUP BY thread_id ORDER BY max(at) DESC, thread_id",
                (_find_owner(connection, scope),),
            ).fetchall()
        return [
            ThreadSummary(thread_id=thread_id, num_episodes=count, last_at=datetime.fromisoformat(last))
            for thread_id, count, last in rows
        ]

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        self._database.close()

    def _pages(self, scope: Scope, columns: str, *, after: int) -> Iterator[Row]:
        sql = f"SELECT seq, {columns} FROM episodes WHERE scope = ? AND seq > ? ORDER BY seq LIMIT ?"  # noqa: S608 - constants
        while True:
            with self._database.reading() as connection:
                page = connection.execute(sql, (_find_owner(connection, scope), after, _PAGE_SIZE)).fetchall()
            yield from page
            if len(page) < _PAGE_SIZE:
                return
            after = page[-1][0]

    def _rows_at(self, scope: Scope, seqs: Sequence[int], columns: str) -> list[Row]:
        rows: list[Row] = []
        with self._database.reading() as connection:
            owner = _find_owner(connection, scope)
            for part in _parts(seqs):
                sql = f"SELECT seq, {columns} FROM episodes WHERE scope = ? AND seq IN ({_marks(part)})"  # noqa: S608 - marks only
                rows.extend(connection.execute(sql, (owner, *part)))
        return rows


# ── one statement each ───────────────────────────────────────────────────────────────────────────


def _owner_key(scope: Scope) -> tuple[str, str]:
    return scope.persona_id, scope.user_id


def _find_owner(connection: sqlite3.Connection, scope: Scope) -> int | None:
    sql = "SELECT id FROM scopes WHERE persona_id = ? AND user_id = ?"
    row = connection.execute(sql, _owner_key(scope)).fetchone()
    return row[0] if row else None


def _make_owner(connection: sqlite3.Connection, scope: Scope) -> int:
    found = _find_owner(connection, scope)
    if found is not None:
        return found
    sql = "INSERT INTO scopes (persona_id, user_id) VALUES (?, ?) RETURNING id"
    return int(connection.execute(sql, _owner_key(scope)).fetchone()[0])


def _check_owner(episode: Episode, scope: Scope) -> None:
    if _owner_key(episode.scope) != _owner_key(scope):
        raise InputError(
            f"Episode {episode.id!r} belongs to {_owner_key(episode.scope)!r}, not to {_owner_key(scope)!r}: "
            "commit each persona's and user's episodes under their own scope."
        )


def _insert_episodes(
    connection: sqlite3.Connection,
    owner: int,
    episodes: Sequence[tuple[Episode, Vector | None]],
    embedder: str,
) -> int:
    sql = (
        f"INSERT INTO episodes (scope, {EPISODE_COLUMNS}, embedder, embedding) "  # noqa: S608 - constants
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (scope, id) DO NOTHING"
    )
    rows = [
        (owner, *episode_to_row(episode), "" if vector is None else embedder, vector_to_bytes(vector))
        for episode, vector in episodes
    ]
    return connection.executemany(sql, rows).rowcount if rows else 0


def _insert_nodes(connection: sqlite3.Connection, owner: int, update: GraphUpdate) -> None:
    sql = f"INSERT INTO nodes (scope, {NODE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608 - constants
    connection.executemany(sql, [(owner, *node_to_row(node)) for node in update.nodes])


def _insert_fact(
    connection: sqlite3.Connection, owner: int, fact: Fact, *, superseded_at: str | None
) -> None:
    connection.execute(
        f"INSERT INTO facts (scope, version, superseded_at, {FACT_COLUMNS}) "  # noqa: S608 - constants
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (owner, fact_version(fact), superseded_at, *fact_to_row(fact)),
    )


def _supersede(connection: sqlite3.Connection, owner: int, fact: Fact, superseded_at: str) -> None:
    if _has_fact(connection, owner, fact, "version = ? AND superseded_at IS NOT NULL", fact_version(fact)):
        return  # a replay: what was learned since under this id stays
    num_ended = connection.execute(
        "UPDATE facts SET valid_to = ?, superseded_at = ? "
        "WHERE scope = ? AND id = ? AND superseded_at IS NULL",
        (fact.valid_to, superseded_at, owner, fact.id),
    ).rowcount
    if not num_ended and not _has_fact(connection, owner, fact):
        _insert_fact(connection, owner, fact, superseded_at=superseded_at)  # canon that ends for this user


def _has_fact(
    connection: sqlite3.Connection, owner: int, fact: Fact, where: str = "TRUE", *values: str
) -> bool:
    sql = f"SELECT 1 FROM facts WHERE scope = ? AND id = ? AND {where}"  # noqa: S608 - constants
    return connection.execute(sql, (owner, fact.id, *values)).fetchone() is not None


def _select_facts(connection: sqlite3.Connection, owner: int | None, where: str) -> tuple[Fact, ...]:
    sql = f"SELECT {FACT_COLUMNS} FROM facts WHERE scope = ? AND {where} ORDER BY seq"  # noqa: S608 - constants
    return tuple(map(row_to_fact, connection.execute(sql, (owner,))))


def _parts(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    return (items[start : start + _MARKS_SIZE] for start in range(0, len(items), _MARKS_SIZE))


def _marks(items: Sequence[object]) -> str:
    return ",".join("?" * len(items))
