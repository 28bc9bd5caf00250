"""The training learns, stops, repeats itself for a seed, and writes what an agent reads."""

from __future__ import annotations

import numpy as np
import pytest

from roleagent.embedding.text_vectors import TextVectors
from roleagent.errors import InputError
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
    return trained_on(data, lambda _: None, None, **options)


def trained_on(data: Data, on_step, keeping, **options: object):
    from roleagent.gnn.training.train import Options, train

    chosen = Options(**{"epochs": 2, "rate": 5e-3} | options)  # type: ignore[arg-type]
    return train(data, small_shape(), chosen, on_step=on_step, keeping=keeping)


def small_shape():
    from roleagent.gnn.network import Shape

    return Shape(dim=DIM, low=8, hidden=16, heads=2, layers=1)


def test_training_learns(data: Data):
    """The loss falls, and what was untrained finds more."""
    network, epochs = trained(data)
    assert epochs[1].loss < epochs[0].loss
    untrained, _ = trained(data, epochs=1, rate=1e-9)
    from roleagent.gnn.training.scoring import found_in

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


class Killed(Exception):
    """Stands for a kill: nothing of the training is left but its checkpoint."""


def test_a_training_that_goes_on_ends_as_if_it_had_not_been_killed(data: Data, tmp_path):
    """The same weights and losses, bit for bit, wherever it was killed."""
    import torch

    from roleagent.gnn.training.train import Keeping

    whole, epochs = trained(data)

    def kill_at(number: int):
        def kill(step) -> None:
            if step.number == number:
                raise Killed

        return kill

    path = tmp_path / "c.safetensors"
    for number in (
        1,
        2,
        6,
        9,
    ):  # before the first checkpoint, after one, in the second epoch (5 steps each), …
        with pytest.raises(Killed):
            trained_on(data, kill_at(number), Keeping(path=path, every=2, resume=True))
    steps = []
    resumed, again = trained_on(data, steps.append, Keeping(path=path, every=2, resume=True))
    assert [step.number for step in steps] == [9, 10]
    assert [(epoch.losses, epoch.dev, epoch.written) for epoch in again] == [
        (epoch.losses, epoch.dev, epoch.written) for epoch in epochs
    ]
    ours, theirs = whole.state_dict(), resumed.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_training_that_had_ended_is_not_trained_again(data: Data, tmp_path):
    """It may have been killed before its weights were written."""
    from roleagent.gnn.training.train import Keeping

    keeping = Keeping(path=tmp_path / "c.safetensors", resume=True)
    one, _ = trained_on(data, lambda _: None, keeping)
    steps = []
    other, epochs = trained_on(data, steps.append, keeping)
    assert (steps, len(epochs)) == ([], 2)
    assert np.array_equal(one.project.weight.detach(), other.project.weight.detach())


def test_a_checkpoint_of_other_data_or_options_is_refused(data: Data, tmp_path):
    """It would go on as neither of the two."""
    from dataclasses import replace

    from roleagent.gnn.training.train import Keeping, Options

    keeping = Keeping(path=tmp_path / "c.safetensors", resume=True, made_of={"embedder": "hash"})
    trained_on(data, lambda _: None, keeping, epochs=1)
    with pytest.raises(InputError, match="its data was"):
        trained_on(replace(data, train=data.train[:-1]), lambda _: None, keeping, epochs=1)
    with pytest.raises(InputError, match="its option 'epochs' was '1' and is now '2'"):
        keeping.check(small_shape(), Options(epochs=2, rate=5e-3))
    with pytest.raises(InputError, match="its embedder was 'hash' and is now 'other'"):
        replace(keeping, made_of={"embedder": "other"}).check(small_shape(), Options(epochs=1, rate=5e-3))
    with pytest.raises(InputError, match="did not end"):
        replace(keeping, resume=False).check(small_shape(), Options())


def test_what_is_saved_is_what_an_agent_reads(data: Data, tmp_path):
    """In half precision, with its embedder and temperature."""
    from roleagent.gnn.training.scoring import scores_of, temperature_of
    from roleagent.gnn.training.train import save

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
