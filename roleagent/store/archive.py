"""All that is kept of one user with one persona, out of the record and into another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from roleagent.store.episodes import EPISODE_COLUMNS, insert_episodes, insert_nodes, known_ids
from roleagent.store.items import StoredItem, row_to_item
from roleagent.store.owners import hold_owner, insert_new, is_owned, make_owner, owner_values
from roleagent.store.rows import (
    EpisodeMark,
    fact_to_row,
    row_to_episode,
    row_to_fact,
    row_to_mark,
    row_to_node,
    row_to_summary,
    summary_to_row,
    time_to_text,
)
from roleagent.store.tables import EPISODES, FACTS, ITEMS, NODES, SUMMARIES
from roleagent.types import Episode, Fact, Node, Owner, Sight, Summary, Thread

_ALL = select(SUMMARIES).where(is_owned(SUMMARIES)).order_by(SUMMARIES.c.seq)
_STATE = select(func.count(), func.coalesce(func.max(SUMMARIES.c.seq), 0)).where(is_owned(SUMMARIES))
_ARE_THESE = SUMMARIES.c.id.in_(bindparam("ids", expanding=True))
_DELETE = delete(SUMMARIES).where(is_owned(SUMMARIES), _ARE_THESE)
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


def select_summaries(connection: Connection, owner: Owner) -> tuple[Summary, ...]:
    """All of a persona and user, in the order in which they were written."""
    return tuple(row_to_summary(row, owner) for row in connection.execute(_ALL, owner_values(owner)))


def summaries_state(connection: Connection, owner: Owner) -> tuple[int, int]:
    """Two numbers that change whenever a summary comes or goes."""
    count, last = connection.execute(_STATE, owner_values(owner)).one()
    return count, last


def write_summaries(
    connection: Connection, owner: Owner, summaries: Sequence[Summary], drop: Sequence[str]
) -> int:
    """Write those that are not there and whose sources all are, and delete others; gives how many are new.

    An episode may be erased while a summary of it is being made: what was forgotten must not come back.
    """
    owner_id = hold_owner(connection, owner)
    if owner_id is None:
        return 0
    if drop:
        connection.execute(_DELETE, {**owner_values(owner), "ids": list(drop)})
    rows = [
        {**summary_to_row(summary), "scope": owner_id}
        for summary in summaries
        if len(set(known_ids(connection, owner, summary.sources))) == len(set(summary.sources))
    ]
    if not rows:
        return 0
    statement = insert_new(SUMMARIES, connection.dialect.name)
    return connection.execute(statement, rows, execution_options={"preserve_rowcount": True}).rowcount


def episode_marks(connection: Connection, owner: Owner) -> list[EpisodeMark]:
    """Of every episode, in the order of time, what sessions are cut along."""
    places: dict[tuple[str, str, str], tuple[Thread, Sight]] = {}
    marks = []
    for row in connection.execute(_MARKS, owner_values(owner)):
        said_in = row.thread_id, row.listener, row.as_of
        if said_in not in places:
            thread = Thread(owner=owner, thread_id=row.thread_id)
            places[said_in] = thread, Sight(listener=row.listener, as_of=row.as_of)
        marks.append(row_to_mark(row, *places[said_in]))
    return marks


_ALL_NODES = select(NODES).where(is_owned(NODES)).order_by(NODES.c.seq)
_ALL_FACTS = select(FACTS).where(is_owned(FACTS)).order_by(FACTS.c.seq)
_ALL_EPISODES = select(*EPISODE_COLUMNS).where(is_owned(EPISODES)).order_by(EPISODES.c.seq)
_ALL_ITEMS = select(ITEMS).where(is_owned(ITEMS)).order_by(ITEMS.c.seq)
_VERSIONS = select(FACTS.c.id, FACTS.c.version).where(is_owned(FACTS))
_INSERT = insert(FACTS)
_SUPERSEDE = update(FACTS).where(
    FACTS.c.scope == bindparam("of_owner"),
    FACTS.c.id == bindparam("of_id"),
    FACTS.c.version == bindparam("of_version"),
    FACTS.c.superseded_at.is_(None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a fact.

    Attributes:
        name: what the store calls it; two stores agree on it, and a replayed commit is known by it.
    """

    name: str
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord:
    """Everything that is kept of a user with a persona, except embeddings, which can be made again.

    Attributes:
        versions: of facts, in the order of the record, superseded ones included.
        episodes: of all threads and for all listeners, in the order of the record.
        items: what an application keeps of them, expired ones included; not taken in by `write_user`.
    """

    user_id: str
    nodes: tuple[Node, ...] = ()
    versions: tuple[Version, ...] = ()
    episodes: tuple[Episode, ...] = ()
    summaries: tuple[Summary, ...] = ()
    items: tuple[StoredItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came in.

    Attributes:
        kept: ids of facts of which the store and what came in tell different stories: the store's stand.
    """

    num_nodes: int = 0
    num_versions: int = 0
    num_episodes: int = 0
    num_summaries: int = 0
    kept: tuple[str, ...] = ()


def read_user(connection: Connection, owner: Owner) -> UserRecord:
    """All that is kept of the owner."""
    values = owner_values(owner)
    return UserRecord(
        user_id=owner.user_id,
        nodes=tuple(map(row_to_node, connection.execute(_ALL_NODES, values))),
        versions=tuple(
            Version(name=row.version, fact=row_to_fact(row)) for row in connection.execute(_ALL_FACTS, values)
        ),
        episodes=tuple(row_to_episode(row, owner) for row in connection.execute(_ALL_EPISODES, values)),
        summaries=select_summaries(connection, owner),
        items=tuple(map(row_to_item, connection.execute(_ALL_ITEMS, values))),
    )


def write_user(connection: Connection, owner: Owner, record: UserRecord) -> Restored:
    """Add what is not there. Of a fact of which the store knows other versions, nothing is taken."""
    owner_id = make_owner(connection, owner)
    known = _known_versions(connection, owner)
    goes_on, kept = _compare(known, record.versions)
    versions = [version for version in record.versions if version.fact.id in goes_on]
    num_new = sum(_write_version(connection, owner_id, each, known) for each in versions)
    num_episodes = insert_episodes(connection, owner_id, [(each, None) for each in record.episodes], "")
    return Restored(
        num_nodes=insert_nodes(connection, owner_id, record.nodes),
        num_versions=num_new,
        num_episodes=num_episodes,
        num_summaries=write_summaries(connection, owner, record.summaries, ()),  # after their sources
        kept=kept,
    )


def _known_versions(connection: Connection, owner: Owner) -> dict[str, set[str]]:
    known: dict[str, set[str]] = defaultdict(set)
    for fact_id, version in connection.execute(_VERSIONS, owner_values(owner)):
        known[fact_id].add(version)
    return dict(known)


def _compare(
    known: Mapping[str, set[str]], versions: Sequence[Version]
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Facts whose known story goes on in what comes, and those of which it tells another one."""
    coming: dict[str, set[str]] = defaultdict(set)
    for version in versions:
        coming[version.fact.id].add(version.name)
    here = {fact_id: known.get(fact_id, set()) for fact_id in coming}
    goes_on = frozenset(fact_id for fact_id, names in coming.items() if here[fact_id] < names)
    other = (id_ for id_, names in coming.items() if not (here[id_] < names or names <= here[id_]))
    return goes_on, tuple(other)


def _write_version(
    connection: Connection, owner_id: int, version: Version, known: Mapping[str, set[str]]
) -> bool:
    """Whether it was not there; where it was, it is superseded if it is so in what comes."""
    fact = version.fact
    if version.name not in known.get(fact.id, ()):
        row = {**fact_to_row(fact), "scope": owner_id, "version": version.name}
        connection.execute(_INSERT, row)
        return True
    if fact.superseded_at is not None:
        of = {"of_owner": owner_id, "of_id": fact.id, "of_version": version.name}
        connection.execute(_SUPERSEDE, {**of, "superseded_at": time_to_text(fact.superseded_at)})
    return False
