"""The words that a head learns, and batches of them."""

from __future__ import annotations

import numpy as np
import pytest

from roleagent.embedding.word_codes import codes_of
from roleagent.gnn.affect import word_share

pytestmark = pytest.mark.xdist_group("torch")

TEXTS = ("good", "good", "good", "bad", "bad", "bad", "rare", "你好")
WANTED = np.array([[1], [1], [1], [0], [0], [0], [1], [0]], np.float32)


def test_telling_words_are_those_that_change_the_odds():
    """By hand: "good" is in three texts of which all have the label, "rare" in one, which is too few."""
    from roleagent.gnn.training.word_bags import telling_words

    known = telling_words(TEXTS, WANTED, 4)
    assert known.tolist() == sorted(codes_of("good") + codes_of("bad"))
    assert len(telling_words(TEXTS, WANTED, 1)) == 1


def test_a_batch_has_the_words_of_its_texts():
    """A text without words stands in it with none."""
    from roleagent.gnn.training.word_bags import WordBags

    known = np.array(sorted(codes_of("good") + codes_of("bad")), np.float32)
    bag = WordBags(TEXTS, known).take(np.array([7, 3, 0]))
    assert bag.starts.tolist() == [0, 0, 2]
    assert set(known[bag.places[:2]]) == set(codes_of("bad"))
    assert set(known[bag.places[2:]]) == set(codes_of("good"))
    assert bag.shares.tolist() == [word_share(2)] * 4


def test_gaps_take_words_or_all_words_of_a_text():
    """What is left counts more, so that the sum is the same on average."""
    from roleagent.gnn.training.word_bags import WordBags, with_gaps

    known = np.array(sorted(codes_of("good") + codes_of("bad")), np.float32)
    bag = WordBags(("good",) * 500, known).take(np.arange(500))
    order = np.random.default_rng(0)
    fewer = with_gaps(bag, words=0.5, texts=0.0, order=order).shares / bag.shares
    assert set(fewer.tolist()) == {0.0, 2.0}
    assert float(fewer.mean()) == pytest.approx(1, abs=0.1)
    whole = (with_gaps(bag, words=0.0, texts=0.5, order=order).shares / bag.shares).reshape(500, 2)
    assert (whole[:, 0] == whole[:, 1]).all()
    assert float(whole.mean()) == pytest.approx(0.5, abs=0.1)
