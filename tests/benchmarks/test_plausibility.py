"""Plausibility is measured as it says."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.plausibility import auc, calibration_error, main


def test_calibration_by_hand():
    """All that is true at 0.9 and all that is false at 0.2: off by 0.1 and 0.2 at half the weight each."""
    log_odds = np.log(np.array([[0.9, 0.2], [0.9, 0.2]], np.float32) / (1 - np.array([[0.9, 0.2]] * 2)))
    is_false = np.array([[False, True], [False, True]])
    assert calibration_error(log_odds.astype(np.float32), is_false) == pytest.approx(0.15, abs=1e-4)


def test_auc_by_hand():
    """Three of four pairs are in order, one is tied."""
    assert auc(np.array([2.0, 1.0], np.float32), np.array([1.0, 0.0], np.float32)) == 0.875


@pytest.mark.slow
def test_it_prints_a_table(capsys):
    """On a few worlds, with the shipped weights."""
    assert main(["--num-worlds", "8", "--quick"]) == 0
    printed = capsys.readouterr().out
    assert "worlds zh" in printed
    assert "network: MRR" in printed
