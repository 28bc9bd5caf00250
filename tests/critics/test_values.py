"""Numbers, dates, genders and names agree however they are written."""

from __future__ import annotations

import pytest

from roleagent.critics.agreement import (
    Date,
    dates_agree,
    genders_agree,
    names_agree,
    read_date,
    read_number,
)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("41", 41),
        ("forty-one", 41),
        ("nineteen", 19),
        ("三十", 30),
        ("十二", 12),
        ("三百二十一", 321),
        ("old", None),
        ("", None),
    ],
)
def test_numbers_are_read_in_digits_and_words(words, number) -> None:
    """An age is seldom written in digits."""
    assert read_number(words) == number


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


def test_genders_and_names_agree_across_wordings() -> None:
    """A title or a missing first name changes nobody."""
    assert genders_agree("gentleman", "男") is True
    assert genders_agree("a woman", "male") is False
    assert genders_agree("fine", "male") is None
    assert names_agree("Mr Holmes", "Sherlock Holmes")
    assert names_agree("悟空", "孙悟空")
    assert not names_agree("Mycroft Holmes", "Sherlock Holmes")
    assert not names_agree("42", "Sherlock Holmes")
