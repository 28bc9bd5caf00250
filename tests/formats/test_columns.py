"""Graph files that went through other programs: what these add is ignored, and nothing of ours is lost."""

from __future__ import annotations

import json
import time
from pathlib import Path

import networkx as nx
import pytest

from roleagent.errors import PersonaFileError
from roleagent.formats.format import Report
from roleagent.formats.load import load_persona
from roleagent.formats.save import save_persona
from roleagent.persona.persona import Persona

FILES = Path(__file__).parent / "files"
OURS = """\
roleagent: 1
id: tess
name: Tess Holloway
summary: You are Tess Holloway, who mends clocks.
nodes:
  - {id: tess, type: person, label: Tess Holloway, aliases: [Tessie]}
  - {id: bram, type: person, label: Bram Oake}
  - {id: leith, type: place, label: Leith}
  - {id: attic, type: artifact, label: the attic clock}
edges:
  - {source: tess, relation: lives_in, target: leith, valid_from: "1871"}
  - {source: tess, relation: friend_of, target: bram, fixed: true}
  - {source: tess, relation: fears, target: attic, visibility: secret}
  - {source: tess, relation: knows, target: attic, visibility: [bram], confidence: 0.5}
  - {source: tess, relation: born_on, value: "1850-02-01"}
"""


@pytest.fixture
def ours(tmp_path) -> Persona:
    path = tmp_path / "tess.yaml"
    path.write_text(OURS)
    return load_persona(path)


def read(path: Path) -> tuple[Persona, list[str]]:
    report = Report()
    return load_persona(path, report=report), [note.field for note in report.notes]


