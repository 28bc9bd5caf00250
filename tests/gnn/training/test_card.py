"""A card tells what the weights are, from what was trained and not from what was hoped."""

from __future__ import annotations

import pytest

from roleagent.embedding.text_vectors import TextVectors
from roleagent.gnn.training.data import Data, part_of, worlds
from roleagent.gnn.training.examples import Found
from roleagent.gnn.training.words import words_of
from roleagent.testing.embedders import HashEmbedder

pytestmark = pytest.mark.xdist_group("torch")


def found(recall: float, n: int = 7) -> Found:
    return Found(recall_at_5=recall, all_at_5=0.5, precision=0.4, recall=0.3, quiet=0.2, n=n)


@pytest.fixture(scope="module")
def card() -> str:
    """Of a network that was best after its first epoch."""
    from roleagent.gnn.network import SalienceNetwork, Shape
    from roleagent.gnn.training.card import Origin, card_of
    from roleagent.gnn.training.train import Epoch, Options

    words = part_of(words_of("en"), "train")
    made = list(worlds(words, 3, "card", TextVectors(HashEmbedder(16), max_kept=10_000)))
    network = SalienceNetwork(Shape(dim=16, low=4, hidden=8, heads=2, layers=1))
    epochs = [
        Epoch(number=1, losses=(2.0, 1.0), dev=found(0.6), written=found(0.8), seconds=30.0),
        Epoch(number=2, losses=(1.0, 0.5), dev=found(0.5), written=found(0.7), seconds=60.0),
    ]
    origin = Origin(
        embedder="hash",
        languages=("en",),
        options=Options(epochs=2, seed=4),
        epochs=epochs,
        temperature=1.25,
        floor=0.25,
        steps={"worlds": {1: found(0.61, 5)}, "characters": {2: found(0.81, 3)}},
        command="roleagent train gnn --seed 4",
        seconds=90.0,
    )
    return card_of("mine", network, Data(train=made[:1], dev=made[1:2], written=made[2:]), origin)


@pytest.mark.parametrize(
    "line",
    [
        "# mine",
        "| embedder | `hash`, rows of 16 numbers |",
        "| temperature | 1.250 |",
        "| 1 | 2 | 1.500 | 0.600 | 0.800 |",
        "| 2 | 2 | 0.750 | 0.500 | 0.700 |",
        "| worlds | 1 | 5 | 0.610 | 0.500 | 0.400 | 0.300 |",
        "| characters | all | 7 | 0.800 | 0.500 | | |",
        "    roleagent train gnn --seed 4",
    ],
)
def test_the_card_has_the_line(card: str, line: str):
    """Epochs, figures by steps, and how to train it again."""
    assert line in card.splitlines()


def test_the_best_epoch_is_named_and_not_the_last(card: str):
    """Its weights are the ones in the file."""
    assert "those of epoch 1" in card
    assert "took 1.0 minutes on `cpu`, and embedding the texts 1.5" in card
    assert "seed 4" in card


def test_the_number_of_weights_is_counted(card: str):
    """By hand: what each part of a network of these sizes has."""
    enter = 8 * (4 * 4 + 18 + 16) + 8 + 2 * 8
    layer = 2 * (8 * 8 + 8 + 8) + 8 * 40 + 8 + 2 * 8
    ends = 3 * (8 * 8 + 8) - (8 * 8 + 8) + 8 + 1
    kept = 16 * 8 + 16 + 16
    assert f"| weights | {4 * 16 + enter + layer + ends + kept:,}, stored" in card


def test_the_data_are_described_by_what_was_trained_on(card: str):
    """One language, with its own characters."""
    assert "159 relations, and 72 characters in free wording, in English" in card
    assert "Chinese" not in card
    assert "| trained on | 1 |" in card
