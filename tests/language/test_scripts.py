"""Tests of what is known of scripts."""

import re

import pytest

from roleagent.language.scripts import (
    BREAKS_ANYWHERE,
    HAN,
    UNSPACED,
    breaks_anywhere,
    has_han,
    has_unspaced,
    num_unspaced,
)


@pytest.mark.parametrize("char", ["茶", "㐂", "𠮷", "豈"])
def test_rare_chinese_characters_are_chinese(char: str) -> None:
    """Names are written with characters outside of the common block."""
    assert has_han(char)
    assert has_unspaced(f"a {char}")
    assert breaks_anywhere(char)


@pytest.mark.parametrize(
    ("char", "unspaced", "breaks"), [("さ", 1, True), ("々", 1, True), ("한", 1, False), ("，", 0, True)]
)
def test_what_is_unspaced_and_what_breaks_lines(char: str, unspaced: int, breaks: bool) -> None:
    """Korean has spaces, but glues endings to words; full-width marks are no words, but may end a line."""
    assert not has_han(f"b{char}")
    assert num_unspaced(f"b{char}") == unspaced
    assert breaks_anywhere(char) is breaks


@pytest.mark.parametrize("insides", [HAN, UNSPACED, BREAKS_ANYWHERE])
def test_classes_leave_spaced_scripts_alone(insides: str) -> None:
    """A class that took in more would cut European words into letters."""
    assert re.findall(f"[{insides}]", "Straße naïve Привет Ελλάδα العربية 12 !?") == []
