"""Boxes keep clear of each other, and the same graph is always laid out alike."""

from __future__ import annotations

from itertools import combinations

import pytest

from roleagent.drawing.layout import lay_out, relation_words, shortened, text_width
from roleagent.formats.load import bundled_personas, load_persona
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS
from roleagent.persona.persona import Persona
from roleagent.types import Fact, Node


@pytest.mark.parametrize("name", bundled_personas())
def test_no_label_covers_another(name):
    """A picture that cannot be read is no picture."""
    boxes = lay_out(load_persona(name)).boxes
    covered = [
        (one.label, other.label)
        for one, other in combinations(boxes, 2)
        if abs(one.x - other.x) < (one.width + other.width) / 2
        and abs(one.y - other.y) < (one.height + other.height) / 2
    ]
    assert covered == []


def test_the_same_graph_is_laid_out_alike(small):
    """Pictures in a repository should not change by themselves."""
    assert lay_out(load_persona(small)) == lay_out(load_persona(small))


def test_a_large_graph_is_drawn_around_the_character():
    """Ten thousand boxes are a grey wall; the nearest are drawn, and the rest is counted."""
    nodes = [Node(id=str(number), type="person", label=str(number)) for number in range(1_000)]
    facts = [
        Fact(id=f"f{n}", subject=str(n), relation="knows", object=str(n + 1), text="") for n in range(999)
    ]
    graph = PersonaGraph(nodes=nodes, facts=facts, relations=CORE_RELATIONS)
    persona = Persona(id="p", name="P", summary="You are P.", graph=graph, node_id="500")
    picture = lay_out(persona, max_nodes=5)
    assert {box.node.id for box in picture.boxes} == {"498", "499", "500", "501", "502"}
    assert picture.num_hidden == 995
    assert len(picture.links) == 4


def test_a_persona_of_a_single_node_can_be_drawn():
    """The first minute of writing one."""
    graph = PersonaGraph(nodes=[Node(id="p", type="person", label="P")], facts=[], relations={})
    picture = lay_out(Persona(id="p", name="P", summary="You are P.", graph=graph, node_id="p"))
    assert [(box.x, box.y) for box in picture.boxes] == [(0, 0)]


def test_a_wide_character_takes_the_room_of_two():
    """Chinese labels would run over their boxes."""
    assert text_width("孙悟空", 10) == 30
    assert shortened("孙悟空大闹天宫", 6) == "孙悟空…"
    assert shortened("Holmes", 6) == "Holmes"


def test_a_relation_is_named_without_its_ends():
    """The words stand on the line between the two."""
    assert relation_words(CORE_RELATIONS["lives_in"], "en") == "lives in"
    assert relation_words(CORE_RELATIONS["member_of"], "zh-CN") == "是…的成员"
