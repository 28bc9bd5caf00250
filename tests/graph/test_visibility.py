"""Secrets: nobody hears what is not for them, not even a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.graph.graph import PersonaGraph
from roleagent.graph.timeline import cut_time
from roleagent.graph.visibility import cut_secrets, listeners_of, may_learn
from tests.graph.graphs import check_whole, fact, graph_of, layers, person

STRANGER, WATSON, BOTH = frozenset({"user:bob"}), frozenset({"watson"}), frozenset({"watson", "moriarty"})


@pytest.mark.parametrize(
    ("visibility", "listeners", "may"),
    [
        (("public",), frozenset(), True),
        (("public",), BOTH, True),
        ((), WATSON, False),
        (("watson",), WATSON, True),
        (("watson",), STRANGER, False),
        (("watson",), BOTH, False),
        (("watson", "moriarty"), BOTH, True),
        (("watson",), frozenset(), False),
        (("user:ada",), frozenset({"user:ada"}), True),
        (("unknown",), WATSON, False),
        (("unknown", "watson"), WATSON, False),
        (("public", "unknown"), WATSON, False),
        (("watson",), frozenset({frozenset({"watson", "user:ada"})}), True),
        (("user:ada",), frozenset({frozenset({"watson", "user:ada"})}), True),
        (("user:ada",), frozenset({frozenset({"watson", "user:ada"}), "moriarty"}), False),
    ],
)
def test_everybody_who_listens_must_be_allowed(visibility, listeners, may):
    """One ear too many is enough to keep silent; what the character does not know it tells nobody."""
    assert may_learn(visibility, listeners) is may


def test_a_conversation_has_one_listener_with_all_their_names():
    """The user is one and the same as the person they stand for."""
    assert listeners_of("ada", "watson") == {frozenset({"user:ada", "watson"})}
    assert listeners_of("bob") == {frozenset({"user:bob"})}


WORLD = graph_of(
    fact("holmes", "sibling_of", "sherrinford", text="He has a third brother.", visibility=("watson",)),
    fact("sherrinford", "lives_in", "asylum", visibility=("watson",)),
    fact("holmes", "lives_in", "london"),
    fact("watson", "wants", "surprise", text="A party is planned.", visibility=("unknown", "watson")),
    types={"asylum": "place", "london": "place"},
)


def test_not_even_the_name_of_a_secret_is_left():
    """A label in a prompt tells as much as a sentence."""
    cut = cut_secrets(WORLD, STRANGER, own="holmes")
    assert {node.label for node in cut.nodes} == {"Sherrinford", "Asylum", "Surprise", "Watson"}
    assert len(cut.facts) == 3
    graph = cut.graph
    assert set(graph.nodes) == {"holmes", "london"}
    assert graph.mentioned_in("Sherrinford in the Asylum, and Holmes") == ("holmes",)
    assert graph.search("third brother Sherrinford") == ()
    assert set(graph.to_networkx()) == {"holmes", "london"}
    assert graph.to_pyg().node_labels == ["Holmes", "London"]
    assert graph.neighbourhood(["sherrinford", "asylum"]) == ()


def test_a_confidant_hears_all_but_what_the_character_does_not_know():
    """The surprise stays one, to the character as to everybody it talks to."""
    graph = cut_secrets(WORLD, WATSON, own="holmes").graph
    assert set(graph.facts) == set(WORLD.facts) - {"watson.wants.surprise"}
    assert "surprise" not in graph.nodes


def test_the_characters_own_node_stays():
    """A character may have nothing but secrets."""
    graph = graph_of(fact("spy", "serves", "crown", visibility=()))
    assert set(cut_secrets(graph, STRANGER, own="spy").graph.nodes) == {"spy"}
    assert set(cut_secrets(graph, STRANGER).graph.nodes) == set()


def test_listeners_whom_no_fact_names_share_one_view():
    """A thousand users must not mean a thousand copies of the persona."""
    first = cut_secrets(WORLD, frozenset({"user:1"}), own="holmes")
    assert all(cut_secrets(WORLD, frozenset({f"user:{n}"}), own="holmes") is first for n in range(50))


def test_a_persona_without_secrets_is_left_alone():
    """Most are."""
    graph = graph_of(fact("a", "knows", "b"))
    assert cut_secrets(graph, STRANGER).graph is graph
    learned = graph.with_learned([], [fact("b", "knows", "a", layer="learned", visibility=("user:x",))])
    assert cut_secrets(learned, STRANGER).graph == graph


def test_former_versions_keep_secrets_too():
    """What was a secret yesterday is no less of one in the history."""
    former = fact("a", "knows", "b", id="x", visibility=("watson",))
    graph = graph_of(fact("a", "knows", "c"), history=(former,))
    assert cut_secrets(graph, STRANGER).graph.history == ()
    learned = graph_of(fact("a", "knows", "b")).with_learned([], [], [former])
    assert cut_secrets(learned, STRANGER).graph.history == ()
    assert cut_secrets(learned, WATSON).graph.history == (former,)


def test_somebody_a_user_speaks_of_openly_is_there():
    """A node stays as long as one fact about it may be told."""
    said = fact("user", "knows", "sherrinford", layer="learned")
    graph = cut_secrets(WORLD.with_learned([person("user")], [said]), STRANGER, own="holmes").graph
    assert graph.facts_of("sherrinford") == (said,)
    check_whole(graph)


NAMES = ("n1", "user:u", "n2")


def expected(graph: PersonaGraph, listeners: frozenset, own: str) -> tuple[set[str], set[str]]:
    """Ids of the facts and nodes that are left, by the definition."""

    def is_told(each) -> bool:
        if "unknown" in each.visibility:
            return False
        named = listeners and listeners <= set(each.visibility)
        return "public" in each.visibility or bool(named)

    left = [each for each in graph.facts.values() if is_told(each)]
    taken = [
        each for each in (*graph.facts.values(), *graph.base.facts.values()) if not is_told(each)
    ]  # what stood in the place of a learned fact counts
    ends = [{end for each in some for end in (each.subject, each.object)} for some in (taken, left)]
    return {each.id for each in left}, set(graph.nodes) - (ends[0] - ends[1] - {own})


@given(layers(), st.frozensets(st.sampled_from(NAMES)), st.sampled_from(("n0", "")), st.booleans())
def test_a_listener_sees_what_the_definition_says(layered, listeners, own, is_dated):
    """With a base and a layer, as with one list, and after a cut in time."""
    base, nodes, facts = layered
    graph = base.with_learned(nodes, facts)
    if is_dated:
        base, graph = (cut_time(each, "1881-03").graph for each in (base, graph))
    for each in (base, graph):
        cut = cut_secrets(each, listeners, own=own)
        fact_ids, node_ids = expected(each, listeners, own)
        assert set(cut.graph.facts) == fact_ids
        assert set(cut.graph.nodes) == node_ids
        assert {node.id for node in cut.nodes} == set(each.nodes) - node_ids
        assert {fact.id for fact in cut.facts} == set(each.facts) - fact_ids
        check_whole(cut.graph)


def test_where_the_character_was_does_not_keep_a_secret_place():
    """Its only open fact has moved on; what is left of it is secret."""
    here = fact("spy", "located_in", "hideout", id="where", layer="current")
    base = graph_of(here, fact("hideout", "part_of", "palace", visibility=()), types={"hideout": "place"})
    moved = fact("spy", "located_in", "inn", id="where", layer="current")
    graph = base.with_learned([person("inn")], [moved])
    assert "hideout" in cut_secrets(base, STRANGER, own="spy").graph.nodes
    cut = cut_secrets(graph, STRANGER, own="spy")
    assert set(cut.graph.nodes) == {"spy", "inn"}
    assert {node.id for node in cut.nodes} == {"hideout", "palace"}
    check_whole(cut.graph)
