"""Dates of any precision."""

from __future__ import annotations

import pytest

from roleagent.language.dates import is_before, parse_date


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1881", (1881,)),
        ("1881-03", (1881, 3)),
        ("1900-02-28", (1900, 2, 28)),
        ("701", (701,)),
        ("-0469", (-469,)),
        ("1900-02-29", None),
        ("1881-13", None),
        ("1881-3", None),
        ("1881/03", None),
        ("٢٠٢٤", None),
        ("1881-03-04T10:00", None),
        ("", None),
    ],
)
def test_a_date_is_read_or_refused(text, parts):
    """1900 was no leap year; lenient readers make 1 March of it."""
    assert parse_date(text) == parts


def test_dates_are_compared_at_the_coarser_precision():
    """1881 is neither before nor after March 1881."""
    assert is_before("1880-12-31", "1881")
    assert not is_before("1881", "1881-03")
    assert not is_before("1881-03", "1881")
    assert is_before("-0469", "1")


def test_what_is_no_date_cannot_be_compared():
    """A silent False would hide a mistake of the caller."""
    with pytest.raises(ValueError, match="not both dates"):
        is_before("soon", "1881")
