"""The picture is well-formed, complete and safe to open."""

from __future__ import annotations

import dataclasses
from xml.etree import ElementTree

import pytest

from roleagent.persona.colours import COLOUR_OF
from roleagent.persona.draw_svg import svg_text
from roleagent.persona.load import load_persona
from roleagent.persona.schema import NODE_TYPES

SVG = "{http://www.w3.org/2000/svg}"


def words_of(text: str) -> set[str]:
    """All texts that can be seen in a picture."""
    return {"".join(element.itertext()) for element in ElementTree.fromstring(text).iter(f"{SVG}text")}


def test_every_node_is_in_the_picture_and_every_fact_under_the_pointer(small):
    """Browsers show an element's title when one points at it."""
    persona = load_persona(small)
    text = svg_text(persona)
    titles = {element.text for element in ElementTree.fromstring(text).iter(f"{SVG}title")}
    assert {node.label for node in persona.graph.nodes.values()} <= words_of(text)
    assert {fact.text for fact in persona.graph.facts.values()} <= titles


def test_texts_of_the_file_are_escaped(small):
    """An SVG file can run scripts as a page can."""
    evil = "</text><script>alert(1)</script>&"
    persona = dataclasses.replace(load_persona(small), name=evil)
    root = ElementTree.fromstring(svg_text(persona))
    assert not list(root.iter(f"{SVG}script"))
    assert root.find(f"{SVG}title").text == evil


def test_relations_are_named_in_the_personas_language():
    """A Chinese persona's picture is in Chinese."""
    assert "住在" in words_of(svg_text(load_persona("sunwukong")))


@pytest.mark.parametrize("node_type", NODE_TYPES)
def test_every_node_type_has_a_colour(node_type):
    """A type that is added to the schema must not break the picture."""
    assert COLOUR_OF[node_type].startswith("#")


def test_the_colours_differ():
    """The legend would mean nothing."""
    assert len(set(COLOUR_OF.values())) == len(NODE_TYPES)
