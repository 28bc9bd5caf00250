"""The training learns, stops, repeats itself for a seed, and writes what an agent reads."""

from __future__ import annotations

import numpy as np
import pytest

from roleagent.gnn.features import TextVectors
from roleagent.gnn.salience import SalienceNetwork
from roleagent.gnn.training.data import Data, part_of, worlds
from roleagent.gnn.training.examples import measure
from roleagent.gnn.training.words import words_of
from roleagent.testing.embedders import HashEmbedder

pytestmark = pytest.mark.xdist_group("torch")

DIM = 64


@pytest.fixture(scope="module")
def data() -> Data:
    """A few small worlds, by the words they share."""
    words, vectors = part_of(words_of("en"), "train"), TextVectors(HashEmbedder(DIM), max_kept=100_000)
    made = list(worlds(words, 24, "seed", vectors))
    return Data(train=made[:20], dev=made[20:22], written=made[22:])


def trained(data: Data, **options: object):
    from roleagent.gnn.network import Shape
    from roleagent.gnn.training.train import Options, train

    shape = Shape(dim=DIM, low=8, hidden=16, heads=2, layers=1)
    return train(data, shape, Options(**{"epochs": 2, "rate": 5e-3} | options))  # type: ignore[arg-type]


def test_training_learns(data: Data):
    """The loss falls, and what was untrained finds more."""
    network, epochs = trained(data)
    assert epochs[1].loss < epochs[0].loss
    untrained, _ = trained(data, epochs=1, rate=1e-9)
    from roleagent.gnn.training.train import found_in

    assert found_in(network, data.train).recall_at_5 > found_in(untrained, data.train).recall_at_5 + 0.1


def test_a_seed_trains_the_same_network(data: Data):
    """Shipped weights can be made again."""
    one, other, another = (trained(data, epochs=1, seed=seed)[0] for seed in (1, 1, 2))
    weights = [network.project.weight.detach().numpy() for network in (one, other, another)]
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


def test_training_stops_when_it_gets_no_better(data: Data):
    """Two epochs without a better recall are enough."""
    _, epochs = trained(data, epochs=9, rate=1e-9, patience=2)
    assert len(epochs) == 3


def test_what_is_saved_is_what_an_agent_reads(data: Data, tmp_path):
    """In half precision, with its embedder and temperature."""
    from roleagent.gnn.training.train import save, scores_of, temperature_of

    network, _ = trained(data, epochs=1)
    path = tmp_path / "w.safetensors"
    save(network, path, embedder="hash", temperature=temperature_of(network, data.dev))
    ours = SalienceNetwork.load(path)
    example = data.dev[0]
    assert ours.embedder == "hash"
    first = np.flatnonzero(example.after < 0)
    read = ours.read(example.facts, example.asked[first], example.clues[first]).log_odds * ours.temperature
    wanted = {place: row for _, place, row in scores_of(network, [example])}
    assert np.allclose(read, np.stack([wanted[place] for place in first]), atol=0.05)


def test_the_measure_by_hand():
    """Two of three found, one question quiet, one not."""
    yes = np.array([True, True, False, False, False, False, True])
    scored = [
        (yes, np.array([5, 4, 3, 2, 1, 0.5, 0.1], np.float32)),
        (np.zeros(7, bool), np.full(7, -1, np.float32)),
        (np.zeros(7, bool), np.full(7, 3, np.float32)),
    ]
    found = measure(scored, floor=2.5)
    assert (found.recall_at_5, found.all_at_5, found.quiet, found.n) == (pytest.approx(2 / 3), 0, 0.5, 1)
    assert (found.precision, found.recall) == (2 / 10, 2 / 3)
