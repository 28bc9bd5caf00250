"""Plausibility is measured as it says."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.plausibility import auc, calibration_error, claims_in
from roleagent.learning.grammar import NODE_TYPES


def test_calibration_by_hand():
    """All that is true at 0.9 and all that is false at 0.2: off by 0.1 and 0.2 at half the weight each."""
    log_odds = np.log(np.array([[0.9, 0.2], [0.9, 0.2]], np.float32) / (1 - np.array([[0.9, 0.2]] * 2)))
    is_false = np.array([[False, True], [False, True]])
    assert calibration_error(log_odds.astype(np.float32), is_false) == pytest.approx(0.15, abs=1e-4)


def test_auc_by_hand():
    """Three of four pairs are in order, one is tied."""
    assert auc(np.array([2.0, 1.0], np.float32), np.array([1.0, 0.0], np.float32)) == 0.875


def test_a_wrong_claim_takes_another_type_of_value():
    """A home under a relation for homes would be no fault."""
    said, wrong = claims_in("en")
    assert len(said) == len(wrong) > 100
    assert [value for _, value in said] == [value for _, value in wrong]
    kinds = [
        (NODE_TYPES.get(one), NODE_TYPES.get(other)) for (one, _), (other, _) in zip(said, wrong, strict=True)
    ]
    assert all(one != other for one, other in kinds)
