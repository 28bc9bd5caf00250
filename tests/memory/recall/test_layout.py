"""Tests of who is beside whom."""

import numpy as np

from roleagent.memory.recall.pool import PAUSE_S, layout_of


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
