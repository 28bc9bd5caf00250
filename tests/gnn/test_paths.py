"""What lifted a fact: equal to torch's gradients, and short enough to read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from roleagent import load_persona, registry
from roleagent.embedding.text_vectors import TextVectors
from roleagent.gnn.fact_graph import NUM_CLUES, FactGraph, fact_graph
from roleagent.gnn.paths import LEAST, _Backwards, lifts
from roleagent.gnn.ranker import GnnFactRanker
from roleagent.gnn.salience import SalienceNetwork
from roleagent.testing.embedders import HashEmbedder
from tests.gnn.untrained import DIM, WARMTH, weights_of, write


@pytest.fixture
def facts(graph) -> FactGraph:
    return fact_graph(tuple(graph.facts.values()), graph, "holmes", TextVectors(HashEmbedder()))


def inputs(facts: FactGraph) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    asked = random.normal(size=(1, DIM)).astype(np.float32)
    return asked, random.normal(size=(1, len(facts.facts), NUM_CLUES)).astype(np.float32)


@pytest.mark.xdist_group("torch")
def test_the_share_of_each_message_is_gradient_times_message(untrained: Path, facts: FactGraph):
    """In the last layer, where the attention does not stand in between."""
    torch = pytest.importorskip("torch")
    from roleagent.gnn.network import SalienceNetwork as TorchNetwork
    from roleagent.gnn.network import Shape

    theirs = TorchNetwork(Shape(dim=DIM, low=8, hidden=16, heads=2, layers=2, warmth=WARMTH)).eval()
    theirs.load_state_dict({name: torch.as_tensor(values) for name, values in weights_of(untrained).items()})
    said: list[torch.Tensor] = []
    for side in (theirs.layers[1].as_subject, theirs.layers[1].as_object):
        side.register_message_forward_hook(lambda _module, _inputs, message: said.append(message))
    asked, clues = inputs(facts)
    log_odds, _ = theirs(
        *(torch.as_tensor(facts.vectors), torch.as_tensor(asked[0]).expand(len(facts.facts), -1)),
        *(torch.as_tensor(clues[0]), torch.as_tensor(facts.subject), torch.as_tensor(facts.object)),
        len(facts.ends),
    )
    network = SalienceNetwork.load(untrained)
    back = _Backwards(network, facts, network.read(facts, asked, clues), 0)
    for target in range(len(facts.facts)):
        gradients = torch.autograd.grad(log_odds[target], said, retain_graph=True)
        wanted = sum((grad * message).sum((1, 2)) for grad, message in zip(gradients, said, strict=True))
        ours = np.zeros(len(facts.facts))
        for layer, heard in back.heard_by(target):
            if layer == 1:
                np.add.at(ours, heard.facts, heard.lift)
        others = np.arange(len(facts.facts)) != target
        assert np.allclose(ours[others], wanted.detach().numpy()[others], atol=1e-4)


def test_paths_are_few_and_best_first(untrained: Path, facts: FactGraph):
    """Two at most, of facts that exist, none of them the fact itself."""
    weights = weights_of(untrained)
    weights["salience.weight"] = 8 * weights["salience.weight"]  # or nothing is lifted far enough to be told
    network = SalienceNetwork.load(write(untrained, weights))
    found = network.read(facts, *inputs(facts))
    ids = {fact.id for fact in facts.facts}
    told = 0
    for target, fact in enumerate(facts.facts):
        paths = lifts(network, facts, found, 0, target)
        told += len(paths)
        assert len(paths) <= 2
        assert all(path.weight >= LEAST and 1 <= len(path.facts) <= 2 for path in paths)
        assert all(set(path.facts) <= ids - {fact.id} for path in paths)
        assert [path.weight for path in paths] == sorted((path.weight for path in paths), reverse=True)
    assert told


def test_a_second_step_is_lifted_by_the_first():
    """Why Pall Mall: because it is the brother who lives there."""
    found = GnnFactRanker(registry.get("embedder", "use-m3")).rank(
        load_persona("holmes").graph, "In which street does your brother have his rooms?", limit=5
    )
    street = next(fact for fact in found if fact.id == "mycroft.lives_in.pall_mall")
    assert "holmes.sibling_of.mycroft" in street.lifted_by[0].facts


def test_a_follow_up_is_lifted_by_what_was_talked_about():
    """Nobody is named in it."""
    ours, holmes = GnnFactRanker(registry.get("embedder", "use-m3")), load_persona("holmes").graph
    found = ours.rank(holmes, "And in which street does he live?", limit=5, before=["Who is your brother?"])
    street = next(fact for fact in found if fact.id == "mycroft.lives_in.pall_mall")
    assert street.lifted_by[0].facts == ()
    assert street.lifted_by[0].weight > LEAST
