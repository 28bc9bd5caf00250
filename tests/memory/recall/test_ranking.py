"""Tests of the calibration of scores."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.memory.recall.pool import best, information, recency, standardise


def array(*numbers: float) -> np.ndarray:
    return np.array(numbers, np.float32)


def test_words_are_told_in_what_singles_out_one_episode() -> None:
    """A word that one of a thousand has says as much as one that one of a million has."""
    few = information(np.full(1_000, math.log(1_001), np.float32))
    many = information(np.full(100_000, math.log(100_001), np.float32))
    assert few[0] == pytest.approx(many[0]) == pytest.approx(1.0)
    assert information(array()).tolist() == []


def test_age_halves_in_thirty_days() -> None:
    """Counted from the newest, whatever the clock says."""
    month = 30 * 24 * 3600.0
    assert recency(np.array([0.0, month, 2 * month])).tolist() == [0.25, 0.5, 1.0]
    assert recency(np.zeros(0)).tolist() == []


def test_unreached_episodes_count_as_the_mean() -> None:
    """The vector index looks at a few; the rest is neither near nor far."""
    assert standardise(array(1, np.nan, 3)).tolist() == [-1.0, 0.0, 1.0]
    assert standardise(array(np.nan, np.nan)).tolist() == [0.0, 0.0]


@given(st.lists(st.floats(-5, 5, width=32), max_size=40), st.integers(-1, 50))
def test_best_is_what_sorting_gives(numbers: list[float], limit: int) -> None:
    """The quick way and the plain way agree."""
    by_hand = sorted(range(len(numbers)), key=lambda place: (-numbers[place], -place))[: max(limit, 0)]
    assert best(array(*numbers), limit) == by_hand
