"""Dates of any precision."""

from __future__ import annotations

import re

import pytest

from roleagent.language.dates import (
    MONTH,
    Date,
    dates_agree,
    is_before,
    month_number,
    parse_date,
    read_date,
)


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


@pytest.mark.parametrize(
    ("words", "date"),
    [
        ("1854-01-06", Date(1854, 1, 6)),
        ("on the 6th of January, 1854", Date(1854, 1, 6)),
        ("January 6, 1854", Date(1854, 1, 6)),
        ("in Jan 1854", Date(1854, 1)),
        ("in 1854", Date(1854)),
        ("1854年1月6日", Date(1854, 1, 6)),
        ("in a stable", Date()),
    ],
)
def test_dates_are_read_as_far_as_they_go(words, date) -> None:
    """A year alone is a date too."""
    assert read_date(words) == date


def test_dates_agree_in_what_both_say() -> None:
    """Saying less is no contradiction."""
    assert dates_agree(Date(1854), Date(1854, 1, 6)) is True
    assert dates_agree(Date(1854, 3), Date(1854, 1, 6)) is False
    assert dates_agree(Date(None, 1), Date(1854)) is None


def test_months_are_known_shortened() -> None:
    """Sept is no pattern of its own in any reader."""
    assert [month_number(name) for name in ("Jan", "sept", "MAY.", "December")] == [1, 9, 5, 12]
    found = re.findall(MONTH, "Sept September sep MARCH Mayday", re.IGNORECASE)
    assert found == ["Sept", "September", "sep", "MARCH", "May"]