def with_statistics(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    nx.set_node_attributes(graph, {node: number / 7 for number, node in enumerate(graph)}, "pagerank")
    nx.set_node_attributes(graph, dict.fromkeys(graph, "seen in May"), "my notes")
    nx.set_edge_attributes(graph, 1.0, "weight")
    return graph


def test_what_networkx_adds_to_graphml_is_passed_over(ours, tmp_path):
    """Statistics and notes of one's own are the reason to open the file there."""
    save_persona(ours, tmp_path / "tess.graphml")
    graph = with_statistics(nx.read_graphml(tmp_path / "tess.graphml", force_multigraph=True))
    nx.write_graphml(graph, tmp_path / "back.graphml")
    assert read(tmp_path / "back.graphml") == (ours, ["node: pagerank", "node: my notes", "edge: weight"])


@pytest.mark.parametrize("version", ["1.2draft", "1.3"])
def test_what_networkx_adds_to_gexf_is_passed_over(ours, tmp_path, version):
    """Gephi adds such a column for every statistic too."""
    save_persona(ours, tmp_path / "tess.gexf")
    graph = with_statistics(nx.read_gexf(tmp_path / "tess.gexf"))
    nx.write_gexf(graph, tmp_path / "back.gexf", version=version)
    persona, passed_over = read(tmp_path / "back.gexf")
    assert persona == ours
    assert {"node: pagerank", "node: my notes"} <= {*passed_over}


@pytest.mark.parametrize("edges", ["edges", "links"])
def test_what_networkx_adds_to_json_is_passed_over(ours, tmp_path, edges):
    """By the names that statistics have."""
    save_persona(ours, tmp_path / "tess.json")
    graph = nx.node_link_graph(json.loads((tmp_path / "tess.json").read_text()), edges="edges")
    nx.set_node_attributes(graph, dict(graph.degree), "degree")
    (tmp_path / "back.json").write_text(json.dumps(nx.node_link_data(graph, edges=edges)))
    assert read(tmp_path / "back.json") == (ours, ["node: degree"])


def test_the_json_of_cytoscape_is_read(ours, tmp_path):
    """Networkx writes it for Cytoscape.js, which writes it too."""
    save_persona(ours, tmp_path / "tess.json")
    graph = nx.node_link_graph(json.loads((tmp_path / "tess.json").read_text()), edges="edges")
    (tmp_path / "cy.json").write_text(json.dumps(nx.cytoscape_data(graph)))
    assert read(tmp_path / "cy.json")[0] == ours


def test_what_igraph_wrote_is_read():
    """It numbers the nodes, has no whole numbers, and writes an empty text where there is none."""
    persona, passed_over = read(FILES / "igraph.graphml")
    assert [*persona.graph.nodes] == ["tess", "bram", "leith", "attic", "literal:1850-02-01"]
    assert persona.graph.facts["tess.fears.attic"].visibility == ()
    assert persona.graph.facts["tess.friend_of.bram"].fixed
    assert passed_over == ["node: pagerank", "nodes"]


YED = """\
<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:y="http://www.yworks.com/xml/graphml">
  <key for="port" id="d0" yfiles.type="portgraphics"/>
  <key attr.name="Description" attr.type="string" for="graph" id="d1"/>
  <key attr.name="roleagent" attr.type="int" for="graph" id="d2"/>
  <key attr.name="id" attr.type="string" for="graph" id="d3"/>
  <key attr.name="name" attr.type="string" for="graph" id="d4"/>
  <key attr.name="summary" attr.type="string" for="graph" id="d5"/>
  <key attr.name="type" attr.type="string" for="node" id="d6"><default>person</default></key>
  <key attr.name="label" attr.type="string" for="node" id="d7"/>
  <key attr.name="description" attr.type="string" for="node" id="d8"/>
  <key for="node" id="d9" yfiles.type="nodegraphics"/>
  <key for="graphml" id="d10" yfiles.type="resources"/>
  <key attr.name="fixed" attr.type="boolean" for="edge" id="d11"><default>false</default></key>
  <key for="edge" id="d12" yfiles.type="edgegraphics"/>
  <graph edgedefault="directed" id="G">
    <data key="d1" xml:space="preserve"/>
    <data key="d2">1</data><data key="d3"><![CDATA[tess]]></data><data key="d4">Tess Holloway</data>
    <data key="d5">You are Tess Holloway.</data>
    <node id="n0"><data key="d7">Tess Holloway</data><data key="d8"/>
      <data key="d9"><y:ShapeNode><y:Fill color="#F"/><y:NodeLabel>Tess</y:NodeLabel></y:ShapeNode></data>
    </node>
    <node id="n1"><data key="d9"><y:ShapeNode><y:NodeLabel>Bram Oake</y:NodeLabel></y:ShapeNode></data>
      <port name="p"/></node>
    <node id="n2"><data key="d9"><y:ShapeNode><y:NodeLabel>Bram Oäke</y:NodeLabel></y:ShapeNode></data></node>
    <node id="n3"><data key="d9"><y:ShapeNode><y:NodeLabel>Bram Oake!</y:NodeLabel></y:ShapeNode></data>
    </node>
    <edge id="e0" source="n0" target="n1"><data key="d11">1</data>
      <data key="d12"><y:PolyLineEdge><y:EdgeLabel>friend_of</y:EdgeLabel></y:PolyLineEdge></data></edge>
    <edge id="e1" source="n0" target="n3">
      <data key="d12"><y:PolyLineEdge><y:EdgeLabel>friend_of</y:EdgeLabel></y:PolyLineEdge></data></edge>
  </graph>
  <data key="d10"><y:Resources/></data>
</graphml>
"""


def test_a_whole_file_of_yed_is_read(tmp_path):
    """Graphics, defaults, numbers for ids, drawn labels; nodes of nearly one label stay apart."""
    path = tmp_path / "yed.graphml"
    path.write_text(YED, encoding="utf-8")
    persona, passed_over = read(path)
    assert [*persona.graph.nodes] == ["tess", "bram-oake", "bram-oäke", "bram-oake-2"]
    friend, other = persona.graph.facts.values()
    assert (friend.id, friend.fixed) == ("tess.friend_of.bram-oake", True)
    assert (other.id, other.fixed) == ("tess.friend_of.bram-oake-2", False)
    assert passed_over == ["graph: Description", "nodes"]


@pytest.mark.parametrize("end", ["graphml", "gexf"])
def test_a_typo_is_an_error_even_beside_foreign_columns(ours, tmp_path, end):
    """A secret whose `visibility` was mistyped would be told to everybody."""
    path = tmp_path / f"tess.{end}"
    save_persona(ours, path)
    text = path.read_text().replace("edge.visibility", "d7").replace("visibility", "visibilty")
    path.write_text(text)
    with pytest.raises(
        PersonaFileError, match=r"unknown key 'visibilty' in edges.* Did you mean 'visibility'"
    ):
        load_persona(path)


def test_a_key_that_is_declared_as_we_declare_it_must_be_ours(ours, tmp_path):
    """Somebody wrote it by hand: what it says would be lost without a word."""
    path = tmp_path / "tess.graphml"
    save_persona(ours, path)
    text = path.read_text()
    declared = '<key id="node.mood" for="node" attr.name="mood" attr.type="string"/>\n  <graph '
    said = text.replace("<graph ", declared, 1).replace(
        '<node id="bram">', '<node id="bram"><data key="node.mood">glum</data>', 1
    )
    path.write_text(said)
    with pytest.raises(PersonaFileError, match="unknown key 'mood'"):
        load_persona(path)
    path.write_text(said.replace("node.mood", "n7"))
    assert read(path) == (ours, ["node: mood"])


def test_a_great_many_columns_cost_no_more_than_others(tmp_path):
    """Looking for typos among ten thousand names would take minutes."""
    nodes = ({f"column{number}": "x", "id": f"n{number}"} for number in range(10_000))
    document = {"multigraph": True, "roleagent": 1, "nodes": [*nodes], "edges": [{"key": 0}]}
    path = tmp_path / "many.json"
    path.write_text(json.dumps(document))
    begun = time.thread_time()
    with pytest.raises(PersonaFileError):
        load_persona(path)
    assert time.thread_time() - begun < 5


# ── spreadsheets ─────────────────────────────────────────────────────────────────────────────

COMMENTS = [
    '# roleagent {"roleagent": 1, "id": "tess", "name": "Tess; of Leith", "summary": "You, Tess, mend."}',
    '# node {"id": "tess", "type": "person", "label": "Tess"}',
    '# node {"id": "leith", "type": "place", "label": "Leith"}',
]
TABLE = [["Source", " relation", "TARGET ", "valid_from", "fixed", "confidence"]]
TABLE += [["tess", "lives_in", "leith", "1871", "TRUE", "0.5"]]


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def as_one_cell(line: str, delimiter: str) -> str:
    return quoted(line) + delimiter * 3


def in_cells(line: str, delimiter: str) -> str:
    """As a program does that split the line at its commas when it opened the file."""
    return delimiter.join(quoted(part) for part in line.split(",")) + delimiter * 3


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("comment", [as_one_cell, in_cells, lambda line, _: line])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_a_spreadsheet_saved_is_read(tmp_path, delimiter, comment, encoding):
    """With its delimiter, its quotes, capitals, blanks, empty cells and rows, and Windows line ends."""
    rows = [delimiter.join(row) + delimiter * 2 for row in TABLE]
    lines = [
        *(comment(line, delimiter) for line in COMMENTS),
        rows[0],
        delimiter * 7,
        rows[1],
        delimiter * 7,
        "",
    ]
    path = tmp_path / "tess.csv"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    persona = load_persona(path)
    (fact,) = persona.graph.facts.values()
    assert (fact.id, fact.valid_from, fact.fixed, fact.confidence) == (
        "tess.lives_in.leith",
        "1871",
        True,
        0.5,
    )
    assert persona.name == "Tess; of Leith"


def test_a_decimal_comma_is_read_where_it_is_no_delimiter(tmp_path):
    """As half of Europe writes it."""
    path = tmp_path / "tess.csv"
    path.write_text(
        "\n".join([*COMMENTS, "source;relation;target;confidence;my notes", "tess;lives_in;leith;0,25;x"])
    )
    persona, passed_over = read(path)
    assert persona.graph.facts["tess.lives_in.leith"].confidence == 0.25
    assert passed_over == ["edge: my notes"]


@pytest.mark.parametrize("first", ["sep=;", "\ufeffSEP=;", '"sep=;"'])
def test_the_line_that_names_excels_delimiter_is_passed_over(tmp_path, first):
    path = tmp_path / "tess.csv"
    lines = [first, *COMMENTS, "source;relation;target", "tess;lives_in;leith"]
    path.write_text("\r\n".join(lines), encoding="utf-8")
    persona, _ = read(path)
    assert list(persona.graph.facts) == ["tess.lives_in.leith"]


def test_an_unknown_column_of_a_file_of_ours_is_an_error(tmp_path):
    """A plain file, with commas, whose comments no spreadsheet has touched."""
    path = tmp_path / "tess.csv"
    path.write_text("\n".join([*COMMENTS, "source,relation,target,mood", "tess,lives_in,leith,glum"]))
    with pytest.raises(PersonaFileError, match="unknown key 'mood' in edges"):
        load_persona(path)


def test_columns_that_are_not_there_are_told_with_those_that_are(tmp_path):
    """It said that they must be there, and did not say what it saw."""
    path = tmp_path / "tess.csv"
    path.write_text("\n".join([*COMMENTS, "from;rel;to", "tess;lives_in;leith"]))
    with pytest.raises(PersonaFileError, match=r"must be named here: .*; found: from;rel;to"):
        load_persona(path)


def test_a_check_tells_what_is_passed_over(tmp_path):
    """Nobody looks into a report that is not shown."""
    from typer.testing import CliRunner

    from roleagent.cli.persona import app

    path = tmp_path / "yed.graphml"
    path.write_text(YED, encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(path)])
    assert result.exit_code == 0
    assert "warning: graph: Description: is no key of ours: ignored" in result.output
