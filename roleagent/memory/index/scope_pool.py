"""The pool that recall ranks, over what is ready in RAM and the record behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from roleagent.embedding.cache import QueryVectors
from roleagent.memory.index.scope_index import FEW, OwnerIndex
from roleagent.memory.recall.pool import Layout
from roleagent.memory.recall.ranking import best
from roleagent.store import Store, Vector
from roleagent.store.owners import bounds_of
from roleagent.types import Episode, Owner, Sight

_CANDIDATES = 50  # whose cosines are taken from the record where the words put them forward


class OwnerPool:
    """A `recall.Pool` of an owner's episodes that may be seen.

    Raises `IndexFailure` from `cosines` where the vector index broke.
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
        """When each was: [num_episodes], seconds since 1970."""
        return self._ready.at[self._places]

    @cached_property
    def layout(self) -> Layout:
        """Which was said next, and where a session ends."""
        return self._ready.layout(self._bounds)

    @cached_property
    def names(self) -> NDArray[np.int64]:
        """Numbers, in `speakers`, of who spoke: [num_episodes]."""
        return self._ready.names[self._places]

    @property
    def speakers(self) -> Sequence[str]:
        """Names of all who spoke; ``""`` for one whom nobody named."""
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
        """Cosines: [num_episodes], known at least for the nearest and for the best by `words`, else NaN."""
        cosines = self._ready.cosines(vector, limit, self._places)
        for place, other in self._from_record(self._gaps(cosines, words)).items():
            cosines[place] = other @ vector
        return cosines

    def typical_cosines(self, vector: Vector) -> NDArray[np.float32]:
        """Cosines of some episodes that nobody chose: [num_typical]; none where `cosines` knows all."""
        return self._ready.typical_cosines(vector)

    def vectors(self, places: Sequence[int]) -> NDArray[np.float32]:
        """Vectors of some episodes: [num_places, dim]."""
        found = self._from_record(places)
        return np.array([found[place] for place in places], np.float32)

    def episodes(self, places: Sequence[int]) -> dict[int, Episode]:
        """Some episodes by place; the record has the last word on which of them are in sight."""
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
        """Whose cosines to take from the record, where the vector index gave none.

        Those that the words put forward; and all of them, if they are few and the index
        was perhaps not asked.
        """
        unknown = np.isnan(cosines)
        if not isinstance(self._places, slice) and unknown.sum() <= FEW:
            return [int(place) for place in np.flatnonzero(unknown)]
        named = np.flatnonzero(words > 0)
        return [int(place) for place in named[best(words[named], _CANDIDATES)] if unknown[place]]
