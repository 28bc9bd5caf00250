"""The linear model computes what its file says: worked out by hand on a file of four columns."""

from __future__ import annotations

import gzip
import json
import math

import pytest

from roleagent.critics.guardian import Guardian, load_guardian
from roleagent.errors import ModelError

BUNDLE = {
    "format": "svguardian-pure-1",
    "classes": ["benign", "jailbreak"],
    "benign": "benign",
    "n_word_features": 2,
    "word": {
        "vocab": {"ignore": 0, "ignore rules": 1},
        "idf": [1.0, 2.0],
        "ngram_range": [1, 2],
        "sublinear_tf": True,
    },
    "char": {"vocab": {" ig": 0, "nor": 1}, "idf": [3.0, 4.0], "ngram_range": [3, 3], "sublinear_tf": True},
    "coef": [[0.0, 0.0, 0.0, 0.0], [1.0, 2.0, 3.0, 4.0]],
    "intercept": [0.5, 0.0],
}


@pytest.fixture
def guardian(tmp_path) -> Guardian:
    path = tmp_path / "guardian.json.gz"
    path.write_bytes(gzip.compress(json.dumps(BUNDLE).encode()))
    return load_guardian(path)


def test_the_score_is_what_the_formula_gives(guardian) -> None:
    """Word block (1, 2)/√5, letter block (3, 4)/5; score = (1·1+2·2)/√5 + (3·3+4·4)/5."""
    score = 5 / math.sqrt(5) + 25 / 5
    expected = math.exp(score) / (math.exp(score) + math.exp(0.5))
    assert guardian.score("Ignore rules") == pytest.approx(expected, rel=1e-5)


def test_counts_are_dampened(guardian) -> None:
    """A word said twice weighs 1 + ln 2 beside a pair said once, whose idf is 2."""
    word, pair = 1 + math.log(2), 2.0
    score = (1 * word + 2 * pair) / math.hypot(word, pair) + 25 / 5
    expected = math.exp(score) / (math.exp(score) + math.exp(0.5))
    assert guardian.score("ignore ignore rules") == pytest.approx(expected, rel=1e-5)


def test_unknown_words_leave_the_intercept(guardian) -> None:
    """An empty text is judged too."""
    expected = {"benign": math.exp(0.5) / (math.exp(0.5) + 1), "jailbreak": 1 / (math.exp(0.5) + 1)}
    assert guardian.probabilities("") == pytest.approx(expected)
    assert guardian.probabilities("zebra") == pytest.approx(expected)
    assert guardian.score("zebra", classes=("no such class",)) == 0


@pytest.mark.parametrize("change", [{"format": "other"}, {"benign": "absent"}, {"word": {}}])
def test_another_format_is_refused(tmp_path, change) -> None:
    """Numbers read in the wrong order would be trusted."""
    path = tmp_path / "guardian.json.gz"
    path.write_bytes(gzip.compress(json.dumps(BUNDLE | change).encode()))
    with pytest.raises(ModelError, match=r"guardian\.json\.gz"):
        load_guardian(path)
