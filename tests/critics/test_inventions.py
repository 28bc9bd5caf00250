"""The table of dated words is long, sane and bilingual."""

from __future__ import annotations

from roleagent.critics.horizon import dated_words, later_than
from roleagent.language.scripts import has_han


def test_the_table_knows_a_thousand_words_in_two_languages() -> None:
    """A short table would let most anachronisms through."""
    words = dated_words()
    assert len(words) > 1000
    assert sum(map(has_han, words)) > 300
    assert all(500 <= year <= 2030 and word.strip() == word and len(word) > 1 for word, year in words.items())


def test_a_year_cuts_the_table() -> None:
    """What came in the year itself may be known already."""
    assert "telephone" in later_than(1875)
    assert "telephone" not in later_than(1876)
    assert "电话" in later_than(1850)
    assert later_than(3000) == frozenset()
