"""JSON-LD: plain JSON for most, RDF for those who want it."""

from __future__ import annotations

import json

import pytest
import rdflib

from roleagent.errors import PersonaFileError
from roleagent.formats.load import bundled_personas, load_persona
from roleagent.formats.own.json_ld import read
from roleagent.formats.save import save_persona
from roleagent.persona.problems import ReadError


def triples_of(path):
    """Its triples; of literals only whether they are some, since numbers and JSON have many spellings."""
    graph = rdflib.Graph().parse(path)
    return {(s, p, "…" if isinstance(o, rdflib.Literal) else o) for s, p, o in graph}


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # rdflib's own
@pytest.mark.parametrize("name", bundled_personas())
def test_it_says_the_same_in_rdf_as_the_turtle_file(name, tmp_path):
    """Two ways to the same triples."""
    persona = load_persona(name)
    for suffix in ("ttl", "jsonld"):
        save_persona(persona, tmp_path / f"p.{suffix}")
    assert triples_of(tmp_path / "p.jsonld") == triples_of(tmp_path / "p.ttl")


def test_the_content_tells_it_from_node_link_json(small, tmp_path):
    """Both are JSON, and files get renamed."""
    persona = load_persona(small)
    save_persona(persona, tmp_path / "ada.jsonld")
    (tmp_path / "ada.json").write_text((tmp_path / "ada.jsonld").read_text())
    assert load_persona(tmp_path / "ada.json") == persona


def test_a_triple_without_a_statement_is_a_fact(small, tmp_path):
    """Added by hand to a node."""
    path = tmp_path / "ada.jsonld"
    save_persona(load_persona(small), path)
    tree = json.loads(path.read_text())
    ada = next(item for item in tree["@graph"] if item["@id"] == "thing:ada")
    ada["rel:knows"] = {"@id": "thing:babbage"}
    path.write_text(json.dumps(tree))
    assert "ada.knows.babbage" in load_persona(path).graph.facts


def test_mistakes_are_reported_with_line_and_column(small, tmp_path):
    """As in the other formats."""
    path = tmp_path / "ada.jsonld"
    save_persona(load_persona(small), path)
    text = path.read_text().replace('"target": "thing:babbage"', '"target": "thing:babbag"')
    path.write_text(text)
    line = text[: text.index('"thing:babbag"')].count("\n") + 1
    with pytest.raises(PersonaFileError, match=rf"jsonld:{line}:\d+: .*'babbag' is not a node. Did you mean"):
        load_persona(path)


def test_a_fact_whose_id_is_a_table_is_refused(small, tmp_path):
    """With its place, where facts are looked for that no statement is about."""
    path = tmp_path / "ada.jsonld"
    save_persona(load_persona(small), path)
    tree = json.loads(path.read_text())
    fact = next(item for item in tree["@graph"] if item["@type"] == "rdf:Statement")
    fact["@id"] = {"a": {}, "b": 1}
    path.write_text(json.dumps(tree))
    with pytest.raises(PersonaFileError, match=r"edges\[0\]\.id must be text, and is a table"):
        load_persona(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "under '@graph'"),
        ("[]", "under '@graph'"),
        ('{"@graph": [1]}', "a table with one '@type' is expected here"),
        ('{"@graph": [{"@type": ["a", "b"]}]}', "a table with one '@type' is expected here"),
        ('{"@graph": [{"@type": "Persona", "id": 1}, {"@type": "Persona", "id": 2}]}', "a second time"),
        ("{", "not well-formed JSON"),
    ],
)
def test_what_is_laid_out_otherwise_is_refused(text, message):
    """One line that says why."""
    with pytest.raises(ReadError, match=message):
        read(text)
