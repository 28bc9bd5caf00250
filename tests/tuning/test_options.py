"""Options out of their range are refused before anything is loaded."""

from __future__ import annotations

from typing import Any

import pytest

from roleagent.errors import ConfigurationError
from roleagent.tuning.options import Options


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"epochs": 0}, "epochs is 0; it must be at least 1"),
        ({"most_tokens": 0}, "most_tokens is 0; it must be at least 1"),
        ({"sequences_per_step": 0}, "sequences_per_step is 0; it must be at least 1"),
        ({"patience": 0}, "patience is 0; it must be at least 1"),
        ({"most_steps": -1}, "most_steps is -1; it must not be negative"),
        ({"warm_up": -0.1}, "warm_up is -0.1; it must not be negative"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0; it must be above 0"),
        ({"learning_rate": float("nan")}, "learning_rate is nan; it must be above 0"),
        ({"clip": 0.0}, "clip is 0.0; it must be above 0"),
        ({"quantise": True, "policy": "all"}, r"4 bit cannot be trained \(policy 'all'\)"),
    ],
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, Any], said: str):
    """A training that cannot learn would end as if it had."""
    with pytest.raises(ConfigurationError, match=said):
        Options(**wrong)


def test_the_defaults_are_options():
    """And equal ones are equal, which resuming relies on."""
    assert Options() == Options(epochs=3, policy="adapters")
