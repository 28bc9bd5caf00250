"""Tests of the search by words."""

import numpy as np
import pytest

from roleagent.language.bm25 import LexicalIndex, Searched, joint_scores, query_terms
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


def test_several_indexes_score_as_one_and_hidden_texts_do_not_count() -> None:
    """What was learned lies in an index of its own, over one of which it hides a part."""
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(list("abcdefg"), rng.integers(1, 9))) for _ in range(40)]
    one = LexicalIndex(str)
    first, second = LexicalIndex(str), LexicalIndex(str)
    hidden = [3, 7, 11]
    for place, text in enumerate(texts):
        (first if place < 25 else second).add(text)
        if place not in hidden:
            one.add(text)
    second.sort()
    [expected] = joint_scores("ag", [Searched(one)], k1=1.2, b=0.75, dtype=np.float64)
    parts = joint_scores("ag", [Searched(first, hidden), Searched(second)], k1=1.2, b=0.75, dtype=np.float64)
    found = np.concatenate(parts)
    assert found[hidden].tolist() == [0.0] * 3
    assert np.delete(found, hidden).tolist() == pytest.approx(expected.tolist())
    assert (expected > 0).any()


def test_scores_follow_the_formula_whatever_is_sorted() -> None:
    """Against BM25 by counting words, in texts of many lengths."""
    rng = np.random.default_rng(1)
    texts = [rng.choice(list("abcdefg"), rng.integers(1, 9)).tolist() for _ in range(30)]
    built = LexicalIndex(str)
    for text in texts:
        built.add(" ".join(text))
    mean = sum(map(len, texts)) / len(texts)
    expected = np.zeros(len(texts))
    for word in "bc":
        num_with = sum(word in text for text in texts)
        weight = np.log(1 + (len(texts) - num_with + 0.5) / (num_with + 0.5)) * 1.9
        counts = np.array([text.count(word) for text in texts])
        expected += weight * counts / (counts + [0.9 * (0.6 + 0.4 * len(text) / mean) for text in texts])
    for _ in range(2):
        assert built.scores("b c").tolist() == pytest.approx(expected.tolist())
        built.sort()
