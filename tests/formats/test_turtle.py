"""Turtle: plain triples for any RDF tool, statements for all that a triple cannot say."""

from __future__ import annotations

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from roleagent.errors import PersonaFileError
from roleagent.formats.load import load_persona
from roleagent.formats.own.rdf_terms import parse_rdf
from roleagent.formats.own.turtle import read
from roleagent.formats.save import save_persona
from roleagent.persona.problems import ReadError

HEAD = """\
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix ra: <urn:roleagent:ns:> .
@prefix rel: <urn:roleagent:relation:> .
@prefix thing: <urn:roleagent:persona:a:thing:> .
<urn:roleagent:persona:a> a ra:Persona ; ra:roleagent 1 ; ra:id "a" .
"""


def test_a_fact_is_found_by_a_plain_query(small, tmp_path):
    """Without knowing anything of statements."""
    save_persona(load_persona(small), tmp_path / "ada.ttl")
    graph = rdflib.Graph().parse(tmp_path / "ada.ttl")
    query = "SELECT ?who { ?who <urn:roleagent:relation:lives_in> ?where . ?where rdfs:label 'Ockham' }"
    assert [str(row[0]) for row in graph.query(query)] == ["urn:roleagent:persona:ada:thing:ada"]


def test_a_persona_survives_a_trip_through_rdflib(small, tmp_path):
    """A triple store writes the same triples in another order and layout."""
    persona = load_persona(small)
    save_persona(persona, tmp_path / "out.ttl")
    rdflib.Graph().parse(tmp_path / "out.ttl").serialize(tmp_path / "back.ttl")
    assert (tmp_path / "back.ttl").read_text() != (tmp_path / "out.ttl").read_text()
    assert load_persona(tmp_path / "back.ttl") == persona


def test_a_triple_that_an_rdf_tool_added_is_a_fact(small, tmp_path):
    """The statement about it is ours, and nobody else's habit."""
    path = tmp_path / "ada.ttl"
    save_persona(load_persona(small), path)
    path.write_text(path.read_text() + "thing:ada rel:knows thing:babbage .\n")
    assert "ada.knows.babbage" in load_persona(path).graph.facts


def test_mistakes_are_reported_with_their_line(small, tmp_path):
    """Where the file is laid out as ours are."""
    path = tmp_path / "ada.ttl"
    save_persona(load_persona(small), path)
    text = path.read_text().replace("thing:babbage a type:person", "thing:babbage a type:persn")
    path.write_text(text)
    line = text[: text.index("type:persn")].count("\n") + 1
    with pytest.raises(PersonaFileError, match=rf"ttl:{line}:1: 'persn' is not a node type"):
        load_persona(path)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "0 personas"),
        ("<http://a> <http://b> <http://c> .", 1, "'http://b' says nothing that a persona has a place for"),
        (HEAD + "<urn:roleagent:persona:b> a ra:Persona .", 1, "2 personas"),
        (HEAD + "thing:a rel:knows thing:b\nthing:c", 7, "not well-formed Turtle"),
        (HEAD + 'thing:a ra:label "x', 6, "not well-formed Turtle: a string has no end"),
        (HEAD + 'thing:a ra:aliases "[}"^^rdf:JSON .', 1, "not well-formed JSON"),
        (HEAD + '<urn:roleagent:persona:a> ra:id "b" .', 5, "key 'id' stands here a second time"),
        ("[" * 20_000, 1, "cannot be read as RDF"),
    ],
)
def test_what_is_no_persona_is_refused(text, line, message):
    """With the line, where the parser says it."""
    with pytest.raises(ReadError) as caught:
        read(text)
    assert message in caught.value.message
    assert caught.value.place.line == line


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(lambda text: text * 60)


@given(text=TEXTS, quotes=st.sampled_from(['"', "'", '"""', "'''"]))
def test_a_long_string_says_what_rdflib_reads_in_it(text, quotes):
    """It is taken out before rdflib sees it, since many escapes take rdflib minutes."""
    escaped = "".join(f"\\U{ord(char):08X}" if char in "\\\"'\n\r" else char for char in text)
    source = f'<u:a> <u:b> {quotes}{escaped}{quotes} . # it\'s "so"'
    (triple,) = parse_rdf(source, "turtle")
    ((_, _, expected),) = rdflib.Graph().parse(data=source, format="turtle")
    assert triple.object.text == str(expected) == text


def test_a_string_of_many_escapes_takes_no_longer_than_its_length():
    """A million of them would take rdflib a minute."""
    (triple,) = parse_rdf('<u:a> <u:b> "' + "\\n" * 1_000_000 + '" .', "turtle")
    assert triple.object.text == "\n" * 1_000_000


def test_an_unknown_escape_in_a_long_string_is_refused():
    """As in a short one."""
    with pytest.raises(ReadError, match="unknown escape"):
        read(HEAD + f'thing:a ra:label "{"x" * 2_000}\\q" .')
