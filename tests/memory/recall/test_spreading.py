"""Tests of spreading over the persona's graph."""

import numpy as np
import pytest

from roleagent.graph.graph import PersonaGraph
from roleagent.memory.recall.stages import personalised_pagerank, spread
from roleagent.types import Fact, Node


def graph() -> PersonaGraph:
    """Mary - owns -> Milo; the garden stands apart."""
    nodes = [Node(id=name, type="thing", label=name.title()) for name in ("mary", "milo", "garden")]
    owns = Fact(id="f", subject="mary", relation="owns", object="milo", text="Mary owns Milo.", layer="canon")
    return PersonaGraph(nodes=nodes, facts=[owns], relations={})


def test_a_fact_leads_from_what_is_asked_to_what_was_said() -> None:
    """Asked of Mary: the episode about her cat is reached over the fact, the one about the garden never."""
    places = {"milo": np.array([0]), "garden": np.array([1])}
    assert spread({"mary": 1.0}, places, graph(), 2).tolist() == [1.0, 0.0]


def test_without_a_graph_shared_names_still_lead() -> None:
    """Episodes 0 and 1 name Milo, 1 and 2 name the garden: 2 is farther from Milo than 1."""
    places = {"milo": np.array([0, 1]), "garden": np.array([1, 2])}
    scores = spread({"milo": 1.0, "garden": 0.01}, places, None, 4)
    assert scores[0] > scores[2] > scores[3] == 0.0
    assert scores[1] == 1.0


def test_pagerank_solves_its_equation() -> None:
    """On a path of three, p = r·s + (1 - r)·Wᵀp is solved by hand by p = (7/12, 4/12, 1/12)."""
    edges = np.array([[0, 1, 1, 2], [1, 0, 2, 1]])
    shares = personalised_pagerank(np.array([1.0, 0.0, 0.0]), edges)
    assert shares == pytest.approx([7 / 12, 4 / 12, 1 / 12], abs=2e-3)


def test_what_everybody_names_leads_nowhere() -> None:
    """A hub says as little as a stop word."""
    places = {"milo": np.arange(50), "garden": np.array([3])}
    assert spread({"milo": 1.0}, places, None, 100).tolist() == [0.0] * 100


def test_unknown_seeds_give_nothing() -> None:
    """A learned node may be gone from the graph."""
    assert spread({}, {"milo": np.array([0])}, None, 1).tolist() == [0.0]
    assert spread({"gone": 1.0}, {"milo": np.array([0])}, graph(), 1).tolist() == [0.0]
