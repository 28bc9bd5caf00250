"""Paths and patterns: questions that take more than one fact to answer."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.errors import InputError
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS
from tests.graph import graphs
from tests.graph.graphs import fact, graph_of, person

FRIENDS = fact("watson", "friend_of", "holmes")
LODGES = fact("watson", "lives_in", "baker_street")
HOME = fact("holmes", "lives_in", "baker_street")
FATHER = fact("siger", "parent_of", "holmes")
BROTHER = fact("mycroft", "child_of", "siger")
CLUB = fact("mycroft", "member_of", "club")
FORMER = fact("watson", "lives_in", "strand", valid_to="1881")
WAR = fact("watson", "took_part_in", "war", valid_to="1880")
LONDON = graph_of(
    FRIENDS, LODGES, HOME, FATHER, BROTHER, CLUB, FORMER, WAR,
    types={"baker_street": "place", "strand": "place", "club": "organisation", "war": "event"},
)  # fmt: skip


# ── paths ────────────────────────────────────────────────────────────────────────────────────


def test_paths_come_shortest_first_and_go_either_way():
    """The nearest connection is the one to tell."""
    assert LONDON.paths("holmes", "watson") == ((FRIENDS,), (HOME, LODGES))
    assert LONDON.paths("watson", "club") == ((FRIENDS, FATHER, BROTHER, CLUB),)
    assert LONDON.paths("holmes", "watson", limit=1) == ((FRIENDS,),)
    assert LONDON.paths("watson", "club", max_length=3) == ()


def test_what_is_over_makes_no_path_unless_asked_for():
    """A former home is no connection today; what one took part in is."""
    assert LONDON.paths("watson", "strand") == ()
    assert LONDON.paths("watson", "strand", ended=True) == ((FORMER,),)
    assert LONDON.paths("watson", "war") == ((WAR,),)


def test_between_unknown_nodes_there_is_no_path():
    """Nor from a node to itself."""
    assert LONDON.paths("holmes", "nobody") == LONDON.paths("nobody", "holmes") == ()
    assert LONDON.paths("holmes", "holmes") == ()


@pytest.mark.parametrize("length", [0, 9])
def test_a_length_out_of_range_is_refused(length):
    """Longer paths are too many to look at."""
    with pytest.raises(InputError, match="from 1 to 8"):
        LONDON.paths("holmes", "watson", max_length=length)


def brute_paths(graph: PersonaGraph, source: str, target: str, max_length: int) -> set:
    """Every chain of facts, by trying all orders of the facts."""
    found = set()
    for length in range(1, max_length + 1):
        for chain in permutations(graph.facts.values(), length):
            at, seen = source, {source}
            for each in chain:
                if at not in (each.subject, each.object):
                    break
                at = each.object if at == each.subject else each.subject
                if at in seen:
                    break
                seen.add(at)
            else:
                if at == target and target not in {source}:
                    found.add(tuple(each.id for each in chain))
    return found


@given(st.data())
def test_no_path_is_missed(data):
    """Against trying everything."""
    nodes = data.draw(graphs.nodes(graphs.IDS[:4]))
    facts = data.draw(graphs.facts(graphs.IDS[:4], max_size=6))
    graph = PersonaGraph(nodes=nodes, facts=facts, relations=CORE_RELATIONS)
    paths = graph.paths("n0", "n1", max_length=4, limit=10_000, ended=True)
    assert {tuple(each.id for each in path) for path in paths} == brute_paths(graph, "n0", "n1", 4)
    assert [len(path) for path in paths] == sorted(len(path) for path in paths)
    assert len(set(paths)) == len(paths)


def test_a_search_without_end_is_stopped(monkeypatch):
    """A question in a chat must not take the machine."""
    monkeypatch.setattr("roleagent.graph.query.MAX_LOOKED_AT", 1_000)
    names = [f"p{number}" for number in range(40)]
    dense = graph_of(*(fact(one, "knows", other) for one in names for other in names))
    with pytest.raises(InputError, match="1,000 facts and did not finish"):
        dense.paths("p0", "p1", max_length=8, limit=10**9)
    with pytest.raises(InputError, match="name more nodes"):
        dense.match([("?a", "knows", "?b"), ("?b", "knows", "?c"), ("?c", "knows", "?d")], limit=10**9)


# ── patterns ─────────────────────────────────────────────────────────────────────────────────


def test_variables_take_what_fits_every_pattern():
    """A question that takes two facts has one answer."""
    asked = [("?who:person", "friend_of", "holmes"), ("?who", "lives_in", "?where:place")]
    assert LONDON.match(asked) == ({"who": "watson", "where": "baker_street"},)
    assert LONDON.match(asked, ended=True) == (
        {"who": "watson", "where": "baker_street"},
        {"who": "watson", "where": "strand"},
    )


def test_a_symmetric_relation_fits_both_ways():
    """Holmes is Watson's friend as Watson is his."""
    assert LONDON.match([("holmes", "friend_of", "?who")]) == ({"who": "watson"},)


