"""What recall searches for one persona and user: in RAM, built from the record.

Episodes are numbered by place, in the order of the record. Their vectors are compared one by one, in one
matrix product. Once there are many, the older ones are in a vector index, which finds the nearest few.
`OwnerIndex` holds all episodes; an `OwnerPool` is the view of them that one listener may see.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from roleagent.embedding.cache import QueryVectors
from roleagent.language.bm25 import Column, LexicalIndex
from roleagent.memory.index.vector_index import VectorIndex
from roleagent.memory.recall.pool import Layout, best, layout_of, share_of_questions, words_text
from roleagent.store import IndexRow, Store, Vector
from roleagent.store.tables import Bounds, bounds_of
from roleagent.types import Episode, Owner, Sight

Places = slice | NDArray[np.intp]
FEW = 500
_NO_DAY = np.iinfo(np.int64).max  # said at no moment of the story: after every one of them
_MORE = 2  # times as many are asked for if too few of those found are in sight
_ROWS_AT_ONCE = 1_000
_NUM_TYPICAL = 1_000  # the mean of their cosines is sure to 0.03 of a standard deviation


class OwnerIndex:
    """The episodes of one persona and user, ready to be searched. Not thread-safe by itself.

    With an embedder every episode has a vector, without one none has. Arrays are views of the present state
    and cost nothing.

    Attributes:
        state: the store's number for this persona and user, None while nothing is kept.
        index: holds the vectors of the first `num_indexed` episodes; None if all are in RAM.
        fresh: the vectors of the others.
    """

    def __init__(self, state: int | None) -> None:
        self.state = state
        self.index: VectorIndex | None = None
        self.num_indexed = 0
        self.fresh = Column(np.float32)
        self._typical = np.zeros((0, 0), np.float32)
        self._lexical = LexicalIndex()
        self._seqs = Column(np.int64)
        self._at = Column(np.float64)
        self._listeners = _Numbered()
        self._days = Column(np.int64)
        self._threads = _Numbered()
        self._names = _Numbered()
        self._importance = Column(np.float64)
        self._asks = Column(np.float32)
        self._mentioned_at: dict[str, array[int]] = {}
        self._seen: dict[Bounds, Places] = {}  # until the next episode comes
        self._layouts: dict[Bounds, Layout] = {}  # likewise

    def __len__(self) -> int:
        """Number of episodes."""
        return len(self._seqs)

    @property
    def last_seq(self) -> int:
        """The store's number of the newest episode, 0 without any."""
        return int(self._seqs.values[-1]) if len(self) else 0

    @property
    def at(self) -> NDArray[np.float64]:
        """When each episode was: [num_episodes], seconds."""
        return self._at.values

    @property
    def seqs(self) -> NDArray[np.int64]:
        """The store's numbers of the episodes: [num_episodes], rising."""
        return self._seqs.values

    @property
    def names(self) -> NDArray[np.int64]:
        """Numbers, in `speakers`, of who spoke: [num_episodes]."""
        return self._names.column.values

    @property
    def speakers(self) -> list[str]:
        """The names of all speakers, in the order of their numbers; ``""`` for an unknown name."""
        return list(self._names.numbers)

    @property
    def importance(self) -> NDArray[np.float64]:
        """The importance of each, 0–1, NaN if it was not judged: [num_episodes]."""
        return self._importance.values

    @property
    def asks(self) -> NDArray[np.float32]:
        """How much of each is a question, 0–1: [num_episodes]."""
        return self._asks.values

    @property
    def mentioned_at(self) -> Mentions:
        """Node of the persona's graph -> places of the episodes that name it."""
        return Mentions(self._mentioned_at)

    def extend(self, rows: Iterable[IndexRow]) -> None:
        """Add the record's newer episodes."""
        rows = iter(rows)
        while batch := list(islice(rows, _ROWS_AT_ONCE)):
            self._seen.clear()
            self._layouts.clear()
            self._take_in(batch)

    def _take_in(self, rows: Sequence[IndexRow]) -> None:
        for place, row in enumerate(rows, start=len(self)):
            for node_id in row.mentions:
                self._mentioned_at.setdefault(node_id, array("q")).append(place)
            self._lexical.add(words_text(row.text, row.speaker_name, row.at))
        self._seqs.extend([row.seq for row in rows])
        self._at.extend([row.at for row in rows])
        self._threads.extend([row.thread_id for row in rows])
        self._names.extend([row.speaker_name for row in rows])
        self._importance.extend([math.nan if row.importance is None else row.importance for row in rows])
        self._asks.extend([share_of_questions(row.text) for row in rows])
        self._listeners.extend([row.listener for row in rows])
        self._days.extend([_NO_DAY if row.story_day is None else row.story_day for row in rows])
        self.fresh.extend([row.embedding for row in rows if row.embedding is not None])

    def in_sight(self, bounds: Bounds) -> Places:
        """The places of the episodes that may be seen: see `store.tables.Bounds`."""
        if bounds not in self._seen:
            self._seen[bounds] = self._look(bounds)
        return self._seen[bounds]

    def _look(self, bounds: Bounds) -> Places:
        names = {"", bounds.listener}
        if bounds.until is None and self._listeners.numbers.keys() <= names:
            return slice(None)
        listeners = [number for name, number in self._listeners.numbers.items() if name in names]
        seen = np.isin(self._listeners.column.values, listeners)
        if bounds.until is not None:
            seen &= self._days.values <= bounds.until
        return np.flatnonzero(seen)

    def layout(self, bounds: Bounds) -> Layout:
        """How the episodes that the listener may see follow each other."""
        if bounds not in self._layouts:
            places = self.in_sight(bounds)
            self._layouts[bounds] = layout_of(self._threads.column.values[places], self.at[places])
        return self._layouts[bounds]

    def words(self, query: str) -> NDArray[np.float32]:
        """BM25 scores: [num_episodes]."""
        return self._lexical.scores(query)

    def cosines(self, vector: Vector, limit: int, places: Places) -> NDArray[np.float32]:
        """Cosines: [num_places], NaN for episodes that are not among the index's best `limit`.

        If at most `FEW` of the indexed episodes are in sight, the index is not searched: reading their
        vectors from the record is faster than finding them among the others.

        Raises:
            IndexFailure: the vector index broke.
        """
        cosines = np.full(len(self), np.nan, np.float32)
        if len(self.fresh):
            cosines[self.num_indexed :] = self.fresh.values @ vector  # both of unit length
        if self.index is not None and self.num_indexed:
            found = self._nearest(self.index, vector, limit, places)
            seqs = np.fromiter(found, np.int64, len(found))
            at = np.minimum(np.searchsorted(self.seqs, seqs), len(self) - 1)
            is_here = self.seqs[at] == seqs  # another process may have added more
            cosines[at[is_here]] = np.fromiter(found.values(), np.float32, len(found))[is_here]
        return cosines[places]

    def _nearest(self, index: VectorIndex, vector: Vector, limit: int, places: Places) -> dict[int, float]:
        """The nearest in the index: enough that `limit` of them are in sight, if there are that many."""
        if isinstance(places, slice):
            return index.nearest(vector, limit)
        seen = set(self.seqs[places[places < self.num_indexed]].tolist())
        if len(seen) <= FEW:
            return {}
        asked = limit * self.num_indexed // len(seen)  # enough if those in sight are spread evenly
        while True:
            asked = min(asked * _MORE, self.num_indexed)
            found = index.nearest(vector, asked)
            if asked == self.num_indexed or len(found.keys() & seen) >= limit:
                return found

    def attach(self, index: VectorIndex, num_indexed: int) -> None:
        """Use an index for the vectors of the first `num_indexed` episodes from now on."""
        moved = self.fresh.values[: num_indexed - self.num_indexed]
        known = np.concatenate([self._typical, moved]) if len(self._typical) else moved
        places = np.linspace(0, len(known) - 1, min(len(known), _NUM_TYPICAL)).astype(np.intp)
        self._typical = known[places]
        self.fresh.drop_first(len(moved))
        self.index, self.num_indexed = index, num_indexed

    def typical_cosines(self, vector: Vector) -> NDArray[np.float32]:
        """Cosines of a sample of the indexed episodes, to know what is typical: [num_typical].

        The index itself returns only those of the nearest.
        """
        if not len(self._typical):
            return np.zeros(0, np.float32)
        cosines: NDArray[np.float32] = self._typical @ vector
        return cosines


