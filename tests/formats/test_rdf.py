"""RDF of whatever origin: every triple is a fact, nothing is fetched, and what is guessed is said."""

from __future__ import annotations

import json

import pytest
import rdflib
from hypothesis import example, given
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from roleagent.formats.convert import bytes_in
from roleagent.formats.format import Archive, Report
from roleagent.formats.load import bundled_personas, load_persona, recognised
from roleagent.formats.others.rdf import RDF_TRIPLES
from roleagent.formats.own.rdf_terms import id_of, iri_of
from roleagent.formats.save import save_persona
from roleagent.formats.values import as_table
from roleagent.persona.build import build_persona
from roleagent.persona.problems import ReadError

TURTLE = """\
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix ex: <http://example.org/> .
ex:babbage foaf:name "Charles Babbage" ; a ex:Engineer .
ex:ada a foaf:Person ;
    foaf:name "Åda"@sv, "Ada Lovelace"@en ;
    foaf:knows ex:babbage, [ foaf:name "Mary" ] ;
    ex:age 36 .
"""


def read(data, report=None):
    """The persona that some RDF stands for."""
    data = data.encode() if isinstance(data, str) else data
    document = RDF_TRIPLES.read(data, report or Report())
    return build_persona(as_table(document), source="")


def triples_of(data, syntax="nt"):
    return rdflib.Graph().parse(data=data, format=syntax)


def test_the_person_of_whom_most_is_said_is_the_character():
    """And the guess is reported."""
    report = Report()
    persona = read(TURTLE, report)
    assert (persona.id, persona.name, persona.node_id) == (
        "ada-lovelace-3e95c7d406",  # told from her namesakes by her name in the graph
        "Ada Lovelace",
        "http://example.org/ada",
    )
    assert persona.summary == "You are Ada Lovelace."
    assert [note.field for note in report.notes] == []
    read('<u:a> <u:p> "x" . <u:b> <u:p> "y" .', report)
    assert [note.field for note in report.notes] == ["triples"]


def test_every_other_triple_is_a_fact():
    """Under a short name, and readable as a sentence."""
    facts = read(TURTLE).graph.facts.values()
    ada, babbage = "http://example.org/ada", "http://example.org/babbage"
    assert {(fact.subject, fact.relation, fact.object, fact.text) for fact in facts} == {
        (babbage, "rdf:type", "http://example.org/Engineer", "Charles Babbage type Engineer."),
        (ada, "foaf:name", "literal:Åda", "Ada Lovelace name Åda."),
        (ada, "foaf:knows", babbage, "Ada Lovelace knows Charles Babbage."),
        (ada, "foaf:knows", "_:b0", "Ada Lovelace knows Mary."),
        (ada, "http://example.org/age", "literal:36", "Ada Lovelace age 36."),
    }  # fmt: skip


def test_the_same_triples_come_back():
    """With languages and types of values, which a persona has no place for."""
    back = bytes_in(read(TURTLE), RDF_TRIPLES.name, Report()).decode()
    assert isomorphic(triples_of(back), triples_of(TURTLE, "turtle"))


@pytest.mark.parametrize("name", bundled_personas())
def test_a_persona_of_ours_keeps_its_facts(name):
    """Their dates and words are lost, and the report says so."""
    persona, report = load_persona(name), Report()
    home = read(bytes_in(persona, RDF_TRIPLES.name, report))
    assert (home.name, home.summary, home.node_id) == (persona.name, persona.summary, persona.node_id)
    links = {(fact.subject, fact.object) for fact in persona.graph.facts.values()}
    assert {(fact.subject, fact.object) for fact in home.graph.facts.values()} == links
    assert {"greeting", "speech"} <= set(report.lost_fields)


def test_json_ld_is_read_without_fetching_its_context():
    """A file must not make a program call home."""
    report = Report()
    person = {"@type": "Person", "@id": "http://e.org/x", "name": "Xavier", "knows": {"name": "Yolanda"}}
    persona = read(json.dumps({"@context": "https://schema.org", **person}), report)
    assert persona.name == "Xavier"
    assert [fact.text for fact in persona.graph.facts.values()] == ["Xavier knows Yolanda."]
    assert report.notes[0].field == "@context"


