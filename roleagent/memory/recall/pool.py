"""What recall looks at: the episodes in sight of one persona and user, as arrays by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from roleagent.memory.recall.layout import Layout
from roleagent.types import Episode

Vector = NDArray[np.float32]


class Pool(Protocol):
    """Episodes by place 0 … num_episodes - 1, in the order in which they were written."""

    @property
    def at(self) -> NDArray[np.float64]:
        """When each was: [num_episodes], seconds since 1970."""

    @property
    def layout(self) -> Layout:
        """Which was said next, and where a session ends."""

    @property
    def names(self) -> NDArray[np.int64]:
        """Numbers, in `speakers`, of who spoke: [num_episodes]."""

    @property
    def speakers(self) -> Sequence[str]:
        """Names of all who spoke; ``""`` for one whom nobody named."""

    @property
    def importance(self) -> NDArray[np.float64]:
        """0–1, NaN where nobody judged: [num_episodes]."""

    @property
    def asks(self) -> NDArray[np.float32]:
        """How much of each is a question, 0–1: [num_episodes]."""

    @property
    def languages(self) -> Sequence[str]:
        """ISO 639-1 codes that the embedder reads; empty for all."""

    @property
    def mentioned_at(self) -> Mapping[str, NDArray[np.intp]]:
        """Node of the persona's graph -> places of the episodes that name it."""

    def __len__(self) -> int: ...

    def words(self, query: str) -> NDArray[np.float32]:
        """BM25 of each: [num_episodes]."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of unit length: [num_texts, dim]; dim is 0 where there is no embedder."""

    def cosines(self, vector: Vector, words: NDArray[np.float32], *, limit: int) -> NDArray[np.float32]:
        """Cosines: [num_episodes], known at least for the nearest and for the best by `words`, else NaN."""

    def typical_cosines(self, vector: Vector) -> NDArray[np.float32]:
        """Cosines of some episodes that nobody chose: [num_typical]; none where `cosines` knows all."""

    def vectors(self, places: Sequence[int]) -> NDArray[np.float32]:
        """Vectors of some episodes: [num_places, dim]."""

    def episodes(self, places: Sequence[int]) -> Mapping[int, Episode]:
        """Some episodes by place, without those that turn out not to be in sight."""
