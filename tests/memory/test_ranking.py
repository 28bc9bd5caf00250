"""Tests of the fusion of scores."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from roleagent.memory.ranking import best, fuse, standardise


def array(*numbers: float) -> np.ndarray:
    return np.array(numbers, np.float32)


def test_what_both_searches_find_comes_first() -> None:
    """Agreement is the strongest sign."""
    scores = fuse(array(0.9, 0.9, 0.1), array(5.0, 0.0, 5.0), np.zeros(3))
    assert scores.argmax() == 0


def test_age_decides_between_equals_and_no_more() -> None:
    """A year-old answer still beats yesterday's chatter."""
    year = 365 * 24 * 3600.0
    assert fuse(array(0, 0), array(0, 0), np.array([0.0, year])).argmax() == 1
    assert fuse(array(0.9, 0.1, 0.1), array(4, 0, 0), np.array([0.0, year, year])).argmax() == 0


def test_unreached_episodes_count_as_the_mean() -> None:
    """The vector index looks at a few; the rest is neither near nor far."""
    assert standardise(array(1, np.nan, 3)).tolist() == [-1.0, 0.0, 1.0]
    assert standardise(array(np.nan, np.nan)).tolist() == [0.0, 0.0]


@given(st.lists(st.floats(-5, 5, width=32), max_size=40), st.integers(-1, 50))
def test_best_is_what_sorting_gives(numbers: list[float], limit: int) -> None:
    """The quick way and the plain way agree."""
    by_hand = sorted(range(len(numbers)), key=lambda place: (-numbers[place], -place))[: max(limit, 0)]
    assert best(array(*numbers), limit) == by_hand
