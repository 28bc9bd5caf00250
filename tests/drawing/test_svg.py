"""The picture is well-formed, complete and safe to open."""

from __future__ import annotations

import dataclasses
import sys
from xml.etree import ElementTree

import pytest
from PIL import Image

from roleagent.drawing.layout import COLOUR_OF
from roleagent.drawing.svg import draw_png, svg_text
from roleagent.errors import ConfigurationError, MissingExtraError
from roleagent.formats.load import load_persona
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import NODE_TYPES
from roleagent.persona.persona import Persona
from roleagent.types import Lift

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


def test_facts_in_mind_stand_out(small):
    """What was asked, their scores, and nothing else in words."""
    persona = load_persona(small)
    one, other, *_ = persona.graph.facts.values()
    found = dataclasses.replace(one, score=0.87, lifted_by=(Lift(facts=(other.id,), weight=1.0),))
    text = svg_text(persona, asked="Who is <she>?", in_mind=[found])
    root = ElementTree.fromstring(text)
    assert "“Who is <she>?”" in words_of(text)
    assert [words for words in words_of(text) if words.endswith(" 0.87")]
    widths = [path.get("stroke-width") for path in root.iter(f"{SVG}path")]
    assert (widths.count("3.2"), widths.count("1.8")) == (1, 1)
    pale = [group for group in root.iter(f"{SVG}g") if group.get("opacity")]
    ends = {persona.node_id, one.subject, one.object, other.subject, other.object}
    assert len(pale) == len(persona.graph.nodes) - len(ends)


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


def with_secret(visibility: tuple[str, ...]) -> Persona:
    """Holmes, with one fact that is not for everybody."""
    holmes = load_persona("holmes")
    fact = dataclasses.replace(holmes.graph.facts["holmes.plays.violin"], visibility=visibility)
    facts = {**holmes.graph.facts, fact.id: fact}
    graph = PersonaGraph(
        nodes=holmes.graph.nodes.values(), facts=facts.values(), relations=holmes.graph.relations
    )
    return dataclasses.replace(holmes, graph=graph)


def test_secrets_are_marked(small):
    """An author sees at a glance what is not for everybody."""
    plain = svg_text(load_persona(small))
    drawn = svg_text(with_secret(("watson",)))
    assert "not for everybody" in words_of(drawn)
    assert "(secret: for watson)" in drawn
    assert "not for everybody" not in words_of(plain)


def test_a_png_is_painted_with_its_words(tmp_path):
    """Chats and documents show pixels; boxes without words tell nothing."""
    path = tmp_path / "holmes.png"
    try:
        draw_png(load_persona("holmes"), path)
    except ConfigurationError as error:
        pytest.skip(str(error))  # a machine without a single font
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        assert picture.width > 600
        head = picture.convert("L").crop((0, 0, picture.width // 3, 60))
        assert head.getextrema()[0] < 80  # the name, in dark ink


def test_letters_that_no_font_here_has_are_named(tmp_path):
    """A picture without words would be worse than none."""
    holmes = dataclasses.replace(load_persona("holmes"), name="𓀀𓁐")  # Egyptian hieroglyphs
    with pytest.raises(ConfigurationError, match="No font on this machine"):
        draw_png(holmes, tmp_path / "x.png")


def test_without_the_painter_a_png_is_refused_with_the_way_out(tmp_path, monkeypatch):
    """The package is an extra."""
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(MissingExtraError, match=r"roleagent\[draw\]"):
        draw_png(load_persona("holmes"), tmp_path / "x.png")
