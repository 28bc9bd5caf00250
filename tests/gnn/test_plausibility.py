"""The plausibility network in numpy: equal to torch's, careful about what it is given, and of use."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from roleagent.errors import ModelError, ModelUnavailableError
from roleagent.gnn.candidate_clues import NUM_CANDIDATE_CLUES
from roleagent.gnn.plausibility import VERSION, FactPlausibility, PlausibilityNetwork, known_around
from roleagent.graph.graph import PersonaGraph
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import Fact, Node

DIM, LOW, HIDDEN = 256, 8, 6


def write(path: Path, change: dict[str, np.ndarray] | None = None, **told: str) -> Path:
    from safetensors.numpy import save_file

    random = np.random.default_rng(0)
    shapes = {
        "subject.weight": (LOW, DIM), "subject.bias": (LOW,), "object.weight": (LOW, DIM),
        "object.bias": (LOW,), "relation.weight": (LOW, DIM), "relation.bias": (LOW,),
        "enter.weight": (HIDDEN, 1 + NUM_CANDIDATE_CLUES), "enter.bias": (HIDDEN,),
        "leave.weight": (1, HIDDEN), "leave.bias": (1,),
    }  # fmt: skip
    weights = {name: random.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}
    shape = {"dim": DIM, "low": LOW, "hidden": HIDDEN, "scorer": "complex"}
    metadata = {"version": VERSION, "embedder": "hash", "temperature": "2.0", "shape": json.dumps(shape)}
    save_file(weights | (change or {}), path, metadata=metadata | told)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "untrained.safetensors")


def fact(subject: str, relation: str, object_: str) -> Fact:
    return Fact(
        id=f"{subject}.{relation}.{object_}", subject=subject, relation=relation, object=object_, text="…"
    )


@pytest.mark.xdist_group("torch")
@pytest.mark.parametrize("scorer", ["complex", "distmult"])
def test_numpy_computes_what_torch_computes(tmp_path: Path, scorer, graph):
    """The network that is trained is the one that runs."""
    torch = pytest.importorskip("torch")
    from safetensors.numpy import load_file

    from roleagent.embedding.text_vectors import TextVectors
    from roleagent.gnn.plausibility_network import PlausibilityNetwork as TorchNetwork
    from roleagent.gnn.plausibility_network import PlausibilityShape
    from roleagent.gnn.training.hidden_facts import draw_hidden, hiding

    shape = json.dumps({"dim": DIM, "low": LOW, "hidden": HIDDEN, "scorer": scorer})
    path = write(tmp_path / "x.safetensors", shape=shape)
    made = hiding(graph, {}, TextVectors(HashEmbedder()), seed="0", names=["eats", "drinks"])
    drawn = draw_hidden(made, np.random.default_rng(0), most=4)
    theirs = TorchNetwork(PlausibilityShape(dim=DIM, low=LOW, hidden=HIDDEN, scorer=scorer)).eval()
    theirs.load_state_dict({name: torch.as_tensor(each) for name, each in load_file(path).items()})
    each = drawn.candidates
    numbers = (made.around.vectors, made.relations, each.subject, each.relation, each.object, drawn.clues)
    with torch.no_grad():
        wanted = theirs(*map(torch.as_tensor, numbers)).numpy()
    ours = PlausibilityNetwork.load(path).read(made.around, made.relations, drawn.candidates)
    assert np.allclose(ours, wanted / 2, atol=1e-4)  # the temperature is 2


def test_a_known_fact_counts_as_unknown(path: Path, graph):
    """Asked about a fact that is there, it says what it would say without it."""
    known = graph.facts["holmes.plays.violin"]
    without = PersonaGraph(
        nodes=graph.nodes.values(),
        facts=[each for each in graph.facts.values() if each != known],
        relations={},
    )
    ours = FactPlausibility(HashEmbedder(), network=PlausibilityNetwork.load(path))
    assert ours.of(graph, [known]) == pytest.approx(ours.of(without, [known]))
    assert 0 < ours.of(graph, [known])[0] < 1


def test_new_ends_are_given_along(path: Path, graph):
    """A proposal may bring nodes that the graph lacks."""
    ours = FactPlausibility(HashEmbedder(), network=PlausibilityNetwork.load(path))
    new = Node(id="dog", type="animal", label="Toby")
    [found] = ours.of(graph, [fact("holmes", "has_pet", "dog")], nodes=[new])
    assert 0 < found < 1
    with pytest.raises(ValueError, match=r"'dog', which is not a node"):
        ours.of(graph, [fact("holmes", "has_pet", "dog")])


def test_what_was_learned_counts_too(graph):
    """A learned fact lies over the persona's own, and one that it replaced is gone."""
    learned = Fact(
        id="mycroft.plays.violin",
        subject="mycroft",
        relation="plays",
        object="violin",
        text="…",
        layer="learned",
    )
    wider = graph.with_learned([], [learned])
    found = known_around(wider, fact("club", "plays", "london"))
    assert {each.id for each in found if each.relation == "plays"} == {
        "mycroft.plays.violin",
        "holmes.plays.violin",
    }


def test_a_hub_with_a_hundred_thousand_facts_takes_no_time(path: Path):
    """A few hundred facts are read, not all."""
    import time

    nodes = [Node(id=f"n{number}", type="person", label=f"Person {number}") for number in range(100_001)]
    graph = PersonaGraph(
        nodes=nodes, facts=[fact("n0", "knows", f"n{number}") for number in range(1, 100_001)], relations={}
    )
    ours = FactPlausibility(HashEmbedder(), network=PlausibilityNetwork.load(path))
    candidate = fact("n5", "knows", "n0")
    ours.of(graph, [candidate])
    start = time.process_time()
    [found] = ours.of(graph, [candidate])
    assert time.process_time() - start < 1
    assert 0 < found < 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"enter.bias": np.full(HIDDEN, np.nan, np.float32)}, r"enter.bias.*not finite"),
        ({"enter.bias": np.zeros(3, np.float32)}, r"enter.bias has the shape \(3,\)"),
    ],
)
def test_damaged_weights_are_refused(tmp_path: Path, change, told):
    """Never a plausibility that is no number."""
    with pytest.raises(ModelError, match=told):
        PlausibilityNetwork.load(write(tmp_path / "damaged.safetensors", change))


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"version": "1"}, r"version '1'.*roleagent train plausibility"),
        ({"shape": "{}"}, "does not say what it is"),
        ({"temperature": "warm"}, "does not say what it is"),
    ],
)
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, told, message):
    """Such as the weights of another network."""
    with pytest.raises(ModelError, match=message):
        PlausibilityNetwork.load(write(tmp_path / "other.safetensors", **told))


def test_another_embedder_is_refused(path: Path, tmp_path: Path):
    """Vectors of two embedders cannot be compared, and there is nothing to fall back on."""
    network = PlausibilityNetwork.load(path)
    with pytest.raises(ModelError, match=r"'hash'.*'other'"):
        FactPlausibility(HashEmbedder(name="other"), network=network)
    with pytest.raises(ModelUnavailableError, match=r"'other'.*roleagent train plausibility"):
        FactPlausibility(HashEmbedder(name="other"))
    with pytest.raises(ModelError, match="cannot be read"):
        PlausibilityNetwork.load(tmp_path / "missing.safetensors")
