"""Statements about episodes, the nodes that come with them, and summaries of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, Table, bindparam, delete, func, or_, select, update

from roleagent.store.rows import (
    EpisodeMark,
    Row,
    Values,
    Vector,
    episode_to_row,
    node_to_row,
    row_to_mark,
    row_to_summary,
    summary_to_row,
    vector_to_bytes,
)
from roleagent.store.tables import (
    EPISODES,
    NODES,
    SUMMARIES,
    Bounds,
    bounds_of,
    hold_owner,
    insert_new,
    is_owned,
    owner_values,
)
from roleagent.types import Episode, Node, Owner, Sight, Summary, Thread

_MARKS_SIZE = 500  # values that one statement lists
_NEW_FIRST = (EPISODES.c.at.desc(), EPISODES.c.seq.desc())
_IS_OF_THREAD = EPISODES.c.thread_id == bindparam("thread")
_IS_FOR_LISTENER = or_(EPISODES.c.listener == "", EPISODES.c.listener == bindparam("sight_listener"))
_IS_IN_TIME = EPISODES.c.story_day <= bindparam("sight_until")

EPISODE_COLUMNS = tuple(column for column in EPISODES.c if column.name not in ("embedding", "embedder"))
INDEX_COLUMNS = tuple(
    EPISODES.c[name]
    for name in (
        "seq",
        "at",
        "text",
        "embedder",
        "embedding",
        "listener",
        "story_day",
        "thread_id",
        "speaker",
        "speaker_name",
        "mentions",
        "importance",
    )
)
_RECENT = (
    select(*EPISODE_COLUMNS)
    .where(is_owned(EPISODES), _IS_OF_THREAD, _IS_FOR_LISTENER)
    .order_by(*_NEW_FIRST)
    .limit(bindparam("limit"))
)
_RECENT_IN_TIME = _RECENT.where(_IS_IN_TIME)
_AT = select(*EPISODE_COLUMNS).where(
    is_owned(EPISODES), EPISODES.c.seq.in_(bindparam("seqs", expanding=True)), _IS_FOR_LISTENER
)
_AT_IN_TIME = _AT.where(_IS_IN_TIME)
_EMBEDDINGS_AT = select(EPISODES.c.seq, EPISODES.c.embedding).where(
    is_owned(EPISODES), EPISODES.c.seq.in_(bindparam("seqs", expanding=True))
)
_OF = (
    select(*EPISODE_COLUMNS)
    .where(is_owned(EPISODES), EPISODES.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(EPISODES.c.seq)
)
_KNOWN = select(EPISODES.c.id).where(is_owned(EPISODES), EPISODES.c.id.in_(bindparam("ids", expanding=True)))
_SAID_IN = select(EPISODES.c.id, EPISODES.c.listener, EPISODES.c.as_of).where(
    is_owned(EPISODES), EPISODES.c.id.in_(bindparam("ids", expanding=True))
)
_ATTACHMENTS = select(EPISODES.c.attachments).where(EPISODES.c.attachments != "[]")
_OWN_ATTACHMENTS = _ATTACHMENTS.where(is_owned(EPISODES))
_SET_EMBEDDING = update(EPISODES).where(is_owned(EPISODES), EPISODES.c.seq == bindparam("of_seq"))
_SUMMARIES = select(SUMMARIES).where(is_owned(SUMMARIES)).order_by(SUMMARIES.c.seq)
_SUMMARIES_STATE = select(func.count(), func.coalesce(func.max(SUMMARIES.c.seq), 0)).where(
    is_owned(SUMMARIES)
)
_DELETE_SUMMARIES = delete(SUMMARIES).where(
    is_owned(SUMMARIES), SUMMARIES.c.id.in_(bindparam("ids", expanding=True))
)
_MARKS = (
    select(
        EPISODES.c.id,
        EPISODES.c.thread_id,
        EPISODES.c.listener,
        EPISODES.c.as_of,
        EPISODES.c.at,
        EPISODES.c.mentions,
    )
    .where(is_owned(EPISODES))
    .order_by(EPISODES.c.at, EPISODES.c.seq)
)
_LAST_AT = func.max(EPISODES.c.at)
_THREADS = (
    select(EPISODES.c.thread_id, func.count(), _LAST_AT)
    .where(is_owned(EPISODES))
    .group_by(EPISODES.c.thread_id)
    .order_by(_LAST_AT.desc(), EPISODES.c.thread_id)
)

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


# ── in sight ─────────────────────────────────────────────────────────────────────────────────────


def attachment_ids(connection: Connection, owner: Owner | None) -> set[str]:
    """Ids of everything that was shown, in every thread and to every listener; of all owners if None."""
    query, values = (_OWN_ATTACHMENTS, owner_values(owner)) if owner else (_ATTACHMENTS, {})
    shown = connection.execute(query, values).scalars()
    return {each["id"] for attachments in shown for each in json.loads(attachments)}


def recent_rows(connection: Connection, thread: Thread, sight: Sight, limit: int) -> Sequence[Row]:
    """The last episodes of a thread that may be seen, the newest first."""
    bounds = bounds_of(sight)
    values = {**_seen_by(thread.owner, bounds), "thread": thread.thread_id, "limit": max(limit, 0)}
    return connection.execute(_RECENT if bounds.until is None else _RECENT_IN_TIME, values).all()


def rows_in_sight_at(
    connection: Connection, owner: Owner, sight: Sight, seqs: Sequence[int]
) -> Iterator[Row]:
    """The episodes of these `seq`s that may be seen."""
    bounds = bounds_of(sight)
    query = _AT if bounds.until is None else _AT_IN_TIME
    for part in parts(seqs):
        yield from connection.execute(query, {**_seen_by(owner, bounds), "seqs": part})


def hidden_ids(connection: Connection, owner: Owner, sight: Sight, ids: Sequence[str]) -> Iterator[str]:
    """Which of these episodes are there and may not be seen."""
    for part in parts(ids):
        for row in connection.execute(_SAID_IN, {**owner_values(owner), "ids": part}):
            if not sight.may_see(Sight(listener=row.listener, as_of=row.as_of)):
                yield row.id


def _seen_by(owner: Owner, bounds: Bounds) -> dict[str, Any]:
    values = {**owner_values(owner), "sight_listener": bounds.listener}
    return values if bounds.until is None else {**values, "sight_until": bounds.until}


# ── all of a persona and user ────────────────────────────────────────────────────────────────────


def page_query(columns: Sequence[ColumnElement[Any]], size: int) -> Select[Any]:
    """Up to `size` episodes whose `seq` is higher than `after`."""
    return (
        select(*columns)
        .where(is_owned(EPISODES), EPISODES.c.seq > bindparam("after"))
        .order_by(EPISODES.c.seq)
        .limit(size)
    )


def embedding_rows_at(connection: Connection, owner: Owner, seqs: Sequence[int]) -> Iterator[Row]:
    """`seq` and embedding of these episodes."""
    for part in parts(seqs):
        yield from connection.execute(_EMBEDDINGS_AT, {**owner_values(owner), "seqs": part})


def rows_of(connection: Connection, owner: Owner, ids: Sequence[str]) -> Iterator[Row]:
    """These episodes, each part of the ids in the order in which they were written."""
    for part in parts(ids):
        yield from connection.execute(_OF, {**owner_values(owner), "ids": part})


def known_ids(connection: Connection, owner: Owner, ids: Sequence[str]) -> Iterator[str]:
    """Which of these episodes exist."""
    for part in parts(ids):
        yield from connection.execute(_KNOWN, {**owner_values(owner), "ids": part}).scalars()


def episode_marks(connection: Connection, owner: Owner) -> list[EpisodeMark]:
    """For every episode, in order of time, what is needed to divide them into sessions."""
    places: dict[tuple[str, str, str], tuple[Thread, Sight]] = {}
    marks = []
    for row in connection.execute(_MARKS, owner_values(owner)):
        said_in = row.thread_id, row.listener, row.as_of
        if said_in not in places:
            thread = Thread(owner=owner, thread_id=row.thread_id)
            places[said_in] = thread, Sight(listener=row.listener, as_of=row.as_of)
        marks.append(row_to_mark(row, *places[said_in]))
    return marks


def thread_summaries(connection: Connection, owner: Owner) -> list[ThreadSummary]:
    """The conversations of a user with a persona, the latest first."""
    return [
        ThreadSummary(thread_id=thread_id, num_episodes=count, last_at=datetime.fromisoformat(last_at))
        for thread_id, count, last_at in connection.execute(_THREADS, owner_values(owner))
    ]


def set_embeddings(
    connection: Connection, owner: Owner, vectors: Mapping[int, Vector], embedder: str
) -> None:
    """Replace embeddings by `seq`."""
    rows = [
        {
            **owner_values(owner),
            "of_seq": seq,
            "embedding": vector_to_bytes(vector),
            "embedder": embedder,
        }
        for seq, vector in vectors.items()
    ]
    if rows:
        connection.execute(_SET_EMBEDDING, rows)


# ── writing ──────────────────────────────────────────────────────────────────────────────────────


def insert_episodes(
    connection: Connection,
    owner_id: int,
    episodes: Sequence[tuple[Episode, Vector | None]],
    embedder: str,
) -> int:
    """Write the episodes that are new; return how many."""
    rows = [
        {
            **episode_to_row(episode),
            "scope": owner_id,
            "embedder": "" if vector is None else embedder,
            "embedding": vector_to_bytes(vector),
        }
        for episode, vector in episodes
    ]
    return _count_inserted(connection, EPISODES, rows)


def insert_nodes(connection: Connection, owner_id: int, nodes: Sequence[Node]) -> int:
    """Write the nodes that are new; return how many."""
    return _count_inserted(connection, NODES, [{**node_to_row(node), "scope": owner_id} for node in nodes])


def _count_inserted(connection: Connection, table: Table, rows: Sequence[Values]) -> int:
    if not rows:
        return 0
    statement = insert_new(table, connection.dialect.name)
    return connection.execute(statement, rows, execution_options={"preserve_rowcount": True}).rowcount


# ── summaries ────────────────────────────────────────────────────────────────────────────────────


def select_summaries(connection: Connection, owner: Owner) -> tuple[Summary, ...]:
    """All summaries of a persona and user, in the order in which they were written."""
    return tuple(row_to_summary(row, owner) for row in connection.execute(_SUMMARIES, owner_values(owner)))


def summaries_state(connection: Connection, owner: Owner) -> tuple[int, int]:
    """Two numbers that change whenever a summary is added or removed."""
    count, last = connection.execute(_SUMMARIES_STATE, owner_values(owner)).one()
    return count, last


def write_summaries(
    connection: Connection, owner: Owner, summaries: Sequence[Summary], drop: Sequence[str]
) -> int:
    """Write new summaries whose sources all exist, and delete others; return how many are new.

    An episode may be erased while a summary of it is being made; forgotten data must not come back.
    """
    owner_id = hold_owner(connection, owner)
    if owner_id is None:
        return 0
    if drop:
        connection.execute(_DELETE_SUMMARIES, {**owner_values(owner), "ids": list(drop)})
    rows = [
        {**summary_to_row(summary), "scope": owner_id}
        for summary in summaries
        if len(set(known_ids(connection, owner, summary.sources))) == len(set(summary.sources))
    ]
    return _count_inserted(connection, SUMMARIES, rows)


def parts(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """Some at a time, as many as one statement may list."""
    return (items[start : start + _MARKS_SIZE] for start in range(0, len(items), _MARKS_SIZE))
