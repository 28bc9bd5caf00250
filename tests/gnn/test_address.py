"""The character is "you" where sentences are compared."""

from __future__ import annotations

import pytest

from roleagent.gnn.background import to_second_person
from roleagent.graph.graph import PersonaGraph
from roleagent.types import Node

PEOPLE = [
    Node(id="holmes", type="person", label="Sherlock Holmes", aliases=("Holmes", "福尔摩斯")),
    Node(id="mycroft", type="person", label="Mycroft Holmes", aliases=("Mycroft",)),
    Node(id="watson", type="person", label="Watson"),
]
GRAPH = PersonaGraph(nodes=PEOPLE, facts=[], relations={})


@pytest.mark.parametrize(
    ("text", "addressed"),
    [
        ("Sherlock Holmes plays the violin.", "you plays the violin."),
        ("Good evening, Mr. Holmes!", "Good evening, you!"),
        ("Good evening, mr holmes", "Good evening, you"),
        ("Watson is Holmes's friend, and Holmes’ doctor.", "Watson is your friend, and your doctor."),
        ("Mycroft Holmes works in Whitehall.", "Mycroft Holmes works in Whitehall."),
        ("A Holmesian is no Holmes.", "A Holmesian is no you."),
        ("福尔摩斯住在贝克街。", "你住在贝克街。"),
        ("Where do you live?", "Where do you live?"),
    ],
)
def test_names_of_the_character_become_you(text, addressed):
    """Who asks says "you", and a persona's file says the name."""
    assert to_second_person(GRAPH, "holmes", ["mycroft", "watson"])(text) == addressed


def test_names_are_text_and_no_patterns():
    """A card's character may be called anything."""
    odd = PersonaGraph(nodes=[Node(id="x", type="person", label="C++ (beta)")], facts=[], relations={})
    assert to_second_person(odd, "x", [])("Hello, C++ (beta)! Is C fine?") == "Hello, you! Is C fine?"


def test_a_character_without_a_node_leaves_texts_alone():
    """A graph may hold nothing yet."""
    assert to_second_person(GRAPH, "nobody", [])("Hello, Holmes!") == "Hello, Holmes!"
