"""Hidden facts with false ones beside them, and a training that learns to tell them apart."""

from __future__ import annotations

import numpy as np
import pytest

from roleagent.embedding.text_vectors import TextVectors
from roleagent.gnn.plausibility import PlausibilityNetwork
from roleagent.gnn.training.data import part_of
from roleagent.gnn.training.hidden_facts import (
    MISREAD,
    NUM_OBJECTS,
    SAME_TYPE,
    SUBJECTS,
    WIDTH,
    HiddenFacts,
    draw_hidden,
    hiding_worlds,
)
from roleagent.gnn.training.words import words_of
from roleagent.testing.embedders import HashEmbedder

pytestmark = pytest.mark.xdist_group("torch")

DIM = 64


@pytest.fixture(scope="module")
def data() -> HiddenFacts:
    words, vectors = part_of(words_of("en"), "train"), TextVectors(HashEmbedder(DIM), max_kept=100_000)
    made = list(hiding_worlds(words, 40, "seed", vectors, names=[*words.relations]))
    return HiddenFacts(train=made[:32], dev=made[32:36], written=made[36:])


def test_false_facts_are_of_the_sort_that_they_should_be(data: HiddenFacts):
    """A false object of the same type has that type; only one end or the relation is false."""
    graph = data.train[0]
    drawn = draw_hidden(graph, np.random.default_rng(0), most=9)
    candidates = drawn.candidates
    subject, relation, object_ = (
        column.reshape(-1, WIDTH) for column in (candidates.subject, candidates.relation, candidates.object)
    )
    types = graph.around.type
    assert (types[object_[:, 1 : 1 + SAME_TYPE]] == types[object_[:, :1]]).all()
    impostors = object_[:, NUM_OBJECTS - MISREAD : NUM_OBJECTS]
    assert (types[impostors] == types[object_[:, :1]]).all()
    assert ((impostors >= graph.num_real) | (impostors == object_[:, :1])).all()
    assert (subject[:, :NUM_OBJECTS] == subject[:, :1]).all()
    assert (relation[:, : NUM_OBJECTS + SUBJECTS] == relation[:, :1]).all()
    assert (object_[:, NUM_OBJECTS:] == object_[:, :1]).all()
    assert (relation[:, NUM_OBJECTS + SUBJECTS :] >= graph.num_told).all()
    assert not drawn.is_false[:, 0].any()


def trained(data: HiddenFacts, **options: object):
    from roleagent.gnn.plausibility_network import PlausibilityShape
    from roleagent.gnn.training.plausible import PlausibilityOptions, train_plausibility

    epochs = []
    shape = PlausibilityShape(dim=DIM, low=16, hidden=16)
    chosen = PlausibilityOptions(**{"epochs": 3, "rate": 5e-3} | options)  # type: ignore[arg-type]
    return train_plausibility(data, shape, chosen, epochs.append), epochs


def test_training_learns(data: HiddenFacts):
    """The loss falls, and the true object moves up."""
    _, epochs = trained(data, epochs=8)
    assert epochs[-1].loss < epochs[0].loss - 0.1
    _, [untrained] = trained(data, epochs=1, rate=1e-9)
    assert epochs[-1].dev > untrained.dev


def test_a_seed_trains_the_same_network(data: HiddenFacts):
    """Shipped weights can be made again."""
    one, other, another = (trained(data, epochs=1, seed=seed)[0] for seed in (1, 1, 2))
    assert one.object.weight.equal(other.object.weight)
    assert not one.object.weight.equal(another.object.weight)


def test_what_is_saved_is_what_an_agent_reads(data: HiddenFacts, tmp_path):
    """In half precision, so nearly."""
    from roleagent.gnn.training.plausible import plausibility_temperature, save_plausibility

    network, _ = trained(data, epochs=1)
    path, graph = tmp_path / "x.safetensors", data.dev[0]
    temperature = plausibility_temperature(network, data.dev)
    save_plausibility(network, path, embedder="hash", temperature=temperature)
    read = PlausibilityNetwork.load(path)
    assert (read.embedder, read.scorer, read.temperature) == ("hash", "complex", temperature)
    drawn = draw_hidden(graph, np.random.default_rng(0), most=4)
    found = read.read(graph.around, graph.relations, drawn.candidates)
    assert np.isfinite(found).all()
    assert np.allclose(read.weights["object.weight"], network.object.weight.detach().numpy(), atol=2e-3)
