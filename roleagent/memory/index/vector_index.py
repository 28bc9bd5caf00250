"""What a vector index must do to replace comparing all vectors, and how it is checked and filled.

An index is never the record. It agrees with the record if it holds exactly the vectors of the first N
episodes, for any N. If filling was stopped, it continues from there. If the process was killed in between,
the files may hold anything: a folder that was not sealed is rebuilt (`chroma_index.Folder`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from roleagent.store import Vector

Matrix = NDArray[np.float32]
OnProgress = Callable[[int, int], None]  # vectors that are in, and that will be

BATCH = 256  # vectors written at a time: half a second at most, after which a filling may stop
_SAMPLE = 8
_CLOSE = 1e-3
_NEAR = 0.95  # of a cosine to oneself


class IndexFailure(Exception):
    """A vector index broke. Never leaves this package: the record is searched instead."""


class VectorIndex(Protocol):
    """An approximate index of vectors by `seq`; every failure raises `IndexFailure`."""

    def seqs(self) -> set[int]: ...  # noqa: D102 - the numbers of its vectors

    def add(self, seqs: Sequence[int], vectors: Matrix) -> None: ...  # noqa: D102

    def vectors(self, seqs: Sequence[int]) -> Matrix: ...  # noqa: D102

    def nearest(self, vector: Vector, limit: int) -> dict[int, float]: ...  # noqa: D102 - seq -> cosine

    def seal(self) -> None: ...  # noqa: D102 - so that the next process can read it

    def erase(self) -> None: ...  # noqa: D102 - with everything on disk

    def close(self) -> None: ...  # noqa: D102


def num_agreeing(index: VectorIndex, seqs: NDArray[np.int64], vectors: Matrix) -> int | None:
    """How many of the first episodes the index holds; None if it disagrees with the record.

    Args:
        index: the index.
        seqs: the record's numbers of all episodes: [num_episodes].
        vectors: their vectors: [num_episodes, dim].

    Raises:
        IndexFailure: it cannot be read.
    """
    held = index.seqs()
    if len(held) > len(seqs) or held != set(seqs[: len(held)].tolist()):
        return None
    sample = np.unique(np.linspace(0, len(held) - 1, _SAMPLE, dtype=np.intp)) if held else ()
    if len(sample):
        stored = index.vectors(seqs[sample].tolist())
        if stored.shape != vectors[sample].shape or not np.allclose(stored, vectors[sample], atol=1e-4):
            return None
    # the numbers may be there although the graph that is searched is missing or damaged
    sought = [vectors[place] for place in sample if vectors[place].any()]  # a zero is near to nothing
    num_near = 0
    for vector in sought:
        found = index.nearest(vector, _SAMPLE)
        places = np.minimum(np.searchsorted(seqs, list(found)), len(seqs) - 1)
        if not np.allclose(vectors[places] @ vector, list(found.values()), atol=_CLOSE):
            return None
        # near ones, not itself: among many that are almost the same, an approximate search may pass it by
        num_near += max(found.values(), default=0.0) > _NEAR
    return len(held) if 2 * num_near >= len(sought) else None


def fill(
    index: VectorIndex,
    seqs: NDArray[np.int64],
    vectors: Matrix,
    *,
    on_progress: OnProgress,
    is_cancelled: Callable[[], bool],
) -> bool:
    """Add vectors in batches, in the order of the record, and seal them; return False if it was cancelled.

    Raises:
        IndexFailure: it cannot be written.
    """
    for start in range(0, len(seqs), BATCH):
        if is_cancelled():
            index.seal()
            return False
        part = slice(start, start + BATCH)
        index.add(seqs[part].tolist(), vectors[part])
        index.nearest(vectors[start], 1)  # an index may put the work off until it is asked
        on_progress(min(start + BATCH, len(seqs)), len(seqs))
    index.seal()
    return True
