"""Values of a relationship stay within their bounds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from roleagent.errors import InputError
from roleagent.types import Relationship, RelationshipSetting


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("valence", 1.1), ("valence", -1.01), ("arousal", -0.1), ("trust", 2), ("trust", float("nan")),
        ("trust", "high"), ("trust", True), ("valence", float("inf")),
    ],
)  # fmt: skip
def test_a_value_out_of_bounds_is_refused(name: str, value: Any):
    """With the bounds in the message, whoever sets it."""
    with pytest.raises(InputError, match=rf"{name} is .*: pass a number from"):
        Relationship(**{name: value})
    with pytest.raises(InputError, match=name):
        RelationshipSetting(at=datetime.now(UTC), **{name: value})


def test_a_setting_needs_a_moment_with_a_zone():
    """Its place among what was said hangs on it."""
    with pytest.raises(InputError, match="time zone"):
        RelationshipSetting(at=datetime(2026, 5, 1))
    assert RelationshipSetting(at=datetime.now(UTC), trust=0).trust == 0
