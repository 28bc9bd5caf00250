"""Tests of what neighbours give each other."""

import numpy as np
import pytest

from roleagent.memory.recall.pool import blend_meaning, layout_of, share_with_neighbours


def array(*numbers: float) -> np.ndarray:
    return np.array(numbers, np.float32)


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
