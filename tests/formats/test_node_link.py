"""Node-link JSON: what networkx writes is read, and the other way round."""

from __future__ import annotations

import json

import networkx as nx
import pytest

from roleagent.errors import PersonaFileError
from roleagent.formats.load import load_persona
from roleagent.formats.save import save_persona

HEADER = {"roleagent": 1, "id": "ada", "name": "Ada", "summary": "You are Ada."}
NODES = [{"id": "ada", "type": "person", "label": "Ada"}, {"id": "bo", "type": "person", "label": "Bo"}]
EDGES = [{"source": "ada", "target": "bo", "relation": "knows"}]


@pytest.mark.parametrize("name", ["edges", "links"])
def test_the_edges_may_have_either_name(write, name):
    """Networkx renamed its list; files of both ages are about."""
    path = write(json.dumps(HEADER | {"nodes": NODES, name: EDGES}), "ada.json")
    assert set(load_persona(path).graph.facts) == {"ada.knows.bo"}


def test_two_lists_of_edges_are_refused(write):
    """One of them would be lost."""
    path = write(json.dumps(HEADER | {"nodes": NODES, "links": EDGES, "edges": EDGES}), "ada.json")
    with pytest.raises(PersonaFileError, match="'edges' stands here a second time"):
        load_persona(path)


def test_the_header_may_stand_where_networkx_keeps_it(write):
    """`nx.node_link_data` puts a graph's attributes under `graph`."""
    path = write(json.dumps({"directed": True, "graph": HEADER, "nodes": NODES, "edges": EDGES}), "ada.json")
    assert load_persona(path).name == "Ada"


def test_a_textual_key_is_the_facts_id_and_a_number_is_none(write):
    """Networkx numbers the edges between two nodes when nobody names them."""
    edges = [EDGES[0] | {"key": 0}, EDGES[0] | {"relation": "likes", "key": "mine"}]
    path = write(json.dumps(HEADER | {"nodes": NODES, "edges": edges}), "ada.json")
    assert set(load_persona(path).graph.facts) == {"ada.knows.bo", "mine"}


@pytest.mark.parametrize("edges_name", ["edges", "links"])
def test_a_persona_survives_a_trip_through_networkx(small, tmp_path, edges_name):
    """Graph tools may add their own steps in between."""
    persona = load_persona(small)
    save_persona(persona, tmp_path / "out.json")
    graph = nx.node_link_graph(json.loads((tmp_path / "out.json").read_text()), edges="edges")
    assert (len(graph), graph.size()) == (len(persona.graph.nodes), len(persona.graph))
    (tmp_path / "back.json").write_text(json.dumps(nx.node_link_data(graph, edges=edges_name)))
    assert load_persona(tmp_path / "back.json") == persona


@pytest.mark.parametrize("as_data", [nx.node_link_data, nx.cytoscape_data])
def test_graphml_that_networkx_wrote_again_as_json_comes_back(tmp_path, as_data):
    """It takes our lists as text, and adds what it keeps of a GraphML file."""
    save_persona(load_persona("holmes"), tmp_path / "holmes.graphml")
    path = tmp_path / "holmes.json"
    path.write_text(json.dumps(as_data(nx.read_graphml(tmp_path / "holmes.graphml"))), encoding="utf-8")
    before, after = load_persona(tmp_path / "holmes.graphml"), load_persona(path)
    assert (after.id, after.speech, after.rules) == (before.id, before.speech, before.rules)
    assert dict(after.graph.facts) == dict(before.graph.facts)
    assert dict(after.graph.nodes) == dict(before.graph.nodes)
