"""GraphML: what networkx writes is read, and the other way round."""

from __future__ import annotations

import networkx as nx
import pytest

from roleagent.errors import PersonaFileError
from roleagent.formats.load import load_persona
from roleagent.formats.own.graphml import read
from roleagent.formats.save import save_persona
from roleagent.persona.problems import ReadError

HEAD = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n<key id="d0" attr.name="label" for="node"/>\n'
)


def graph_of(inside: str) -> str:
    return f'{HEAD}<graph edgedefault="directed">\n{inside}\n</graph></graphml>'


def test_a_persona_survives_a_trip_through_networkx(small, tmp_path):
    """Gephi, yEd and Cytoscape speak the same dialect."""
    persona = load_persona(small)
    save_persona(persona, tmp_path / "out.graphml")
    graph = nx.read_graphml(tmp_path / "out.graphml")
    assert (len(graph), graph.size()) == (len(persona.graph.nodes), len(persona.graph))
    nx.write_graphml(graph, tmp_path / "back.graphml")
    assert load_persona(tmp_path / "back.graphml") == persona


def test_mistakes_are_reported_with_their_line(small, tmp_path):
    """As in the other formats."""
    path = tmp_path / "ada.graphml"
    save_persona(load_persona(small), path)
    text = path.read_text().replace('target="babbage"', 'target="babbag"')
    path.write_text(text)
    line = text[: text.index('"babbag"')].count("\n") + 1
    with pytest.raises(PersonaFileError, match=f"graphml:{line}:5: .*'babbag' is not a node. Did you mean"):
        load_persona(path)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('<!DOCTYPE g [<!ENTITY a "aaaa">]>\n<graphml>&a;</graphml>', 1, "a DOCTYPE is not supported"),
        ('<!DOCTYPE g SYSTEM "file:///etc/passwd">\n<graphml/>', 1, "a DOCTYPE is not supported"),
        ("<graphml>\n<graph>", 2, '<graph> must say edgedefault="directed"'),
        ("<html/>", 1, "<html> as the outermost element is not supported"),
        ("<graphml>\n\n</graphm>", 3, "not well-formed XML: mismatched tag"),
        ("<graphml/>", 1, "there is no <graph> in it"),
        (graph_of("<node/>"), 4, "<node> lacks the attribute 'id'"),
        (graph_of("<hyperedge/>"), 4, "<hyperedge> in <graph> is not supported"),
        (graph_of('<node id="a"><data key="d9">x</data></node>'), 4, "no <key> declares 'd9'"),
        (graph_of('<node id="a"><data key="d0">x</data><data key="d0">y</data></node>'), 4, "second time"),
    ],
)
def test_what_is_not_supported_is_refused_with_its_line(text, line, message):
    """Entities read files and eat memory; the rest would be lost without a word."""
    with pytest.raises(ReadError) as caught:
        read(text)
    assert message in caught.value.message
    assert caught.value.place.line == line


def test_a_list_is_json_under_a_name_that_says_so():
    """GraphML itself has no lists."""
    text = graph_of('<node id="a"><data key="d0">[&quot;B&quot;]</data></node>').replace(
        '"label"', '"aliases__json"'
    )
    assert read(text)["nodes"] == [{"id": "a", "aliases": ["B"]}]
    with pytest.raises(ReadError, match="aliases__json, line 1, column 2 of its text"):
        read(text.replace("[&quot;B&quot;]", "[B]"))
