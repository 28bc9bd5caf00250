"""What a vector index must do to replace comparing all vectors, and how it is checked and filled.

An index is never the record. It agrees with the record if it holds exactly the vectors of the first N
episodes, for any N. If filling was stopped, it continues from there. If
the process was killed in between, the files may hold anything: a folder that was not sealed is rebuilt
(`index_seal`).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
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

    def seqs(self) -> set[int]: ...  # noqa: D102 - what is in it

    def add(self, seqs: Sequence[int], vectors: Matrix) -> None: ...  # noqa: D102

    def vectors(self, seqs: Sequence[int]) -> Matrix: ...  # noqa: D102

    def nearest(self, vector: Vector, limit: int) -> dict[int, float]: ...  # noqa: D102 - seq -> cosine

    def seal(self) -> None: ...  # noqa: D102 - what was added is to be found whole when it is opened again

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
    if len(sample) and not _same(index.vectors(seqs[sample].tolist()), vectors[sample]):
        return None
    # the numbers may be there and the graph that is searched not, or damaged
    sought = [vectors[place] for place in sample if vectors[place].any()]  # a zero is near to nothing
    found = [index.nearest(vector, _SAMPLE) for vector in sought]
    if not all(_is_true(each, vector, seqs, vectors) for each, vector in zip(found, sought, strict=True)):
        return None
    # near ones, not itself: among many that are almost the same, an approximate search may pass it by
    num_near = sum(max(each.values(), default=0.0) > _NEAR for each in found)
    return len(held) if 2 * num_near >= len(sought) else None


def _same(some: Matrix, others: Matrix) -> bool:
    return some.shape == others.shape and bool(np.allclose(some, others, atol=1e-4))


def _is_true(found: Mapping[int, float], vector: Vector, seqs: NDArray[np.int64], vectors: Matrix) -> bool:
    places = np.minimum(np.searchsorted(seqs, list(found)), len(seqs) - 1)
    return bool(np.allclose(vectors[places] @ vector, list(found.values()), atol=_CLOSE))


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


SEAL_NAME = "roleagent-seal.json"
_METADATA_NAME = "index_metadata.pickle"  # Chroma's own; a graph without it was never written out


def write_seal(folder: Path) -> None:
    """Seal the files in a folder as they are."""
    path = folder / SEAL_NAME
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(_hashes(folder)), encoding="utf-8")
    os.replace(draft, path)


def remove_seal(folder: Path) -> None:
    """Remove the seal, because the files may change from now on."""
    (folder / SEAL_NAME).unlink(missing_ok=True)


def check_seal(folder: Path) -> None:
    """Check that the files are the sealed ones.

    Raises:
        ValueError: they are not, or were never sealed.
    """
    try:
        sealed = json.loads((folder / SEAL_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError("it was left while it was written") from None
    found = _hashes(folder)
    if sealed != found:
        differing = sorted(name for name in {*sealed, *found} if sealed.get(name) != found.get(name))
        raise ValueError(f"damaged files: {', '.join(differing)}")


def _hashes(folder: Path) -> dict[str, str]:
    """Name -> sha256 of every graph file that Chroma will read; it rewrites the others."""
    return {
        file.relative_to(folder).as_posix(): _hash(file)
        for graph in sorted(folder.glob(f"*/{_METADATA_NAME}"))
        for file in sorted(graph.parent.iterdir())
    }


def _hash(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
