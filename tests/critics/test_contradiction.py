"""The scorers of contradiction and relevance: the shipped heads, and cross-encoders for inference."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from roleagent import registry
from roleagent.critics.contradiction import MADE_BY, CrossEncoderContradictionScorer, LateScorer, load_head
from roleagent.critics.pair_head import WEIGHTS, PairHead
from roleagent.critics.relevance import load_relevance_head
from roleagent.critics.self_contradiction import load_contradiction_critic
from roleagent.errors import ConfigurationError, ModelUnavailableError
from roleagent.protocols import ContradictionScorer, RelevanceScorer

SHIPPED = ("contradiction-use-m3", "relevance-use-m3")


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_weights_have_a_card_of_their_own(name):
    """A card that was left behind by a new training would mislead."""
    path = WEIGHTS / f"{name}.safetensors"
    card, head = path.with_suffix(".md").read_text(encoding="utf-8"), PairHead.load(path, made_by=MADE_BY)
    num_weights = sum(values.size for key, values in head.weights.items() if key != "pairs.codes")
    assert card.startswith(f"# {name}\n")
    assert (
        f"| embedder | `{head.embedder}`, rows of {head.weights['project.weight'].shape[1]} numbers |" in card
    )
    assert f"| classes | {', '.join(head.classes)} |" in card
    assert f"| weights | {num_weights:,}, stored in half precision |" in card
    assert f"| pairs of words that it knows | {len(head.weights['pairs.codes']):,} |" in card
    assert f"| temperature | {head.temperature:.3f} |" in card
    assert f"roleagent train critic {name.partition('-')[0]} " in card
    assert "a language model wrote" in card
    assert path.stat().st_size < 5_000_000


@pytest.mark.slow
def test_the_shipped_head_tells_a_contradiction():
    scorer = load_head()
    assert isinstance(scorer, ContradictionScorer)
    earlier = ["I keep three cats at home, they rule the house.", "It rained all of last week."]
    scores = scorer.score(earlier, "I have never had a pet in my life.")
    assert scores[0] > 0.5 > scores[1]
    again = scorer.score(["我养了三只猫"], "我从来没养过宠物")
    assert again[0] > 0.5
    assert scorer.score([], "I have never had a pet.") == []


@pytest.mark.slow
def test_the_shipped_head_tells_an_answer():
    scorer = load_relevance_head()
    assert isinstance(scorer, RelevanceScorer)
    scores = scorer.score(
        "Where did you hide the key to the cellar?",
        [
            "Under the flower pot by the back door.",
            "A key is a small piece of shaped metal that opens a lock.",
        ],
    )
    assert scores[0] > scores[1]
    assert scorer.score("Hello.", []) == []


def test_the_late_scorer_says_once_that_it_cannot_score(monkeypatch, caplog):
    def missing(kind: str, name: str) -> object:
        raise ModelUnavailableError(f"{name} is not on this machine.")

    monkeypatch.setattr(registry, "get", missing)
    scorer = LateScorer()
    assert scorer.score(["I ski."], "I never ski.") == []
    assert scorer.score(["I ski."], "I never ski.") == []
    assert [record.message for record in caplog.records] == [
        "Contradictions are found by rules alone: use-m3 is not on this machine."
    ]


def test_heads_are_not_mixed_up():
    with pytest.raises(ConfigurationError, match="another head"):
        load_head(str(WEIGHTS / "relevance-use-m3.safetensors"))
    with pytest.raises(ConfigurationError, match="another head"):
        load_relevance_head(str(WEIGHTS / "contradiction-use-m3.safetensors"))


def test_names_of_scorers():
    assert registry.get("critic", "contradiction").name == "contradiction"
    with pytest.raises(ConfigurationError, match="is none of"):
        load_contradiction_critic("magic")
    with pytest.raises(ConfigurationError, match="needs a name"):
        load_contradiction_critic("cross-encoder:")


@pytest.fixture
def make_inference_model(tmp_path: Path):
    """Makes a model for natural-language inference of the true architecture, with labels as asked for."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    def make(*labels: str) -> Path:
        vocabulary = tmp_path / "vocab.txt"
        vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "cat", "dog"]))
        folder = tmp_path / "tiny"
        BertTokenizerFast(vocab_file=str(vocabulary)).save_pretrained(folder)
        torch.manual_seed(0)
        config = BertConfig(
            vocab_size=7,
            hidden_size=8,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            id2label=dict(enumerate(labels)),
            label2id={label: number for number, label in enumerate(labels)},
        )
        BertForSequenceClassification(config).save_pretrained(folder)
        return folder

    return make


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_cross_encoder_from_a_folder(make_inference_model):
    """Its score is the softmax over its own logits, at the label that names a contradiction."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = make_inference_model("entailment", "neutral", "CONTRADICTION")
    scores = CrossEncoderContradictionScorer(str(folder)).score(["cat", "dog"], "dog")
    tokens = AutoTokenizer.from_pretrained(folder)(["cat", "dog"], ["dog", "dog"], return_tensors="pt")
    with torch.no_grad():
        logits = AutoModelForSequenceClassification.from_pretrained(folder).eval()(**tokens).logits
    np.testing.assert_allclose(scores, logits.softmax(dim=-1)[:, 2].numpy(), atol=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_model_without_that_label_is_refused(make_inference_model):
    with pytest.raises(ConfigurationError, match="one of them must be called contradiction"):
        CrossEncoderContradictionScorer(str(make_inference_model("LABEL_0", "LABEL_1")))
