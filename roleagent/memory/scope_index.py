"""What recall looks through for one persona and one user, in RAM, made from the store of record.

Episodes are numbered by place, in the order of the record. The newest are searched exactly, by one matrix
product; older ones may have been moved to a vector index, where a search finds the nearest few.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from roleagent.memory.lexical import LexicalIndex
from roleagent.memory.recall.text_form import index_text
from roleagent.store import IndexRow, Vector
from roleagent.store.sight import Sight

Matrix = NDArray[np.float32]
Places = slice | NDArray[np.intp]
_FIRST_CAPACITY = 64
FEW = 500
_NO_DAY = np.iinfo(np.int64).max  # said at no moment of the story: after every one of them
_MORE = 2  # times as many are asked for where too few of those found are in sight


class VectorIndex(Protocol):
    """An approximate index of vectors by `seq`; whatever goes wrong in it raises `IndexFailure`."""

    def seqs(self) -> set[int]: ...  # noqa: D102 - what is in it

    def add(self, seqs: Sequence[int], vectors: Matrix) -> None: ...  # noqa: D102

    def vectors(self, seqs: Sequence[int]) -> Matrix: ...  # noqa: D102

    def nearest(self, vector: Vector, limit: int) -> dict[int, float]: ...  # noqa: D102 - seq -> cosine

    def erase(self) -> None: ...  # noqa: D102 - with everything on disk

    def close(self) -> None: ...  # noqa: D102


class IndexFailure(Exception):
    """A vector index broke. Never leaves this package: the record serves in its place."""


class GrowingMatrix:
    """Rows of one width, added in amortised constant time and removed from the front."""

    def __init__(self) -> None:
        self._buffer = np.zeros((0, 0), np.float32)
        self._num_rows = 0

    @property
    def rows(self) -> Matrix:
        """[num_rows, dim]; a view."""
        return self._buffer[: self._num_rows]

    def append(self, row: Vector) -> None:
        """Add one row at the end."""
        if self._num_rows == len(self._buffer):
            self._grow(len(row))
        self._buffer[self._num_rows] = row
        self._num_rows += 1

    def drop_first(self, count: int) -> None:
        """Remove rows from the front and give their memory back."""
        self._buffer = self.rows[count:].copy()
        self._num_rows = len(self._buffer)

    def _grow(self, dim: int) -> None:
        larger = np.zeros((max(_FIRST_CAPACITY, 2 * self._num_rows), dim), np.float32)
        larger[: self._num_rows] = self._buffer[: self._num_rows] if self._num_rows else 0
        self._buffer = larger


class ScopeIndex:
    """The episodes of one persona and user, ready to be searched. Not thread-safe by itself.

    Where there is an embedder every episode has a vector, else none has.

    Attributes:
        owner: the store's number for this persona and user, None while nothing is kept.
        index: holds the vectors of the first `num_indexed` episodes; None where there is no such index.
        fresh: the vectors of the others.
        mentioned_at: node of the persona's graph -> places of the episodes that name it.
    """

    def __init__(self, owner: int | None, index: VectorIndex | None) -> None:
        self.owner = owner
        self.index = index
        self.num_indexed = 0
        self.fresh = GrowingMatrix()
        self._lexical = LexicalIndex()
        self._seqs = array("q")
        self._at = array("d")
        self._listeners: dict[str, int] = {}  # each with a number
        self._listener_of = array("q")
        self._days = array("q")
        self._threads: dict[str, int] = {}  # each with a number
        self._thread_of = array("q")
        self._names: dict[str, int] = {}  # of speakers, each with a number
        self._name_of = array("q")
        self._importance = array("d")
        self.mentioned_at: dict[str, array[int]] = {}

    def __len__(self) -> int:
        """Number of episodes."""
        return len(self._seqs)

    @property
    def last_seq(self) -> int:
        """The store's number of the newest episode, 0 without any."""
        return self._seqs[-1] if self._seqs else 0

    @property
    def at(self) -> NDArray[np.float64]:
        """When each episode was: [num_episodes], seconds."""
        return np.array(self._at)  # a copy: an array that numpy still looks at refuses to grow

    @property
    def seqs(self) -> NDArray[np.int64]:
        """The store's numbers of the episodes: [num_episodes]."""
        return np.array(self._seqs, np.int64)

    @property
    def threads(self) -> NDArray[np.int64]:
        """Numbers of the conversations: [num_episodes]."""
        return np.array(self._thread_of, np.int64)

    @property
    def names(self) -> NDArray[np.int64]:
        """Numbers, in `speakers`, of who spoke: [num_episodes]."""
        return np.array(self._name_of, np.int64)

    @property
    def speakers(self) -> list[str]:
        """The names of all who spoke, in the order of their numbers; ``""`` for one whom nobody named."""
        return list(self._names)

    @property
    def importance(self) -> NDArray[np.float64]:
        """How much each matters, 0–1, NaN where nobody judged: [num_episodes]."""
        return np.array(self._importance)

    def extend(self, rows: Iterable[IndexRow]) -> None:
        """Take in episodes of the record that come after those that are here."""
        for row in rows:
            for node_id in row.mentions:
                self.mentioned_at.setdefault(node_id, array("q")).append(len(self))
            self._seqs.append(row.seq)
            self._at.append(row.at)
            self._lexical.add(index_text(row.text, row.speaker_name, row.at))
            self._thread_of.append(self._threads.setdefault(row.thread_id, len(self._threads)))
            self._name_of.append(self._names.setdefault(row.speaker_name, len(self._names)))
            self._importance.append(math.nan if row.importance is None else row.importance)
            self._listener_of.append(self._listeners.setdefault(row.listener, len(self._listeners)))
            self._days.append(_NO_DAY if row.story_day is None else row.story_day)
            if row.embedding is not None:
                self.fresh.append(row.embedding)

    def in_sight(self, sight: Sight) -> Places:
        """The places of the episodes that may be given: see `store.sight`."""
        names = {"", sight.listener}
        if sight.until is None and self._listeners.keys() <= names:
            return slice(None)
        listeners = [number for name, number in self._listeners.items() if name in names]
        seen = np.isin(np.array(self._listener_of), listeners)
        if sight.until is not None:
            seen &= np.array(self._days) <= sight.until
        return np.flatnonzero(seen)

    def words(self, query: str) -> NDArray[np.float32]:
        """What the words say: [num_episodes], BM25."""
        return self._lexical.scores(query)

    def cosines(self, vector: Vector, limit: int, places: Places) -> NDArray[np.float32]:
        """What the vectors say: [num_places], NaN where the index did not reach in its best `limit`.

        Where not all episodes are in sight, and at most `FEW` of those in the index are, it is not asked: the
        record gives their vectors sooner than the index finds them among the others.

        Raises:
            IndexFailure: the vector index broke.
        """
        cosines = np.full(len(self), np.nan, np.float32)
        if len(self.fresh.rows):
            cosines[self.num_indexed :] = self.fresh.rows @ vector  # both of unit length
        if self.index is not None and self.num_indexed:
            for seq, cosine in self._nearest(self.index, vector, limit, places).items():
                cosines[bisect_left(self._seqs, seq)] = cosine
        return cosines[places]

    def _nearest(self, index: VectorIndex, vector: Vector, limit: int, places: Places) -> dict[int, float]:
        """The nearest in the index; so many that `limit` of them are in sight, where there are that many."""
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

    def adopt_index(self) -> bool:
        """Compare the vector index with the record; False where it disagrees, and nothing was adopted.

        It agrees when it holds exactly the first episodes, with the same vectors in a sample.

        Raises:
            IndexFailure: the vector index broke.
        """
        if self.index is None:
            return True
        held = self.index.seqs()
        if held != set(self._seqs[: len(held)]) or len(held) > len(self.fresh.rows):
            return False
        sample = sorted({0, len(held) // 2, len(held) - 1}) if held else []
        if sample:
            vectors = self.index.vectors([self._seqs[place] for place in sample])
            if not _same(vectors, self.fresh.rows[sample]):
                return False
        self._moved(len(held))
        return True

    def move_to_index(self, keep: int) -> None:
        """Move all but the newest `keep` vectors to the vector index.

        Raises:
            IndexFailure: the vector index broke.
        """
        count = len(self.fresh.rows) - keep
        if self.index is None or count <= 0:
            return
        seqs = self._seqs[self.num_indexed : self.num_indexed + count]
        self.index.add(seqs.tolist(), self.fresh.rows[:count])
        self._moved(count)

    def _moved(self, count: int) -> None:
        self.fresh.drop_first(count)
        self.num_indexed += count


def _same(some: Matrix, others: Matrix) -> bool:
    return some.shape == others.shape and bool(np.allclose(some, others, atol=1e-4))
