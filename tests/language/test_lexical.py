"""Tests of the search by words."""

import numpy as np
import pytest

from roleagent.language.bm25 import LexicalIndex, query_terms
from roleagent.language.tokens import terms


def index(*texts: str) -> LexicalIndex:
    built = LexicalIndex()
    for text in texts:
        built.add(text)
    return built


def test_terms_of_mixed_scripts() -> None:
    """A user may write two languages in one line, in full-width letters too."""
    assert terms("Ｍilo爱吃fish_2") == ["milo", "爱", "吃", "爱吃", "fish", "2"]
    assert terms("ÉCOLE straße") == ["école", "strasse"]
    assert terms("…!? 🐈") == []


def test_scores_are_bm25() -> None:
    """Worked out by hand: N=2, df=1, so idf = ln(1 + 1.5/1.5); both texts have the mean length."""
    scores = index("a cat", "a dog").scores("cat")
    expected = np.log(2.0) * 1 * 1.9 / (1 + 0.9)
    assert scores.tolist() == pytest.approx([expected, 0.0])


@pytest.mark.parametrize(
    ("said", "asked"),
    [("I hiked there", "hiking"), ("two stories", "story"), ("we planned it", "plans"), ("my bus", "bus")],
)
def test_forms_of_a_word_meet(said: str, asked: str) -> None:
    """People do not ask in the words in which they told."""
    assert index(said, "something else").scores(asked).argmax() == 0


def test_words_that_say_nothing_are_not_searched_for() -> None:
    """Every text holds them; a query of nothing else still finds something."""
    assert query_terms("What did Milo do with the fish?") == {"milo", "fish"}
    assert query_terms("Who was that?") == {"who", "was", "that"}


def test_a_rare_word_counts_more_than_a_common_one() -> None:
    """Names decide, articles do not."""
    scores = index("the cat", "the dog", "the cow", "Milo dog").scores("the Milo")
    assert scores.argmax() == 3


def test_an_empty_index_and_an_unknown_word_score_nothing() -> None:
    """Neither divides by zero."""
    assert index().scores("cat").tolist() == []
    assert index("", "").scores("cat").tolist() == [0.0, 0.0]


def test_it_grows_between_searches() -> None:
    """A search must not freeze the index (numpy views of an array forbid it to grow)."""
    built = index("a cat")
    assert built.scores("cat").shape == (1,)
    built.add("another cat")
    assert (built.scores("cat") > 0).all()
