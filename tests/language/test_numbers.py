"""Tests of numbers in words."""

import pytest

from roleagent.language.numbers import read_number


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("41", 41),
        ("forty-one", 41),
        ("Nineteen", 19),
        ("三十", 30),
        ("十二", 12),
        ("两百零五", 205),
        ("三百二十一", 321),
        ("old", None),
        ("forty odd", None),
        ("", None),
        ("9" * 5_000, None),
        ("九" * 5_000, None),
    ],
)
def test_numbers_are_read_in_digits_and_words(words: str, number: int | None) -> None:
    """An age is seldom written in digits."""
    assert read_number(words) == number
