"""The table of the ablation."""

from __future__ import annotations

import math

import pytest

from benchmarks.tuning_ablation import FIGURES, differences, interval, table


def runs(*values: float) -> list[dict[str, float]]:
    return [dict.fromkeys(FIGURES, value) for value in values]


def test_differences_are_paired_by_seed() -> None:
    """Seeds that differ much hide no difference that each of them shows."""
    found = {"before": runs(9.0), "lm": runs(1.0, 2.0, 3.0), "con": runs(1.5, 2.5, 3.5)}
    assert differences(found, "voice") == {"con": [0.5, 0.5, 0.5]}
    assert interval([1.5, 2.5, 3.5]) == "2.500 ± 2.483"
    assert interval([0.5, 0.5, 0.5]) == "0.500 ± 0.000"
    assert interval([math.nan] * 3) == "nan"  # a figure that was not asked for
    last = table(found).splitlines()[-1]
    assert last.startswith("con - lm")
    assert last.count("0.500 ± 0.000") == len(FIGURES)


@pytest.mark.parametrize("found", [{"con": runs(1.0)}, {"lm": runs(1.0)}])
def test_one_arm_has_nothing_to_differ_from(found: dict) -> None:
    assert " - lm" not in table(found)
