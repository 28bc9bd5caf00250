"""Tests of attention pooling over the last utterances."""

import numpy as np
import pytest

from roleagent.memory.recall.stages import attended, need_of, with_history

EAST, NORTH = np.eye(2, dtype=np.float32)


def test_the_pooled_vector_is_nearest_to_what_is_like_the_cue() -> None:
    """Worked out by hand: logits √2·1 and 0, so weights 0.8044 and 0.1956."""
    pooled = attended(EAST, np.stack([EAST, NORTH]))
    by_hand = np.array([0.8044, 0.1956]) / np.hypot(0.8044, 0.1956)
    assert pooled == pytest.approx(by_hand, abs=1e-3)


def test_without_history_the_cue_stays_as_it_is() -> None:
    """And with it, it moves and keeps its length."""
    assert with_history(EAST, np.zeros((0, 2), np.float32), 0.5).tolist() == EAST.tolist()
    moved = with_history(EAST, NORTH[None], 0.5)
    assert np.linalg.norm(moved) == pytest.approx(1.0)
    assert moved[1] == pytest.approx(0.5 * moved[0])


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("And then?", 1.0),
        ("What about Ann's boat?", 1.0),
        ("Where did Ann paint the boat?", 0.5),
        ("Did Ann paint the old boat red?", 0.0),
        ("那条船呢", 1.0),
        ("他现在住哪里", 0.5),
        ("安去年夏天给那条旧船刷了什么颜色？", 0.0),
    ],
)
def test_a_cue_leans_on_what_was_said_before_as_far_as_it_says_little(text: str, need: float) -> None:
    """Counted in telling words, in either language."""
    assert need_of(text) == need
