"""Tests of the rerankers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from roleagent import registry
from roleagent.embedding.rerankers import load_cross_encoder, score
from roleagent.errors import ConfigurationError, ModelError, ModelUnavailableError
from roleagent.testing.rerankers import OverlapReranker, check_reranker


class OddReranker:
    """Gives what it is told to."""

    name = "odd-1"
    languages = ()

    def __init__(self, scores: object) -> None:
        self.scores = scores

    def score(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        if isinstance(self.scores, Exception):
            raise self.scores
        return self.scores  # type: ignore[return-value]


def test_scores_come_as_one_number_a_text() -> None:
    """What recall sorts by."""
    scores = score(OverlapReranker(), "black cat", ["a black cat", "a cat", "tea"])
    assert scores.tolist() == [1.0, 0.5, 0.0]
    assert score(OverlapReranker(), "black cat", []).shape == (0,)


@pytest.mark.parametrize("scores", [[1.0], [1.0, float("inf")], [[1.0], [2.0]], RuntimeError("boom"), "no"])
def test_a_broken_reranker_is_one_clear_error(scores: object) -> None:
    """Wrong scores would put memories in a wrong order without a word."""
    with pytest.raises(ModelError, match="odd-1"):
        score(OddReranker(scores), "a", ["a", "b"])


def test_a_model_that_is_not_here_is_one_clear_error(tmp_path: Path) -> None:
    """Without network the answer must come at once and say what to do."""
    with pytest.raises(ModelUnavailableError, match=r"not on this machine.*reranker-l12"):
        load_cross_encoder(str(tmp_path / "nothing"))


@pytest.mark.slow
def test_the_built_in_reranker_keeps_the_promises() -> None:
    """One reranker serves all worker threads, and its scores do not hang on what is scored beside."""
    check_reranker(registry.get("reranker", "reranker-l12"))


@pytest.mark.slow
def test_the_built_in_reranker_reads_for_meaning() -> None:
    """It must see through words that are merely shared."""
    reranker = registry.get("reranker", "reranker-l12")
    texts = ["Tom does not have time for the gym.", "Tom adopted a grey kitten.", "What pet does Ann have?"]
    scores = score(reranker, "What pet does Tom have?", texts)
    assert scores.argmax() == 1
    assert reranker.languages == ("en",)


@pytest.fixture
def make_cross_encoder(tmp_path: Path):
    """Makes a cross-encoder of the true architecture on the spot, with as many scores as asked for."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    def make(num_labels: int) -> Path:
        vocabulary = tmp_path / "vocab.txt"
        vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "cat", "dog"]))
        BertTokenizerFast(vocab_file=str(vocabulary)).save_pretrained(tmp_path / "tiny")
        config = BertConfig(
            vocab_size=7,
            hidden_size=8,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            num_labels=num_labels,
        )
        network = BertForSequenceClassification(config)
        network.classifier.bias.data += 5.0  # so that a squashed score would be told from a logit
        network.save_pretrained(tmp_path / "tiny")
        return tmp_path / "tiny"

    return make


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_cross_encoder_is_loaded_from_a_folder(make_cross_encoder) -> None:
    """Any model of that library can be used, offline; its scores are logits like the built-in one's."""
    folder = make_cross_encoder(1)
    reranker = load_cross_encoder(str(folder))
    scores = score(reranker, "cat", ["dog", "cat", "dog"])
    assert reranker.name == f"sentence-transformers:{folder.resolve()}"
    assert scores[0] == pytest.approx(scores[2], abs=1e-5)
    assert np.all(scores > 1.0)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_classifier_is_no_reranker(make_cross_encoder) -> None:
    """Texts cannot be sorted by three scores each."""
    with pytest.raises(ConfigurationError, match="returns 3 scores for each pair"):
        load_cross_encoder(str(make_cross_encoder(3)))
