"""A published fake: a vector index in RAM that can be made slow, broken or wrong at will."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from roleagent.memory.index.vector_index import IndexFailure


class InProcessIndex:
    """Holds vectors and compares them one by one.

    Attributes:
        held: the vectors by `seq`.
        num_added: how many were ever added.
        may_write: while it is not set, calls that add vectors wait.
        is_broken: every call raises `IndexFailure`.
    """

    def __init__(self) -> None:
        self.held: dict[int, NDArray[np.float32]] = {}
        self.num_added = 0
        self.may_write = threading.Event()
        self.may_write.set()
        self.is_broken = False

    def seqs(self) -> set[int]:
        """The `seq`s in the index."""
        self._check()
        return set(self.held)

    def add(self, seqs: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Add vectors, once that is allowed."""
        self.may_write.wait()
        self._check()
        self.held.update(zip(seqs, vectors, strict=True))
        self.num_added += len(seqs)

    def vectors(self, seqs: Sequence[int]) -> NDArray[np.float32]:
        """[num_seqs, dim]."""
        self._check()
        return np.array([self.held[seq] for seq in seqs], np.float32)

    def nearest(self, vector: NDArray[np.float32], limit: int) -> dict[int, float]:
        """The nearest: seq -> cosine."""
        self._check()
        cosines = {seq: float(held @ vector) for seq, held in self.held.items()}
        return dict(sorted(cosines.items(), key=lambda pair: -pair[1])[:limit])

    def seal(self) -> None:
        """Nothing: there are no files."""
        self._check()

    def erase(self) -> None:
        """Remove everything."""
        self._check()
        self.held.clear()

    def close(self) -> None:
        """Nothing: there is nothing to close."""

    def _check(self) -> None:
        if self.is_broken:
            raise IndexFailure("told to break")
