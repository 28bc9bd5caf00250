"""The fusion benchmark: fair to every arm, and its arithmetic."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
from benchmarks import fusion, spoken_digits
from benchmarks.fusion import ARMS, CONDITIONS, PICTURE, VOICE
from benchmarks.spoken_digits import Manner
from tests.benchmarks.tones import speaker

pytestmark = pytest.mark.xdist_group("torch")


def test_all_arms_have_about_as_many_weights():
    """What wins must not win by size."""
    counts = [fusion.num_weights(fusion.shape_of(arm, 0.1)) for arm in ARMS]
    assert all(0.9 * fusion.NUM_WEIGHTS < count < 1.1 * fusion.NUM_WEIGHTS for count in counts), counts


def test_a_pair_shows_one_digit():
    """The task is void otherwise."""
    random = np.random.default_rng(0)
    digits, wanted = np.tile(np.arange(10), 3), random.integers(10, size=50)
    assert np.array_equal(digits[fusion.paired(digits, wanted, random)], wanted)


def test_conditions_fall_into_groups():
    """Each counts once, and noise has the larger part."""
    groups = [condition.group for condition in CONDITIONS.values()]
    assert [groups.count(group) for group in fusion.GROUPS] == [1, 9, 4]


def test_gains_are_paired():
    """Mean and interval of the differences, seed by seed: 1, 2 and 3 points have a half width of 2.48."""
    concat = [dict.fromkeys(CONDITIONS, 10.0 * seed) for seed in range(3)]
    gated = [dict.fromkeys(CONDITIONS, 10.0 * seed + seed + 1) for seed in range(3)]
    mean, half = fusion.gain({"concat": concat, "gated": gated}, "gated", "noise")
    assert (mean, half) == (pytest.approx(2.0), pytest.approx(2.48, abs=0.01))
    assert np.isnan(fusion.interval([1.0])[1])


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_benchmark_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """With tones for digits, which everything but chance can tell when they are clean."""
    pytest.importorskip("sklearn")
    manners = {
        part: Manner(wordings=("{}",), speeds=(speed,), pitches=(0.95, 1.05), seed=1)
        for part, speed in (("train", 1.0), ("validation", 0.9), ("test", 1.1))
    }
    monkeypatch.setattr(spoken_digits, "MANNERS", manners)
    monkeypatch.setattr(fusion, "RATES", (3e-3,))
    monkeypatch.setattr(fusion, "DROPOUTS", (0.1,))
    out = tmp_path / "out.json"
    assert fusion.main(["--quick", "--json", str(out)], speaker=lambda: speaker) == 0
    said = capsys.readouterr().out
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert said.rstrip().splitlines()[-1] == f"headline: {figures['headline']}"
    assert "n=1097 turns a condition, 2 seeds" in figures["headline"]
    assert figures["picture alone | picture missing"] == 10.0
    assert figures["voice alone | voice +0 dB"] <= figures["voice alone | clean"]
    assert all(f"{arm} | {name}" in figures for arm in ARMS for name in CONDITIONS)
    assert {VOICE, PICTURE} == set(fusion.DIMS)