class Mentions(Mapping[str, "NDArray[np.intp]"]):
    """Node of the persona graph -> places, as arrays that are made on demand."""

    def __init__(self, places: Mapping[str, array[int]], seen: NDArray[np.intp] | None = None) -> None:
        self._places, self._seen = places, seen

    def __getitem__(self, node_id: str) -> NDArray[np.intp]:
        """Places among the episodes in sight."""
        places = np.array(self._places[node_id], np.intp)  # a copy: one that numpy looks at cannot grow
        return places if self._seen is None else np.flatnonzero(np.isin(self._seen, places))

    def __iter__(self) -> Iterator[str]:
        """The nodes that any episode names, in sight or not."""
        return iter(self._places)

    def __len__(self) -> int:
        """Number of nodes that any episode names."""
        return len(self._places)

    def among(self, seen: NDArray[np.intp]) -> Mentions:
        """The same mentions, with places counted among the episodes in sight."""
        return Mentions(self._places, seen)


class _Numbered:
    """A column of names, each kept as a number."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.column = Column(np.int64)

    def extend(self, names: Sequence[str]) -> None:
        """Add names at the end."""
        self.column.extend([self.numbers.setdefault(name, len(self.numbers)) for name in names])


_CANDIDATES = 50  # the best by words, whose cosines come from the record if the index did not return them


class OwnerPool:
    """A `recall.pool.Pool` of those episodes of an owner that may be seen.

    `cosines` raises `IndexFailure` if the vector index broke.
    """

    def __init__(
        self, ready: OwnerIndex, store: Store, owner: Owner, sight: Sight, embed: QueryVectors
    ) -> None:
        self._ready, self._store, self._owner, self._sight = ready, store, owner, sight
        self._bounds = bounds_of(sight)
        self._places = ready.in_sight(self._bounds)
        self.embed = embed

    def __len__(self) -> int:
        """Number of episodes in sight."""
        return len(self._seqs)

    @cached_property
    def _seqs(self) -> NDArray[np.int64]:
        return self._ready.seqs[self._places]

    @cached_property
    def at(self) -> NDArray[np.float64]:
        """When each was said: [num_episodes], seconds since 1970."""
        return self._ready.at[self._places]

    @cached_property
    def layout(self) -> Layout:
        """Which episode was said next, and where a session ends."""
        return self._ready.layout(self._bounds)

    @cached_property
    def names(self) -> NDArray[np.int64]:
        """Numbers, in `speakers`, of who spoke: [num_episodes]."""
        return self._ready.names[self._places]

    @property
    def speakers(self) -> Sequence[str]:
        """Names of all speakers; ``""`` for an unknown name."""
        return self._ready.speakers

    @cached_property
    def importance(self) -> NDArray[np.float64]:
        """0–1, NaN if it was not judged: [num_episodes]."""
        return self._ready.importance[self._places]

    @cached_property
    def asks(self) -> NDArray[np.float32]:
        """How much of each is a question, 0–1: [num_episodes]."""
        return self._ready.asks[self._places]

    @property
    def languages(self) -> Sequence[str]:
        """ISO 639-1 codes that the embedder reads; empty for all."""
        return self.embed.languages

    @cached_property
    def mentioned_at(self) -> Mapping[str, NDArray[np.intp]]:
        """Node of the persona's graph -> places of the episodes that name it."""
        mentions = self._ready.mentioned_at
        return mentions if isinstance(self._places, slice) else mentions.among(self._places)

    def words(self, query: str) -> NDArray[np.float32]:
        """BM25 of each: [num_episodes]."""
        return self._ready.words(query)[self._places]

    def cosines(self, vector: Vector, words: NDArray[np.float32], *, limit: int) -> NDArray[np.float32]:
        """Cosines: [num_episodes], known at least for the nearest and the best by `words`, otherwise NaN."""
        cosines = self._ready.cosines(vector, limit, self._places)
        for place, other in self._from_record(self._gaps(cosines, words)).items():
            cosines[place] = other @ vector
        return cosines

    def typical_cosines(self, vector: Vector) -> NDArray[np.float32]:
        """Cosines of a sample of episodes: [num_typical]; empty if `cosines` knows all of them."""
        return self._ready.typical_cosines(vector)

    def vectors(self, places: Sequence[int]) -> NDArray[np.float32]:
        """Vectors of some episodes: [num_places, dim]."""
        found = self._from_record(places)
        return np.array([found[place] for place in places], np.float32)

    def episodes(self, places: Sequence[int]) -> dict[int, Episode]:
        """Some episodes by place; the record decides again which of them are in sight."""
        seqs = {int(self._seqs[place]): place for place in places}
        return {
            seqs[seq]: episode
            for seq, episode in self._store.episodes_at(self._owner, self._sight, [*seqs]).items()
        }

    def _from_record(self, places: Sequence[int]) -> dict[int, Vector]:
        by_seq = {int(self._seqs[place]): place for place in places}
        vectors = self._store.embeddings_at(self._owner, [*by_seq])
        return {by_seq[seq]: vector for seq, vector in vectors.items()}

    def _gaps(self, cosines: NDArray[np.float32], words: NDArray[np.float32]) -> list[int]:
        """The episodes whose cosines must come from the record, because the vector index returned none.

        These are the best ones by words; and all of them if they are few, since the index may then not have
        been searched.
        """
        unknown = np.isnan(cosines)
        if not isinstance(self._places, slice) and unknown.sum() <= FEW:
            return [int(place) for place in np.flatnonzero(unknown)]
        named = np.flatnonzero(words > 0)
        return [int(place) for place in named[best(words[named], _CANDIDATES)] if unknown[place]]
