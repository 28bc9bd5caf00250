"""What was learned lies over the base, and the two read as one graph."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from roleagent.graph.graph import PersonaGraph
from roleagent.graph.overlay import Layered, links
from roleagent.graph.schema import CORE_RELATIONS
from roleagent.types import Fact
from tests.graph.graphs import IDS, check_same, fact, graph_of, layers, person


def rebuilt(base: PersonaGraph, nodes: list, facts: list[Fact]) -> PersonaGraph:
    """The same graph the slow way: everything in one list."""
    incoming = {each.id: each for each in facts}
    learned = {
        id_: each
        for id_, each in incoming.items()
        if id_ not in base.facts or base.facts[id_].layer == "current"
    }
    new_nodes = {each.id: each for each in nodes if each.id not in base.nodes}
    return PersonaGraph(
        nodes=[*new_nodes.values(), *base.nodes.values()],
        facts=[*learned.values(), *(each for id_, each in base.facts.items() if id_ not in learned)],
        relations=base.relations,
    )


@given(layers())
def test_a_learned_layer_reads_as_if_everything_stood_in_one_list(layered):
    """A caller cannot tell how a graph was made."""
    base, nodes, facts = layered
    check_same(base.with_learned(nodes, facts), rebuilt(base, nodes, facts))


@given(layers(), st.integers(0, 6))
def test_learning_twice_is_learning_the_later_over_the_earlier(layered, split):
    """A turn may add to what an earlier one learned."""
    base, nodes, facts = layered
    once = base.with_learned(nodes, facts[:split])
    twice = once.with_learned([], facts[split:])
    check_same(twice, rebuilt(rebuilt(base, nodes, facts[:split]), [], facts[split:]))
    assert twice.base is base or not facts[split:]


def test_a_current_fact_moves_and_canon_does_not():
    """Where the character is now changes in talk; who it is does not."""
    here = fact("holmes", "located_in", "london", id="where", layer="current")
    home = fact("holmes", "lives_in", "london", id="home")
    base = graph_of(here, home)
    moved = fact("holmes", "located_in", "dover", id="where", layer="current")
    rumour = fact("holmes", "lives_in", "dover", id="home", layer="learned")
    graph = base.with_learned([person("dover")], [moved, rumour])
    assert graph.facts == {"where": moved, "home": home}
    assert graph.facts_of("london") == (home,)
    assert graph.facts_of("dover") == (moved,)
    assert base.facts["where"] is here


def test_a_fixed_current_fact_stays():
    """Fixed means that no update ever changes it."""
    here = fact("ghost", "located_in", "house", id="where", layer="current", fixed=True)
    base = graph_of(here)
    graph = base.with_learned([person("street")], [fact("ghost", "located_in", "street", id="where")])
    assert graph.facts["where"] is here


def test_history_is_kept_beside_the_facts():
    """Former versions share an id with the present one."""
    former = fact("a", "knows", "b", id="x", confidence=0.5)
    graph = graph_of(fact("a", "knows", "b", id="x")).with_learned([], [], [former, former])
    assert graph.history == (former, former)
    assert len(graph) == 1
    assert graph != graph.base


def test_learning_nothing_gives_the_same_graph():
    """Most turns of most users begin so."""
    base = graph_of(fact("a", "knows", "b"))
    assert base.with_learned([], []) is base


def test_the_cost_of_learning_does_not_grow_with_the_persona():
    """It is paid every turn; a rebuild of this graph takes over a second."""
    base = PersonaGraph(
        nodes=[person(f"p{number}") for number in range(50_000)],
        facts=[fact(f"p{number}", "knows", f"p{number + 1}") for number in range(49_999)],
        relations=CORE_RELATIONS,
    )
    start = time.thread_time()
    for number in range(100):
        base.with_learned([person("user")], [fact("user", "knows", f"p{number}")])
    assert time.thread_time() - start < 0.1


def test_a_layered_mapping_is_a_mapping():
    """Its items are those that are seen, and no others."""
    both = Layered({"a": 1}, {"b": 2, "c": 3}, {"c"})
    assert (dict(both), len(both), "c" in both, both.get("c")) == ({"a": 1, "b": 2}, 2, False, None)
    assert repr(both) == "Layered({'a': 1, 'b': 2})"


def test_links_name_a_fact_about_itself_once():
    """It would be told twice."""
    loop = fact("a", "likes", "a")
    assert links([loop]) == {"a": [loop]}
    assert set(links([fact(IDS[0], "knows", IDS[1])])) == {IDS[0], IDS[1]}
