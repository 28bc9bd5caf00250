"""Whether a text holds some words."""

from __future__ import annotations

import pytest

from roleagent.errors import InputError
from roleagent.store.forgetting import holds_all, words_to_match


@pytest.mark.parametrize(
    ("text", "asked", "holds"),
    [
        ("My landlord is O’Brien.", "O'Brien", True),
        ("My landlord is O'Malley.", "o’malley", True),
        ("I live in İstanbul.", "istanbul", True),
        ("My pass\u200bword is hunter2.", "password", True),
        ("My password", "pass\u00adword", True),
        ("“Rosebud”, she said", '"rosebud"', True),
        ("the well–known case", "well-known", True),
        ("Seen in New\u00a0York", "york new", True),
        ("我住在「桂花園」", "桂花園", True),
        ("He planned it", "ann", False),
        ("He plan\u200bned it", "ned", False),  # in the midst of what a reader sees as a word
        ("Joanna", "ann", False),
        ("Annals", "ann", True),
        ("O’Brien", "brien", True),
        ("café", "cafe", False),
    ],
)
def test_words_are_found_as_a_reader_sees_them(text: str, asked: str, holds: bool) -> None:
    """What looks the same must be forgotten, and nothing that does not."""
    assert holds_all(text, words_to_match(asked)) is holds


@pytest.mark.parametrize("blank", [" ", "\u200b", "\u00ad \ufeff"])
def test_what_cannot_be_seen_means_no_words(blank: str) -> None:
    """Every text holds it."""
    with pytest.raises(InputError, match="pass words"):
        words_to_match(blank)
