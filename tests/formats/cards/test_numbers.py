"""Numbers from a card, which may be written as anything."""

from __future__ import annotations

import pytest

from roleagent.formats.cards.books import time_of, whole_number
from roleagent.formats.format import Report


@pytest.mark.parametrize(
    ("value", "seconds", "is_odd"),
    [
        (None, None, False),
        ("", None, False),
        (0, 0, False),
        (7.9, 7, False),
        ("12", 12, False),
        (1_700_000_000_000, 1_700_000_000, True),
        (10**400, None, True),
        (float("nan"), None, True),
        (True, None, True),
        ({}, None, True),
    ],
)
def test_a_time_is_seconds_or_nothing(value, seconds, is_odd):
    """Programs write seconds, milliseconds, text and nonsense."""
    report = Report()
    assert time_of({"at": value}, "at", "data.", report) == seconds
    assert bool(report.notes) == is_odd


def test_a_depth_has_a_default():
    """Nonsense counts as nothing."""
    assert [whole_number(value, 4) for value in (2, "3", None, "deep", 10**30)] == [2, 3, 4, 4, 4]
