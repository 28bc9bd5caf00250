"""The persona graph: immutable, quick around a node, and equal by content."""

from __future__ import annotations

import pytest

from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS
from roleagent.types import Fact, Node


def node(id_: str) -> Node:
    return Node(id=id_, type="person", label=id_.title())


def fact(subject: str, relation: str, object_: str, **more) -> Fact:
    return Fact(
        id=f"{subject}.{relation}.{object_}",
        subject=subject,
        relation=relation,
        object=object_,
        text="",
        **more,
    )


A_KNOWS_B, B_KNOWS_C, C_KNOWS_D = fact("a", "knows", "b"), fact("b", "knows", "c"), fact("c", "knows", "d")


@pytest.fixture
def chain() -> PersonaGraph:
    """A knows b, b knows c, c knows d."""
    return PersonaGraph(
        nodes=map(node, "abcd"), facts=[A_KNOWS_B, B_KNOWS_C, C_KNOWS_D], relations=CORE_RELATIONS
    )


def test_the_neighbourhood_grows_by_steps(chain):
    """The prompt takes what is near first."""
    assert chain.neighbourhood(["a"]) == (A_KNOWS_B,)
    assert chain.neighbourhood(["a"], radius=2) == (A_KNOWS_B, B_KNOWS_C)
    assert chain.neighbourhood(["d", "a"], radius=1) == (C_KNOWS_D, A_KNOWS_B)
    assert chain.neighbourhood(["nobody"]) == ()


def test_a_node_knows_the_facts_it_is_in_from_either_end(chain):
    """Facts about somebody are stated by others, too."""
    assert chain.facts_of("b") == (A_KNOWS_B, B_KNOWS_C)
    assert chain.facts_of("nobody") == ()


def test_values_are_those_that_hold_now():
    """A former address is no contradiction."""
    old, new = fact("a", "lives_in", "b", valid_to="1900"), fact("a", "lives_in", "c")
    graph = PersonaGraph(nodes=map(node, "abc"), facts=[old, new], relations=CORE_RELATIONS)
    assert graph.values("a", "lives_in") == (new,)
    assert graph.is_functional("lives_in")
    assert not graph.is_functional("knows")
    assert not graph.is_functional("unheard_of")


def test_what_was_learned_lies_over_the_canon_and_never_replaces_it(chain):
    """A user cannot talk a persona out of its facts."""
    rewritten = fact("a", "knows", "b", layer="learned")
    learned = fact("a", "knows", "user", layer="learned")
    both = chain.with_learned([node("user"), Node(id="a", type="place", label="!")], [rewritten, learned])
    assert both.facts[A_KNOWS_B.id] is A_KNOWS_B
    assert both.nodes["a"].label == "A"
    assert learned in both.facts_of("user")
    assert len(chain) == 3


def test_broken_graphs_are_refused():
    """A fact about nobody would fail much later, in the middle of a turn."""
    with pytest.raises(ValueError, match=r"Fact 'a\.knows\.b' names 'b', which is not a node"):
        PersonaGraph(nodes=[node("a")], facts=[A_KNOWS_B], relations={})
    with pytest.raises(ValueError, match=r"Two facts are called 'a\.knows\.b'"):
        PersonaGraph(nodes=map(node, "ab"), facts=[A_KNOWS_B, A_KNOWS_B], relations={})


def test_graphs_are_equal_by_content_in_whatever_order(chain):
    """A persona read from two formats is the same persona."""
    same = PersonaGraph(
        nodes=map(node, "dcba"), facts=[C_KNOWS_D, A_KNOWS_B, B_KNOWS_C], relations=CORE_RELATIONS
    )
    other = PersonaGraph(nodes=map(node, "abcd"), facts=[A_KNOWS_B, B_KNOWS_C], relations=CORE_RELATIONS)
    assert same == chain
    assert hash(same) == hash(chain)
    assert other != chain
    assert chain != "chain"


def test_nobody_can_change_a_graph_through_its_views(chain):
    """It is shared between threads and turns."""
    with pytest.raises(TypeError):
        chain.nodes["x"] = node("x")
    with pytest.raises(TypeError):
        chain.facts["x"] = A_KNOWS_B


def test_networkx_gets_every_node_and_fact(chain):
    """For those who want its algorithms."""
    graph = chain.to_networkx()
    assert (len(graph), graph.size()) == (4, 3)
    assert graph.edges["a", "b", "a.knows.b"]["relation"] == "knows"


def test_mentions_are_found_by_label(chain):
    """The way from a user's words into the graph."""
    assert chain.mentioned_in("C met A") == ("c", "a")