@pytest.mark.parametrize(
    "context", ["http://127.0.0.1:9/x", ["http://127.0.0.1:9/x"], {"@import": "http://127.0.0.1:9/x"}]
)
def test_no_context_is_ever_fetched(context):
    """In whatever form it hides, and however deep."""
    inner = {"@context": context, "name": "Yolanda"}
    tree = {"@context": {"@vocab": "u:"}, "@id": "u:x", "knows": inner, "name": "X"}
    assert len(read(json.dumps(tree)).graph) >= 1
    term = {"@context": {"knows": {"@id": "u:knows", "@context": context}}, "@id": "u:x", "u:p": 1}
    assert len(read(json.dumps(term)).graph) == 1


def test_a_file_of_ours_is_not_taken_for_a_strangers(small, tmp_path):
    """Also when a tool has laid it out anew."""
    save_persona(load_persona(small), tmp_path / "out.ttl")
    again = rdflib.Graph().parse(tmp_path / "out.ttl").serialize(format="nt").encode()
    assert recognised(again) is None
    (tmp_path / "again.nt").write_bytes(again)
    assert load_persona(tmp_path / "again.nt") == load_persona(small)


def test_a_damaged_file_of_ours_is_not_taken_for_a_strangers(small, tmp_path):
    """It would be read as facts about files: the mistake in it is to be named."""
    path = tmp_path / "ada.jsonld"
    save_persona(load_persona(small), path)
    path.write_text(path.read_text().replace('"@type": "Persona"', '"@type": "Person"'))
    assert recognised(path.read_bytes()) is None
    damaged = path.read_text().replace('"roleagent"', '"roleagents"').replace('"@vocab"', '"@vocabulary"')
    path.write_text(damaged)
    assert recognised(path.read_bytes()) is None


@pytest.mark.parametrize(
    "data",
    [
        TURTLE,
        "PREFIX ex: <http://e/>\nex:a ex:b ex:c .",
        "# note\n<http://a> <http://b> <http://c> .",
        "_:a <u:b> 1 .",
    ],
)
def test_turtle_is_recognised(data):
    """Its beginning tells it."""
    assert recognised(data.encode()) is RDF_TRIPLES


@pytest.mark.parametrize("data", [b"<html>", b"name: Ada", b'{"name": "Ada"}', b"prefix of something", b""])
def test_what_is_no_rdf_is_not_recognised(data):
    """Others want their files."""
    assert not RDF_TRIPLES.recognises(data, json.loads(data) if data[:1] == b"{" else None)


@pytest.mark.parametrize(
    "data", ["@prefix ex: <http://e/> .", "<u:a> <u:b> .", "[" * 20_000, "{}", '{"@context": 5}']
)
def test_damaged_rdf_is_refused_with_a_reason(data):
    """Whatever the parser makes of it."""
    with pytest.raises(ReadError):
        RDF_TRIPLES.layout.unpack(data.encode(), Report())


PRINTED = st.characters(exclude_categories=["Cc", "Cs", "Cn"])
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=4) | st.sampled_from(["u:a", "_:b0", "literal:x"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["value", "x"]), inner, max_size=2)
    ),
    max_leaves=9,
)


@given(raw=JSON | st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6), JSON).map(list), max_size=4))
def test_any_triples_make_a_sound_persona(raw):
    """A stranger's JSON holds anything."""
    persona = build_persona(as_table(RDF_TRIPLES.layout.to_document(Archive(raw=raw), Report())), source="")
    assert persona.node_id in persona.graph.nodes


@example(name="child_of")
@given(name=st.text(PRINTED, min_size=1, max_size=20).map(str.strip).filter(bool))
def test_an_id_of_ours_comes_back(name):
    """Spaces, Chinese and percent signs among them."""
    assert id_of(iri_of(name)) == name or name.startswith(("urn:", "http"))


@pytest.mark.parametrize(
    "data",
    [
        '{"@context": {"@vocab": "{{char}}"}, "@id": "ada", "knows": {"@id": "babbage"}, "name": "Ada"}',
        '<http://example.org/a> <http://example.org/b> "half \\ud800 a character" .',
        "<http://example.org/a b> <http://example.org/\\u003e\\u0022> <http://example.org/{c}> .",
        f"<http://example.org/{'[ ' * 2_000}> <http://example.org/b> <http://example.org/c> .",
    ],
)
def test_odd_names_and_texts_come_back_and_are_not_logged(data, caplog):
    """Names without a scheme, with what no name may hold, and half characters."""
    again = bytes_in(read(data), RDF_TRIPLES.name, Report())
    assert RDF_TRIPLES.layout.unpack(again, Report()) == RDF_TRIPLES.layout.unpack(data.encode(), Report())
    assert not caplog.records
