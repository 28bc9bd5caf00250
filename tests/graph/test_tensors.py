"""The graph for networkx and torch_geometric: nothing is lost on the way."""

from __future__ import annotations

import math

import pytest

from roleagent.graph.graph import PersonaGraph
from roleagent.types import Node
from tests.graph.graphs import fact, graph_of, moment

HOME = fact(
    "holmes",
    "lives_in",
    "london",
    text="He lives there.",
    valid_from="1881",
    valid_to="1903-07",
    confidence=0.5,
    visibility=("watson",),
    recorded_at=moment(1),
    evidence=("e1",),
)
KNOWS = fact("watson", "knows", "holmes")
GRAPH = graph_of(HOME, KNOWS, types={"london": "place"})


def test_networkx_has_every_attribute():
    """So that a graph can be worked on there as here."""
    nodes = [
        Node(id="holmes", type="person", label="Holmes", aliases=("Sherlock",), description="A detective.")
    ]
    graph = PersonaGraph(nodes=[*nodes, *GRAPH.nodes.values()][:1], facts=[], relations={}).to_networkx()
    assert graph.nodes["holmes"] == {
        "type": "person",
        "label": "Holmes",
        "aliases": ("Sherlock",),
        "description": "A detective.",
    }
    edge = GRAPH.to_networkx().edges["holmes", "london", HOME.id]
    assert {**edge} == {
        "relation": "lives_in",
        "text": "He lives there.",
        "layer": "canon",
        "fixed": False,
        "confidence": 0.5,
        "valid_from": "1881",
        "valid_to": "1903-07",
        "recorded_at": moment(1),
        "superseded_at": None,
        "evidence": ("e1",),
        "visibility": ("watson",),
    }


@pytest.mark.xdist_group("torch")
def test_tensors_number_nodes_relations_and_types():
    """Every number leads back to a name."""
    data = GRAPH.to_pyg()
    assert data.node_ids == ["holmes", "london", "watson"]
    assert data.edge_index.tolist() == [[0, 2], [1, 0]]
    assert [data.relation_names[number] for number in data.edge_type] == ["lives_in", "knows"]
    assert [data.node_type_names[number] for number in data.node_type] == ["person", "place", "person"]
    assert data.valid.tolist() == [[1881.0, 1903.5], [-math.inf, math.inf]]
    assert data.confidence.tolist() == [0.5, 1.0]
    assert (data.fact_ids, data.fact_texts[0]) == ([HOME.id, KNOWS.id], HOME.text)
    assert (data.num_nodes, data.num_edges) == (3, 2)
    assert data.validate()


@pytest.mark.xdist_group("torch")
def test_an_empty_graph_has_tensors_of_the_right_shape():
    """A new persona has no facts yet."""
    data = PersonaGraph(nodes=[], facts=[], relations={}).to_pyg()
    assert data.edge_index.shape == (2, 0)
    assert data.valid.shape == (0, 2)
    assert str(data.edge_index.dtype) == "torch.int64"
