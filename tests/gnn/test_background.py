"""The yardstick under a score: what facts score on talk that does not concern them."""

from __future__ import annotations

import numpy as np

from roleagent.gnn.background import EVERYDAY_TALK, Background

SCORES = np.array([[0.1, 0.4], [0.2, 0.4], [0.3, 0.7], [0.2, 0.5]], np.float32)


def test_scores_are_told_in_standard_deviations_above_everyday_talk():
    """The same likeness means much for one fact and nothing for another."""
    background = Background.of(SCORES, unrelated=0.25)
    assert np.allclose(background.mean, [0.2, 0.5])
    assert np.allclose(background.standardised(np.array([0.2, 0.5], np.float32)), [0, 0], atol=1e-5)
    above = background.standardised(np.array([0.3, 0.6], np.float32))
    assert np.allclose(above, [0.1 / SCORES[:, 0].std(), 0.1 / SCORES[:, 1].std()], rtol=1e-4)


def test_the_floor_is_what_a_share_of_everyday_talk_still_reaches():
    """Each utterance is measured by the others alone: by itself it would look less unusual than it is."""
    best = []
    for row in range(len(SCORES)):
        others = np.delete(SCORES, row, axis=0)
        best.append(((SCORES[row] - others.mean(axis=0)) / others.std(axis=0)).max())
    assert np.isclose(Background.of(SCORES, unrelated=0.25).floor, np.quantile(best, 0.75), rtol=1e-4)


def test_a_smaller_share_makes_a_higher_floor():
    """An application turns one knob."""
    floors = [Background.of(SCORES, unrelated=share).floor for share in (0.0, 0.25, 0.5)]
    assert floors == sorted(floors, reverse=True)


def test_an_embedder_that_tells_nothing_apart_gives_no_division_by_zero():
    """Zero vectors come from texts without letters, and from broken embedders."""
    background = Background.of(np.zeros((4, 3), np.float32), unrelated=0.25)
    assert np.isfinite(background.standardised(np.ones(3, np.float32))).all()


def test_everyday_talk_is_english_and_chinese_alike():
    """Both languages are served, and the floor is one."""
    chinese = [said for said in EVERYDAY_TALK if any("\u4e00" <= char <= "\u9fff" for char in said)]
    assert len(chinese) * 2 in range(len(EVERYDAY_TALK) - 4, len(EVERYDAY_TALK) + 5)
    assert len(set(EVERYDAY_TALK)) == len(EVERYDAY_TALK)
