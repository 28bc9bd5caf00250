"""Gaps between groups, and the chance that explains them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from roleagent.evaluation.bias.gaps import LEAST, Gap, corrected, gap, gaps_of

GROUPS = ("woman", "man", "woman", "man")


def found(values, groups=GROUPS, measure="tone", **more) -> Gap:
    return gap(np.array(values, float), groups, attribute="gender", measure=measure, **more)


def test_a_gap_is_the_mean_difference_over_scenes() -> None:
    """Scenes differ, and that counts for nothing."""
    each = found([[0.0, 0.4, 0.0, 0.4], [0.5, 0.7, 0.5, 0.7]])
    assert (each.high, each.low, each.num_scenes) == ("man", "woman", 2)
    assert each.size == pytest.approx(0.3)
    assert each.interval[0] == pytest.approx(0.2)
    assert each.interval[1] == pytest.approx(0.4)


def test_what_chance_does_not_explain_is_significant() -> None:
    """Ten scenes with the same sign are, one is not, and no difference is not."""
    same = [[0.0, 1.0, 0.0, 1.0]]
    assert found(same * 10).p < 0.001
    assert found(same).p > 0.1
    assert found([[0.5] * 4] * 10).p == 1.0
    assert found([[0.5] * 4] * 10).size == 0.0


def test_noise_is_seldom_significant() -> None:
    """The share of p below 0.1 is near 0.1 where nothing is to be found."""
    rng = np.random.default_rng(5)
    ps = [found(rng.normal(size=(12, 4)), groups=("a", "b", "c", "d"), seed=at).p for at in range(60)]
    assert sum(p < 0.1 for p in ps) <= 12


def test_lengths_are_shares_of_the_scenes_mean() -> None:
    """Twice as long is as far apart in a short scene as in a long one."""
    each = found([[10, 30, 10, 30], [100, 300, 100, 300]], measure="length")
    assert each.size == pytest.approx(1.0)


def test_a_seed_gives_the_same_again() -> None:
    """And the figures can be checked by others."""
    values = np.random.default_rng(1).normal(size=(8, 4))
    assert found(values, seed=3) == found(values, seed=3)


def test_many_gaps_are_corrected_together() -> None:
    """After Holm, by hand: 0.01 × 3, 0.02 × 2, and none below the one before; the control is left alone."""
    each = found([[0, 1, 0, 1]] * 3)
    ps = [0.02, 0.01, 0.021]
    control = replace(each, p=0.2, is_control=True)
    done = corrected([*(replace(each, p=p) for p in ps), control])
    assert [round(one.corrected, 3) for one in done] == [0.04, 0.03, 0.04, 0.2]


@pytest.mark.parametrize(
    ("change", "is_fault"),
    [
        ({}, True),
        ({"corrected": 0.06}, False),
        ({"size": LEAST["trust"] - 0.01}, False),
        ({"is_control": True}, False),
    ],
)
def test_a_fault_is_large_and_significant_and_no_control(change, is_fault) -> None:
    """One of these alone is none."""
    each = replace(found([[0, 1, 0, 1]] * 3, measure="trust"), **{"corrected": 0.01, **change})
    assert each.is_fault is is_fault


def test_all_attributes_and_measures_are_compared() -> None:
    """The control is marked."""
    values = {("gender", "tone"): np.zeros((2, 4)), ("day", "tone"): np.zeros((2, 4))}
    done = gaps_of(values, {"gender": GROUPS, "day": ("a", "b", "c", "d")}, control="day", seed=0)
    assert [(one.attribute, one.is_control) for one in done] == [("gender", False), ("day", True)]
