"""Finding the nodes that a text names."""

from __future__ import annotations

import pytest

from roleagent.graph.mentions import MentionFinder
from roleagent.types import Node

NODES = [
    Node(id="holmes", type="person", label="Sherlock Holmes", aliases=("Holmes",)),
    Node(id="mycroft", type="person", label="Mycroft Holmes", aliases=("Mycroft",)),
    Node(id="street", type="place", label="221B Baker Street", aliases=("Baker Street",)),
    Node(id="hall", type="place", label="St James's Hall"),
    Node(id="rache", type="topic", label="C++"),
    Node(id="wukong", type="person", label="孙悟空", aliases=("悟空", "Monkey")),
    Node(id="mountain", type="place", label="花果山"),
    Node(id="fruit", type="topic", label="花果"),
    Node(id="literal:3", type="literal", label="3"),
    Node(id="again", type="person", label="holmes"),
]
FINDER = MentionFinder(NODES)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Where does Holmes live?", ("holmes",)),
        ("SHERLOCK HOLMES!", ("holmes",)),
        ("That is Holmes's pipe, and Holmes’s too.", ("holmes",)),
        ("A Holmesian deduction by MacHolmes", ()),
        ("Mycroft Holmes and his brother", ("mycroft",)),
        ("in Baker Street, by Holmes", ("street", "holmes")),
        ("at 221B Baker\n Street", ("street",)),
        ("a concert at St James’s Hall", ("hall",)),
        ("I write C++.", ("rache",)),
        ("孙悟空住在花果山", ("wukong", "mountain")),
        ("花果和花果山", ("fruit", "mountain")),
        ("悟空你好", ("wukong",)),
        ("我认识Holmes先生", ("holmes",)),
        ("Ｈｏｌｍｅｓ", ("holmes",)),
        ("There are 3 of them", ()),
        ("", ()),
    ],
)
def test_names_are_found_as_people_write_them(text, ids):
    """Each mention pulls facts into the prompt; a false one pulls in the wrong ones."""
    assert FINDER.find(text) == ids


def test_a_node_without_a_name_in_any_script_is_never_found():
    """A label of blanks would otherwise be found everywhere."""
    assert MentionFinder([Node(id="blank", type="topic", label="  ")]).find("anything  at all") == ()


def test_ten_thousand_names_that_begin_alike_cost_no_more_than_one():
    """The look-ups are by whole names, not one name after another."""
    finder = MentionFinder(Node(id=f"n{n}", type="person", label=f"Agent {n}") for n in range(10_000))
    assert finder.find("Agent 17 met agent 9999 " * 2_000) == ("n17", "n9999")