def test_an_inverse_is_read_from_the_other_end():
    """A child of Siger, whoever said so; and one relation that declares the inverse is enough."""
    assert {each["child"] for each in LONDON.match([("siger", "parent_of", "?child")])} == {
        "holmes",
        "mycroft",
    }
    assert {each["child"] for each in LONDON.match([("?child", "child_of", "siger")])} == {
        "holmes",
        "mycroft",
    }
    siblings = [("?a", "child_of", "?p"), ("?b", "child_of", "?p")]
    assert {"a": "mycroft", "b": "holmes", "p": "siger"} in LONDON.match(siblings)


def test_a_relation_may_be_asked_for():
    """What lies between two nodes is a question, too."""
    assert LONDON.match([("watson", "?how", "holmes")]) == ({"how": "friend_of"},)
    assert {each["how"] for each in LONDON.match([("siger", "?how", "mycroft")])} == {"parent_of"}


def test_types_and_repeated_variables_bind():
    """A place is not a person, and one name is one node."""
    assert LONDON.match([("watson", "lives_in", "?x:person")]) == ()
    assert LONDON.match([("?x", "lives_in", "?x")]) == ()
    assert graph_of(fact("a", "likes", "a")).match([("?x", "likes", "?x")]) == ({"x": "a"},)


def test_a_pattern_without_variables_says_whether_it_is_so():
    """One empty answer for yes, none for no."""
    assert LONDON.match([("holmes", "friend_of", "watson")]) == ({},)
    assert LONDON.match([("holmes", "friend_of", "mycroft")]) == ()
    assert LONDON.match([("nobody", "unheard_of", "?x")]) == ()


def test_no_more_than_asked_for():
    """An answer goes into a prompt."""
    assert len(LONDON.match([("?a", "?r", "?b")], limit=3)) == 3
    assert LONDON.match([("?a", "?r", "?b")], limit=0) == ()


@pytest.mark.parametrize(
    ("patterns", "message"),
    [
        ([], "takes 1 to 12 patterns, and got 0"),
        ([("a", "b", "c")] * 13, "and got 13"),
        ([("?", "knows", "b")], "is not a pattern"),
        ([("?:person", "knows", "b")], "has no name"),
        ([("a", "knows")], "is not a pattern"),
        ([("a", "?r:person", "b")], "has no type"),
    ],
)
def test_a_malformed_pattern_is_refused(patterns, message):
    """A model that asks wrongly must be told how to ask."""
    with pytest.raises(InputError, match=message):
        LONDON.match(patterns)


@given(graphs.layers())
def test_no_match_is_missed(layered):
    """Two patterns against two nested loops over what the facts say."""
    base, nodes, facts = layered
    graph = base.with_learned(nodes, facts)
    said = set()
    for each in graph.facts.values():
        said.add((each.subject, each.relation, each.object))
        if each.relation in ("friend_of", "met"):
            said.add((each.object, each.relation, each.subject))
        other = {"parent_of": "child_of", "child_of": "parent_of"}.get(each.relation)
        if other:
            said.add((each.object, other, each.subject))
    wanted = {
        (a, b, c)
        for a, first, b in said
        for b_again, second, c in said
        if b == b_again
        and first in ("friend_of",)
        and second == "parent_of"
        and graph.nodes[c].type == "place"
    }
    found = graph.match([("?a", "friend_of", "?b"), ("?b", "parent_of", "?c:place")], limit=10**6, ended=True)
    assert {(each["a"], each["b"], each["c"]) for each in found} == wanted
    assert len(found) == len(wanted)


def test_a_lone_node_has_neither():
    """Nothing to say is no error."""
    graph = PersonaGraph(nodes=[person("a"), person("b")], facts=[], relations={})
    assert graph.paths("a", "b") == ()
    assert graph.match([("?x", "?r", "?y")]) == ()
