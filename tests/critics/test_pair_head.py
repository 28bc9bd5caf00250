"""The head in numpy computes what the network in torch was trained to compute."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from langchain_core.embeddings import Embeddings

from roleagent.critics.pair_clues import CLUES
from roleagent.critics.pair_head import PairHead
from roleagent.critics.training.examples import Example
from roleagent.critics.training.pair_training import (
    Options,
    PairNetwork,
    Rows,
    embedded,
    head_of,
    partial_loss,
    save,
    scores_of,
    train,
    train_network,
)
from roleagent.errors import ModelError

CLASSES = ("neutral", "agrees", "contradicts")
SMALL = Options(low=4, hidden=8, epochs=3, folds=2, batch=8, least=1)


class LetterEmbedder(Embeddings):
    """Counts of letters, at unit length."""

    name = "letters"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        counts = np.array([[text.count(char) + 0.1 for char in "aeinorst"] for text in texts])
        return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).tolist()

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def examples() -> list[Example]:
    """Ten groups, in each a line that contradicts, one that agrees, and one of which less is known."""
    things = ("dogs", "tea", "rain", "jazz", "snow", "ships", "trains", "roses", "onions", "maths")
    return [
        Example(earlier=f"I love {thing}.", later=later.format(thing), may_be=may_be, group=thing)
        for thing in things
        for later, may_be in (("I hate {}.", (2,)), ("I adore {}.", (1,)), ("{} cost money.", (0, 1)))
    ]


@pytest.fixture(scope="module")
def trained():
    return train(LetterEmbedder(), examples(), len(CLASSES), SMALL)


def test_the_head_computes_what_the_network_does():
    read = examples()
    vectors = embedded(LetterEmbedder(), [text for each in read for text in (each.earlier, each.later)])
    rows = Rows(read, vectors)
    network = train_network(rows, read, len(CLASSES), SMALL, seed=1)
    from roleagent.critics.training.pair_training import Trained, weights_of

    head = head_of(
        Trained(weights=weights_of(network), temperature=1.0, held_out=np.zeros((0, 3), np.float32)),
        embedder="letters",
        classes=CLASSES,
    )
    found = head.read([(each.earlier, each.later) for each in read], rows.earlier, rows.later)
    wanted = torch.from_numpy(scores_of(network, rows)).softmax(dim=-1).numpy()
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert len(network.known) > 0


def test_it_learns(trained):
    read = examples()
    contradict = np.array([each.may_be == (2,) for each in read])
    assert trained.held_out[contradict, 2].mean() > trained.held_out[~contradict, 2].mean() + 0.1


def test_several_classes_may_be_right():
    scores = torch.log(torch.tensor([[0.2, 0.3, 0.5], [0.2, 0.3, 0.5]]))
    may_be = torch.tensor([[True, True, False], [False, False, True]])
    np.testing.assert_allclose(partial_loss(scores, may_be).numpy(), -np.log([0.5, 0.5]), rtol=1e-5)


def test_a_file_holds_the_same(trained, tmp_path):
    path = tmp_path / "pairs.safetensors"
    save(trained, path, embedder="letters", classes=CLASSES)
    head = PairHead.load(path, made_by="roleagent train critic contradiction")
    assert (head.embedder, head.classes) == ("letters", CLASSES)
    vectors = np.array(LetterEmbedder().embed_documents(["I love tea.", "I hate tea."]), np.float32)
    one = head.read([("I love tea.", "I hate tea.")], vectors[:1], vectors[1:])
    other = replace(head, weights=trained.weights).read(
        [("I love tea.", "I hate tea.")], vectors[:1], vectors[1:]
    )
    np.testing.assert_allclose(one, other, atol=0.02)
    assert one.sum() == pytest.approx(1.0, abs=1e-5)


def test_other_files_are_refused(trained, tmp_path):
    path = tmp_path / "pairs.safetensors"
    with pytest.raises(ModelError, match="cannot be read"):
        PairHead.load(path, made_by="train")
    weights = dict(trained.weights)
    weights["enter.bias"] = np.full_like(weights["enter.bias"], np.nan)
    save(replace(trained, weights=weights), path, embedder="letters", classes=CLASSES)
    with pytest.raises(ModelError, match="not finite"):
        PairHead.load(path, made_by="train")
    weights["enter.bias"] = np.zeros(SMALL.hidden + 1, np.float32)
    save(replace(trained, weights=weights), path, embedder="letters", classes=CLASSES)
    with pytest.raises(ModelError, match="shape"):
        PairHead.load(path, made_by="train")


def test_vectors_and_pairs_must_match(trained):
    head = head_of(trained, embedder="letters", classes=CLASSES)
    with pytest.raises(ValueError, match="1 pairs"):
        head.read([("a", "b")], np.zeros((2, 8), np.float32), np.zeros((1, 8), np.float32))


def test_the_network_reads_every_clue():
    network = PairNetwork(8, np.empty(0, np.float32), 3, SMALL)
    assert network.enter.in_features == 4 * SMALL.low + len(CLUES)
