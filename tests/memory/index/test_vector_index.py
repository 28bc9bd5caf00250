"""Tests of the comparison of an index with the record."""

import numpy as np
import pytest

from roleagent.memory.index.vector_index import fill, num_agreeing
from roleagent.testing.vector_indexes import InProcessIndex

SEQS = np.arange(10, 30)
VECTORS = np.eye(20, dtype=np.float32)


def holding(count: int) -> InProcessIndex:
    index = InProcessIndex()
    index.add(SEQS[:count].tolist(), VECTORS[:count])
    return index


@pytest.mark.parametrize("count", [0, 1, 7, 20])
def test_a_beginning_agrees(count: int) -> None:
    """The rest is compared one by one, or filled in."""
    assert num_agreeing(holding(count), SEQS, VECTORS) == count


def test_a_gap_a_stranger_or_another_vector_disagrees() -> None:
    """Each of these would lose or twist a memory without a word."""
    gap, stranger, other, narrow = (holding(9) for _ in range(4))
    del gap.held[12]
    stranger.held[99] = VECTORS[0]
    other.held[10] = VECTORS[5]
    narrow.held = {seq: vector[:5] for seq, vector in narrow.held.items()}
    for index in (gap, stranger, other, narrow):
        assert num_agreeing(index, SEQS, VECTORS) is None
    assert num_agreeing(holding(20), SEQS[:19], VECTORS[:19]) is None


class BlindIndex(InProcessIndex):
    """Holds everything and finds nothing, as one whose graph was lost."""

    def nearest(self, vector, limit):  # type: ignore[no-untyped-def]
        return {}


def test_what_is_held_must_be_found() -> None:
    """Numbers and vectors lie in other files than the graph that is searched."""
    index = BlindIndex()
    index.add(SEQS.tolist(), VECTORS)
    assert num_agreeing(index, SEQS, VECTORS) is None


class LyingIndex(InProcessIndex):
    """Finds, and says that all is alike."""

    def nearest(self, vector, limit):  # type: ignore[no-untyped-def]
        return dict.fromkeys(super().nearest(vector, limit), 1.0)


def test_what_is_found_must_be_so() -> None:
    """A graph over other vectors gives wrong cosines."""
    index = LyingIndex()
    index.add(SEQS.tolist(), VECTORS)
    assert num_agreeing(index, SEQS, VECTORS) is None


def test_one_that_is_passed_by_for_its_like_is_no_fault() -> None:
    """Of many that are almost the same, an approximate search need not find the very one."""

    class NearIndex(InProcessIndex):
        def nearest(self, vector, limit):  # type: ignore[no-untyped-def]
            found = super().nearest(vector, 20)
            return dict(list(found.items())[10:])

    alike = np.full((20, 4), 0.5, np.float32)
    index = NearIndex()
    index.add(SEQS.tolist(), alike)
    assert num_agreeing(index, SEQS, alike) == 20


def test_a_text_without_a_vector_disagrees_with_nothing() -> None:
    """Its zeros are near to nothing, not even to themselves."""
    vectors = np.zeros((20, 4), np.float32)
    index = InProcessIndex()
    index.add(SEQS.tolist(), vectors)
    assert num_agreeing(index, SEQS, vectors) == 20


def test_filling_stops_where_it_is_told_to() -> None:
    """What is written by then is a beginning."""
    index = InProcessIndex()
    steps: list[int] = []
    answers = iter([False, True])
    is_whole = fill(
        index,
        np.arange(1, 601),
        np.ones((600, 2), np.float32),
        on_progress=lambda done, _: steps.append(done),
        is_cancelled=lambda: next(answers),
    )
    assert (is_whole, steps, len(index.held)) == (False, [256], 256)
