"""Tests of scores on one scale, and of who is beside whom."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.memory.recall.pool import (
    PAUSE_S,
    best,
    blend_meaning,
    information,
    layout_of,
    recency,
    share_with_neighbours,
    standardise,
)

# ── scores ───────────────────────────────────────────────────────────────────────────────────────


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


# ── neighbours ───────────────────────────────────────────────────────────────────────────────────


def test_threads_that_are_written_in_turns_are_told_apart() -> None:
    """Two conversations at once: neighbours are of the same one."""
    made = layout_of(np.array([0, 1, 0, 1]), np.arange(4.0))
    assert made.previous.tolist() == [-1, -1, 0, 1]
    assert made.following.tolist() == [2, 3, -1, -1]
    assert made.session.tolist() == [0, 1, 0, 1]


def test_a_long_pause_begins_a_session() -> None:
    """One thread may go on for years."""
    made = layout_of(np.zeros(3, np.int64), np.array([0.0, PAUSE_S, 2 * PAUSE_S + 1]))
    assert made.previous.tolist() == [-1, 0, -1]
    assert made.session.tolist() == [0, 0, 1]


def test_of_nothing_and_of_one() -> None:
    """No neighbours."""
    assert layout_of(np.zeros(0, np.int64), np.zeros(0)).session.tolist() == []
    assert layout_of(np.zeros(1, np.int64), np.zeros(1)).previous.tolist() == [-1]


def test_a_question_gives_to_its_answer() -> None:
    """0 asks and scores 2: its answer gets half of that; what follows a statement gets nothing."""
    layout = layout_of(np.zeros(3, np.int64), np.zeros(3))
    shared = share_with_neighbours(array(2, 0, 0), array(1, 0, 0), layout, answer=0.5, before=0.0)
    assert shared.tolist() == [2.0, 1.0, 0.0]
    told = share_with_neighbours(array(2, 0, 0), array(0, 0, 0), layout, answer=0.5, before=0.0)
    assert told.tolist() == [2.0, 0.0, 0.0]


def test_a_hit_gives_to_what_was_said_before() -> None:
    """But not to the end of another session."""
    layout = layout_of(np.array([0, 0, 1]), np.zeros(3))
    shared = share_with_neighbours(array(0, 2, 2), array(0, 0, 0), layout, answer=0.0, before=0.5)
    assert shared.tolist() == [1.0, 2.0, 2.0]


def test_blended_meaning_keeps_its_spread() -> None:
    """So that the weights of the other stages go on meaning the same."""
    cosines = array(2, -1, 0, -1)
    layout = layout_of(np.array([0, 0, 0, 1]), np.zeros(4))
    blended = blend_meaning(cosines, layout)
    assert blended.std() == pytest.approx(cosines.std())
    assert blended[1] > blended[3]  # as far from the cue itself, but beside the hit
    assert blend_meaning(array(), layout_of(np.zeros(0, np.int64), np.zeros(0))).tolist() == []
