"""The store: everything that can be read from the record and written to it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, select

from roleagent.store.engine import open_record
from roleagent.store.episodes import (
    EPISODE_COLUMNS,
    INDEX_COLUMNS,
    ThreadSummary,
    attachment_ids,
    embedding_rows_at,
    episode_marks,
    hidden_ids,
    insert_episodes,
    insert_nodes,
    known_ids,
    page_query,
    recent_rows,
    rows_in_sight_at,
    rows_of,
    select_summaries,
    set_embeddings,
    summaries_state,
    thread_summaries,
    write_summaries,
)
from roleagent.store.facts import select_facts, write_facts
from roleagent.store.feedback import Feedback
from roleagent.store.forgetting import EpisodeAge, episode_ages, erase_selected, has_before, selected_rows
from roleagent.store.items import Items
from roleagent.store.relationships import (
    RelationshipEvents,
    insert_setting,
    select_events,
    set_tones,
)
from roleagent.store.rows import (
    EpisodeMark,
    IndexRow,
    Row,
    Vector,
    bytes_to_vector,
    row_to_episode,
    row_to_index_row,
    row_to_node,
    time_to_text,
)
from roleagent.store.tables import (
    EPISODES,
    NODES,
    OWNERS,
    check_owner,
    count_owned,
    is_owned,
    make_owner,
    owner_state,
    owner_values,
)
from roleagent.store.transfer import (
    Adoption,
    Character,
    Restored,
    UserRecord,
    adopt,
    earlier_versions,
    know_character,
    move_owner,
    read_user,
    write_user,
)
from roleagent.types import (
    EVERYTHING,
    Episode,
    Fact,
    GraphUpdate,
    Owner,
    RelationshipSetting,
    Selection,
    Sight,
    Summary,
    Thread,
    Tone,
)

_PAGE_SIZE = 1_000
_ALL_NODES = select(NODES).where(is_owned(NODES)).order_by(NODES.c.seq)


class Store:
    """Episodes, and what was learned and believed, on disk.

    Args:
        path_or_url: a SQLite file, created if missing; ``:memory:`` for none; or
            ``postgresql://USER:PASSWORD@HOST/DATABASE``.

    Attributes:
        items: an application's own data about users; see `items`.
        feedback: which users agree that their talk is learned from, and how turns were rated.

    Raises:
        StoreError: from every method, when the database cannot be read or written.
    """

    def __init__(self, path_or_url: Path | str) -> None:
        self._record = open_record(path_or_url)
        self.items = Items(self._record)
        self.feedback = Feedback(self.items)

    # ── writing ──────────────────────────────────────────────────────────────────────────────

    def commit(
        self,
        owner: Owner,
        episodes: Sequence[tuple[Episode, Vector | None]],
        update: GraphUpdate | None = None,
        *,
        embedder: str = "",
        now: datetime | None = None,
    ) -> int:
        """Write episodes and a graph update in one transaction; return the number of new episodes.

        Writing the same commit again changes nothing. A fact that ends, or has the id of an existing one, is
        a new version; the version before it stays, superseded.

        Args:
            owner: whose they are.
            episodes: each with its embedding, or None if it has none.
            update: what was learned.
            embedder: name of the embedder that made the embeddings.
            now: when facts were superseded. Default: the time of the latest episode, or the present if there
                is none.

        Raises:
            InputError: an episode belongs to somebody else, a time has no zone, a moment of the story is no
                date, or a fact that ends does not say when.
        """
        for episode, _ in episodes:
            check_owner(episode, owner)
            time_to_text(episode.at)
        now = now or max((episode.at for episode, _ in episodes), default=datetime.now(UTC))
        with self._record.writing() as connection:
            owner_id = make_owner(connection, owner)
            num_new = insert_episodes(connection, owner_id, episodes, embedder)
            if update is not None:
                insert_nodes(connection, owner_id, update.nodes)
                write_facts(connection, owner_id, update, now)
        return num_new

    def set_embeddings(self, owner: Owner, vectors: Mapping[int, Vector], *, embedder: str) -> None:
        """Replace the embeddings of the episodes of these `seq`s."""
        with self._record.writing() as connection:
            set_embeddings(connection, owner, vectors, embedder)

    def set_tones(self, owner: Owner, tones: Mapping[int, Tone]) -> None:
        """Replace the tones of the episodes of these `seq`s."""
        with self._record.writing() as connection:
            set_tones(connection, owner, tones)

    def set_relationship(self, owner: Owner, setting: RelationshipSetting) -> None:
        """Keep what an application sets; it replaces what was set for the same moment."""
        with self._record.writing() as connection:
            insert_setting(connection, owner, make_owner(connection, owner), setting)

    def forget(self, owner: Owner, what: Selection = EVERYTHING) -> dict[str, int]:
        """Erase the selected data of this user with this persona; return counts of rows by table.

        In a SQLite file, even the bytes are gone. A Postgres server overwrites them when it cleans up.

        Raises:
            InputError: words to match are blank, or a moment has no zone.
        """
        with self._record.writing() as connection:
            counts = erase_selected(connection, owner, what)
        self._record.erase_traces()
        return counts

    def adopt(
        self, persona_id: str, former_id: str | None, is_own: Callable[[tuple[str, ...]], bool]
    ) -> Adoption:
        """Take over what certainly belongs to a character under its former id: see `transfer`.

        From then on, data under its present id belongs to no other character.
        """
        with self._record.writing() as connection:
            return adopt(connection, persona_id, former_id, is_own)

    def earlier_versions(
        self, character: Character, is_edited: Callable[[tuple[str, ...]], bool]
    ) -> tuple[str, ...]:
        """Ids of a character before its file was edited; their data moves to it: see `transfer`."""
        with self._record.writing() as connection:
            return earlier_versions(connection, character, is_edited)

    def know_character(self, character: Character, former: Collection[str]) -> None:
        """Store a character's description, replacing those of its earlier versions."""
        with self._record.writing() as connection:
            know_character(connection, character, former)

    def move(self, owner: Owner, persona_id: str) -> None:
        """Keep all that belongs to the owner under another persona's id.

        Raises:
            InputError: there is nothing to move, or something is already kept under that id.
        """
        with self._record.writing() as connection:
            move_owner(connection, owner, persona_id)

    def would_forget(self, owner: Owner, what: Selection = EVERYTHING) -> dict[str, int]:
        """What `forget` would erase: counts of rows by table, from a transaction that is rolled back.

        Raises:
            InputError: see `forget`.
        """
        with self._record.writing() as connection:
            counts = erase_selected(connection, owner, what)
            connection.rollback()
        return counts

    def write_summaries(self, owner: Owner, summaries: Sequence[Summary], *, drop: Sequence[str] = ()) -> int:
        """Write summaries and delete others by id, in one transaction; return how many are new.

        A summary that already exists, or lacks one of its sources, is skipped.
        """
        with self._record.writing() as connection:
            return write_summaries(connection, owner, summaries, drop)

    # ── reading: episodes ────────────────────────────────────────────────────────────────────

    def recent(self, thread: Thread, sight: Sight, *, limit: int) -> list[Episode]:
        """The last episodes of a thread that may be seen, oldest first.

        Raises:
            InputError: `as_of` is not a date.
        """
        with self._record.reading() as connection:
            rows = recent_rows(connection, thread, sight, limit)
        return [row_to_episode(row, thread.owner) for row in reversed(rows)]

    def episodes_at(self, owner: Owner, sight: Sight, seqs: Sequence[int]) -> dict[int, Episode]:
        """Episodes by `seq`, without those that may not be seen.

        Raises:
            InputError: `as_of` is not a date.
        """
        with self._record.reading() as connection:
            rows = rows_in_sight_at(connection, owner, sight, seqs)
            return {row.seq: row_to_episode(row, owner) for row in rows}

    # ── reading: in every thread and for every listener ──────────────────────────────────────────

    def state(self, owner: Owner) -> int | None:
        """A number for this persona and user, None if nothing is kept; a different one after `forget`."""
        with self._record.reading() as connection:
            return owner_state(connection, owner)

    def known(self, owner: Owner, ids: Sequence[str]) -> set[str]:
        """Which of these episodes are already stored."""
        with self._record.reading() as connection:
            return set(known_ids(connection, owner, ids))

    def hidden(self, owner: Owner, sight: Sight, ids: Sequence[str]) -> set[str]:
        """Which of these episodes are stored and may not be seen.

        Raises:
            InputError: `as_of` is not a date.
        """
        with self._record.reading() as connection:
            return set(hidden_ids(connection, owner, sight, ids))

    def episodes(self, owner: Owner) -> Iterator[Episode]:
        """All episodes of this persona and user, in the order they were written."""
        for row in self._pages(owner, EPISODE_COLUMNS):
            yield row_to_episode(row, owner)

    def episodes_of(self, owner: Owner, ids: Sequence[str]) -> list[Episode]:
        """These episodes, if they are stored, in order of time."""
        with self._record.reading() as connection:
            rows = list(rows_of(connection, owner, ids))
        return sorted((row_to_episode(row, owner) for row in rows), key=lambda each: each.at)

    def episode_marks(self, owner: Owner) -> list[EpisodeMark]:
        """Thread, sight, time and mentions of every episode, in order of time."""
        with self._record.reading() as connection:
            return episode_marks(connection, owner)

    def relationship_events(
        self, owner: Owner, *, after_episode: int = 0, after_setting: int = 0
    ) -> RelationshipEvents:
        """What a relationship rests on: utterances and settings behind some places in the record."""
        with self._record.reading() as connection:
            return select_events(connection, owner, after_episode=after_episode, after_setting=after_setting)

    def summaries(self, owner: Owner) -> tuple[Summary, ...]:
        """All summaries of this persona and user, in the order in which they were written."""
        with self._record.reading() as connection:
            return select_summaries(connection, owner)

    def summaries_state(self, owner: Owner) -> tuple[int, int]:
        """Two numbers that change whenever a summary is added or removed, for callers with a cache."""
        with self._record.reading() as connection:
            return summaries_state(connection, owner)

    def select(self, owner: Owner, what: Selection = EVERYTHING) -> list[Episode]:
        """The selected episodes, in every thread and for every listener, in the order of the record.

        Raises:
            InputError: words to match are blank, or a moment has no zone.
        """
        with self._record.reading() as connection:
            return [row_to_episode(row, owner) for row in selected_rows(connection, owner, what)]

    def shown(self, owner: Owner | None = None) -> set[str]:
        """Ids of the pictures and recordings that episodes of a persona and user show, or all episodes."""
        with self._record.reading() as connection:
            return attachment_ids(connection, owner)

    def ages(self, owner: Owner) -> list[EpisodeAge]:
        """What retention needs to know about each episode, in the order they were written."""
        with self._record.reading() as connection:
            return episode_ages(connection, owner)

    def has_before(self, owner: Owner, moment: datetime) -> bool:
        """Whether `Selection(before=moment)` would select anything."""
        with self._record.reading() as connection:
            return has_before(connection, owner, moment)

    def embeddings(self, owner: Owner) -> Iterator[tuple[str, Vector | None]]:
        """The ids of all episodes with their embeddings, in the order they were written."""
        for row in self._pages(owner, [EPISODES.c.seq, EPISODES.c.id, EPISODES.c.embedding]):
            yield row.id, bytes_to_vector(row.embedding)

    def index_rows(self, owner: Owner, *, after: int = 0) -> Iterator[IndexRow]:
        """What an index needs of the episodes whose `seq` is higher than `after`."""
        return map(row_to_index_row, self._pages(owner, INDEX_COLUMNS, after=after))

    def embeddings_at(self, owner: Owner, seqs: Sequence[int]) -> dict[int, Vector]:
        """Embeddings by `seq`, of the episodes that have one."""
        with self._record.reading() as connection:
            rows = embedding_rows_at(connection, owner, seqs)
            vectors = [(row.seq, bytes_to_vector(row.embedding)) for row in rows]
        return {seq: vector for seq, vector in vectors if vector is not None}

    # ── reading: facts, and who there is ─────────────────────────────────────────────────────

    def learned(self, owner: Owner) -> GraphUpdate:
        """What is believed now: learned `nodes`, and facts as `added`, including ended ones.

        Facts of the persona's file are included if they ended or changed for this user; the record's version
        then replaces the file's.
        """
        with self._record.reading() as connection:
            nodes = connection.execute(_ALL_NODES, owner_values(owner)).all()
            live = select_facts(connection, owner, live=True)
        return GraphUpdate(nodes=tuple(map(row_to_node, nodes)), added=live)

    def versions(self, owner: Owner) -> tuple[Fact, ...]:
        """All superseded versions of facts, in the order of the record."""
        with self._record.reading() as connection:
            return select_facts(connection, owner, live=False)

    def threads(self, owner: Owner) -> list[ThreadSummary]:
        """The conversations of a user with a persona, the latest first."""
        with self._record.reading() as connection:
            return thread_summaries(connection, owner)

    def users(self, persona_id: str) -> list[str]:
        """The users about whom something is kept with a persona, sorted."""
        with self._record.reading() as connection:
            query = select(OWNERS.c.user_id).where(OWNERS.c.persona_id == persona_id)
            return sorted(connection.execute(query).scalars())

    def owners(self) -> list[Owner]:
        """Each persona and user with any data, sorted."""
        query = select(OWNERS.c.persona_id, OWNERS.c.user_id)
        with self._record.reading() as connection:
            rows = connection.execute(query.order_by(*query.selected_columns)).all()
        return [Owner(persona_id=row.persona_id, user_id=row.user_id) for row in rows]

    def counts(self, owner: Owner) -> dict[str, int]:
        """How much is kept of a user with a persona: table -> number of rows."""
        with self._record.reading() as connection:
            return count_owned(connection, owner)

    @property
    def is_on_server(self) -> bool:
        """Whether a server decides when deleted data is overwritten."""
        return self._record.is_on_server

    # ── out of one store and into another ────────────────────────────────────────────────────

    def dump(self, owner: Owner) -> UserRecord:
        """All that is kept of a user with a persona, except embeddings."""
        with self._record.reading() as connection:
            return read_user(connection, owner)

    def restore(self, persona_id: str, record: UserRecord) -> Restored:
        """Add what is missing, in one transaction; repeating it changes nothing.

        If the store and the imported record disagree about a fact, the store's version stays.
        """
        owner = Owner(persona_id=persona_id, user_id=record.user_id)
        with self._record.writing() as connection:
            return write_user(connection, owner, record)

    def close(self) -> None:
        """Close the database; closing twice does nothing."""
        self._record.close()

    # ── inside ───────────────────────────────────────────────────────────────────────────────

    def _pages(self, owner: Owner, columns: Sequence[ColumnElement[Any]], *, after: int = 0) -> Iterator[Row]:
        query = page_query(columns, _PAGE_SIZE)
        while True:
            with self._record.reading() as connection:
                page = connection.execute(query, {**owner_values(owner), "after": after}).all()
            yield from page
            if len(page) < _PAGE_SIZE:
                return
            after = page[-1].seq
