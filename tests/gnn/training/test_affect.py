"""The training of the affect head learns, repeats itself for a seed, and writes what an agent reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from roleagent.gnn.affect import CONDUCT, EMOTIONS, AffectHead
from roleagent.gnn.training.emotions import TRAIN, read_comments
from roleagent.testing.embedders import HashEmbedder

pytestmark = pytest.mark.xdist_group("torch")

DIM = 64
WORDS = {"joy": "wonderful happy day", "anger": "furious rage", "neutral": "the table is brown"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A GoEmotions of three emotions that words give away."""
    lines = [
        f"{words} {number}\t{EMOTIONS.index(name)}\tx{number}"
        for number in range(60)
        for name, words in WORDS.items()
    ]
    (tmp_path / "original_train.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def options_of(**options: object):
    from roleagent.gnn.training.affect import Options

    chosen = {
        "hidden": 8,
        "width": 4,
        "folds": 2,
        "epochs": 6,
        "batch": 8,
        "rate": 0.02,
        "dropout": 0.0,
    } | options
    return Options(**chosen)  # type: ignore[arg-type]


def trained(folder: Path, **options: object):
    from roleagent.gnn.training.affect import train

    return train(HashEmbedder(DIM), folder, options_of(**options))


def test_it_learns_and_an_agent_reads_it(folder: Path, tmp_path: Path):
    """In half precision; torch and numpy agree."""
    from roleagent.gnn.training.affect import save, train_emotions, with_conduct

    comments, embedder = read_comments(folder / TRAIN), HashEmbedder(DIM)
    known = np.array(embedder.embed_documents(list(comments.texts)), np.float32)
    emotions = train_emotions(comments, known, options_of())
    path = tmp_path / "w.safetensors"
    save(with_conduct(embedder, emotions), path, embedder="hash")
    head = AffectHead.load(path)
    texts = list(WORDS.values())
    vectors = np.array(embedder.embed_documents(texts), np.float32)
    for text, vector, name in zip(texts, vectors, WORDS, strict=True):
        assert next(iter(head.emotions_in(text, vector))) == name
    wanted = emotions.probabilities(texts, vectors)
    assert np.allclose(head.read(texts, vectors).emotions, wanted, atol=0.02)
    assert path.stat().st_size < 100_000


def test_conduct_is_learned_beside_emotions(folder: Path):
    """Words alone tell much: a hash of them already beats chance by far on lines that are held out."""
    scores = trained(folder).conduct_f1
    assert set(scores) == {"en", "zh"}
    assert min(scores.values()) > 1.4 / len(CONDUCT)


def test_a_seed_trains_the_same_head(folder: Path):
    """Shipped weights can be made again."""
    one, other, another = (trained(folder, epochs=1, seed=seed).weights for seed in (1, 1, 2))
    assert all(np.array_equal(one[name], other[name]) for name in one)
    assert not np.array_equal(one["enter.weight"], another["enter.weight"])


def test_thresholds_and_f1_by_hand():
    """One emotion is told apart at 0.5, for the other everything counts."""
    from roleagent.gnn.training.affect import best_thresholds, f1_scores

    odds = np.array([[0.9, 0.3], [0.8, 0.3], [0.2, 0.3], [0.1, 0.3]], np.float32)
    wanted = np.array([[1, 1], [1, 1], [0, 1], [0, 1]], np.float32)
    thresholds = best_thresholds(odds, wanted)
    assert 0.2 < thresholds[0] < 0.8
    assert thresholds[1] < 0.3
    assert f1_scores(odds > thresholds, wanted).tolist() == [1, 1]
    assert f1_scores(odds > 0.5, wanted).tolist() == [1, 0]
    assert f1_scores(odds > 0.85, wanted).tolist() == [pytest.approx(2 / 3), 0]


def test_a_focused_loss_turns_from_easy_negatives():
    """A negative of probability 0.1 weighs a tenth, a positive all."""
    import torch

    from roleagent.gnn.training.affect import loss_of

    log_odds = torch.logit(torch.tensor([[0.1, 0.1]]))
    wanted = torch.tensor([[0.0, 1.0]])
    plain, focused = (float(loss_of(log_odds, wanted, focus)) for focus in (0.0, 1.0))
    assert plain == pytest.approx(-np.log(0.9) - np.log(0.1), rel=1e-4)
    assert focused == pytest.approx(-0.1 * np.log(0.9) - np.log(0.1), rel=1e-4)
