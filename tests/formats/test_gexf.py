"""GEXF: Gephi's timeline gets spells, and nothing is lost on the way there and back."""

from __future__ import annotations

import networkx as nx
import pytest

from roleagent.errors import PersonaFileError
from roleagent.formats.load import load_persona
from roleagent.formats.own.gexf import read, write
from roleagent.formats.save import save_persona
from roleagent.persona.as_document import persona_document
from roleagent.persona.problems import ReadError

HEAD = '<gexf xmlns="http://gexf.net/1.3" version="1.3">\n'
DECLARED = '<attributes class="edge"><attribute id="r" title="relation"/></attributes>\n'


def graph_of(inside: str) -> str:
    return f'{HEAD}<graph defaultedgetype="directed">\n{inside}\n</graph></gexf>'


def edge_of(inside: str) -> dict[str, str]:
    """The one edge of a graph, whose relation is `likes`."""
    edge = f'<edge id="e" source="a" target="b" label="likes">{inside}</edge>'
    declared = '<attributes class="edge"><attribute id="f" title="valid_from"/></attributes>'
    return read(graph_of(f"{declared}<edges>{edge}</edges>"))["edges"][0]


def test_a_fact_carries_the_days_between_which_it_held(small):
    """Gephi's timeline knows whole days only; the year is kept beside."""
    text = write(persona_document(load_persona(small), for_tools=True))
    assert '<spells><spell start="1835-07-01"/></spells>' in text
    assert '<spells><spell end="1835-12-31"/></spells>' in text
    assert '<attvalue for="valid_from" value="1835-07"/>' in text
    assert 'mode="dynamic" timeformat="date"' in text


def test_a_persona_survives_a_trip_through_networkx(small, tmp_path):
    """It is how most people get a graph into Gephi, and out of it."""
    persona = load_persona(small)
    save_persona(persona, tmp_path / "out.gexf")
    graph = nx.read_gexf(tmp_path / "out.gexf")
    assert (len(graph), graph.size()) == (len(persona.graph.nodes), len(persona.graph))
    nx.write_gexf(graph, tmp_path / "back.gexf")
    assert load_persona(tmp_path / "back.gexf") == persona


VALUE = '<attvalues><attvalue for="f" value="1881"/></attvalues>'


@pytest.mark.parametrize(
    ("inside", "valid_from"),
    [
        (VALUE, "1881"),
        (f'{VALUE}<spells><spell start="1881-01-01"/></spells>', "1881"),
        (f'{VALUE}<spells><spell start="1882-03-01"/></spells>', "1882-03-01"),
        ('<spells><spell start="1882-03-01T00:00:00"/></spells>', "1882-03-01"),
        ('<spells><spell start="1882.0"/></spells>', "1882"),
        ('<spells><spell start="None"/></spells>', None),
    ],
)
def test_a_spell_counts_where_a_tool_has_moved_it(inside, valid_from):
    """Else the more precise date that the persona has."""
    assert edge_of(inside).get("valid_from") == valid_from


def test_what_a_tool_adds_for_the_eye_is_no_fact():
    """Gephi writes colours, sizes and places."""
    viz = '<viz:color xmlns:viz="http://gexf.net/1.3/viz" r="1" g="2" b="3"/>'
    tree = read(graph_of(f'<nodes><node id="a" label="A">{viz}</node></nodes>'))
    assert tree["nodes"] == [{"id": "a", "label": "A"}]


def test_mistakes_are_reported_with_their_line(small, tmp_path):
    """As in the other formats, those in the header's JSON too."""
    path = tmp_path / "ada.gexf"
    save_persona(load_persona(small), path)
    text = path.read_text()
    path.write_text(text.replace('target="babbage"', 'target="babbag"'))
    line = text[: text.index('target="babbage"')].count("\n") + 1
    with pytest.raises(PersonaFileError, match=f"gexf:{line}:7: .*'babbag' is not a node. Did you mean"):
        load_persona(path)
    assert '{"roleagent": 1' in text
    path.write_text(text.replace('{"roleagent": 1', '{"roleagent": 1, "sumary": "x"'))
    line = text[: text.index('{"roleagent"')].count("\n") + 1
    with pytest.raises(PersonaFileError, match=rf"gexf:{line}:\d+: unknown key 'sumary'"):
        load_persona(path)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('<!DOCTYPE g [<!ENTITY a "aaaa">]>\n<gexf>&a;</gexf>', 1, "a DOCTYPE is not supported"),
        (f'{HEAD}<graph defaultedgetype="undirected"/></gexf>', 2, 'must say defaultedgetype="directed"'),
        (f"{HEAD}</gexf>", 1, "there is no <graph> in it"),
        ("<html/>", 1, "<html> as the outermost element is not supported"),
        ("<gexf>\n\n</gex>", 3, "not well-formed XML: mismatched tag"),
        (graph_of("<nodes><node/></nodes>"), 3, "<node> lacks the attribute 'id'"),
        (graph_of('<nodes><node id="a"><nodes/></node></nodes>'), 3, "<nodes> in <node> is not supported"),
        (graph_of('<edges><edge id="e" source="a"/></edges>'), 3, "<edge> lacks the attribute 'target'"),
        (graph_of('<edges><edge id="e" type="mutual"/></edges>'), 3, "type 'mutual' is not supported"),
        (
            graph_of('<nodes><node id="a"><attvalues><attvalue for="x"/></attvalues></node></nodes>'),
            3,
            "no <attribute> declares 'x'",
        ),
    ],
)
def test_what_is_not_supported_is_refused_with_its_line(text, line, message):
    """Entities read files and eat memory; the rest would be lost without a word."""
    with pytest.raises(ReadError) as caught:
        read(text)
    assert message in caught.value.message
    assert caught.value.place.line == line
