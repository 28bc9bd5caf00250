"""What a turn teaches about the user, and what it must not."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from roleagent import registry
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS
from roleagent.learning import PatternUpdater
from roleagent.testing.conformance import check_updater
from roleagent.types import Fact, GraphUpdate, Node

HOLMES = Node(id="holmes", type="person", label="Sherlock Holmes", aliases=("Holmes",))
LONDON = Node(id="london", type="place", label="London")
USER = Node(id="user", type="person", label="the visitor")


def graph_of(*facts: Fact, nodes: tuple[Node, ...] = (HOLMES, LONDON)) -> PersonaGraph:
    return PersonaGraph(nodes=nodes, facts=facts, relations=CORE_RELATIONS)


def propose(text: str, graph: PersonaGraph | None = None, *, day: int = 1) -> GraphUpdate:
    at = datetime(2026, 3, day, 12, tzinfo=UTC)
    return PatternUpdater().propose(graph or graph_of(), text, at, (f"episode {day}",))


def after(update: GraphUpdate, graph: PersonaGraph | None = None) -> PersonaGraph:
    return (graph or graph_of()).with_learned(update.nodes, update.added)


def test_the_updater_fits_the_protocol_and_has_a_name():
    """An agent names its updater and calls it through the protocol alone."""
    check_updater(registry.get("updater", "patterns"), teaches=["I live in Lyon.", "我住在里昂。"])


def test_a_learned_fact_says_where_it_comes_from():
    """A fact without its episode could not be explained or forgotten."""
    update = propose("I live in Lyon.")
    (fact,) = update.added
    assert fact.id == "user.lives_in.place:Lyon"
    assert (fact.subject, fact.relation, fact.object) == ("user", "lives_in", "place:Lyon")
    assert fact.text == "The user lives in Lyon."
    assert (fact.layer, fact.fixed, fact.valid_to) == ("learned", False, None)
    assert fact.recorded_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert fact.evidence == ("episode 1",)
    assert [node.label for node in update.nodes] == ["the user", "Lyon"]


def test_the_same_turn_always_proposes_the_same():
    """A turn that runs twice, after a crash, must not teach twice."""
    text = "I'm Ann, I live in Lyon and I like tea."
    assert propose(text) == propose(text)


def test_what_is_proposed_fits_the_graph_it_was_proposed_for():
    """Every end of an added fact is a node, or the learned layer could not be laid over."""
    update = propose("I'm Ann. I have a cat called Tom. I live in London and I like chess, tea and fog.")
    learned = after(update)
    assert len(learned) == len(update.added) == 6


def test_a_known_fact_is_not_learned_again():
    """Telling one's name every day adds no fact; the known one notes that it was said again."""
    first = propose("I live in Lyon.")
    update = propose("As I said, I live in LYON.", after(first), day=2)
    known = replace(first.added[0], evidence=("episode 1", "episode 2"))
    assert update == GraphUpdate(merged=(known,))
    assert propose("I live in Lyon.", after(first)) == GraphUpdate()


def test_a_functional_relation_retires_its_older_value():
    """One lives in one place; the old one keeps its time."""
    graph = after(propose("I live in Paris."))
    update = propose("Actually, I moved to Lyon.", graph, day=5)
    assert [(fact.object, fact.valid_from) for fact in update.added] == [("place:Lyon", "2026-03-05")]
    assert [(fact.object, fact.valid_to) for fact in update.superseded] == [("place:Paris", "2026-03-05")]


def test_other_relations_add_without_retiring():
    """Three of four facts that a peer retired were wrongly retired: tea does not end coffee."""
    graph = after(propose("I like tea."))
    update = propose("I like coffee.", graph)
    assert [fact.object for fact in update.added] == ["literal:coffee"]
    assert update.superseded == ()


def test_the_opposite_taste_retires_the_old_one():
    """Liking and disliking one thing cannot both hold."""
    graph = after(propose("I like tea."))
    update = propose("I hate tea.", graph)
    assert [fact.relation for fact in update.added] == ["dislikes"]
    assert [fact.relation for fact in update.superseded] == ["likes"]


def test_an_ending_retires_without_adding():
    """Who lives in Paris no more has not said where they live now."""
    graph = after(propose("I live in Paris. I like tea."))
    update = propose("I no longer live in Paris.", graph)
    assert update.added == ()
    assert [fact.object for fact in update.superseded] == ["place:Paris"]


def test_an_ending_of_something_unknown_changes_nothing():
    """What was never known cannot end."""
    assert propose("I don't live in Rome anymore.") == GraphUpdate()


def test_an_ending_without_a_value_ends_all_of_its_relation():
    """A divorce names nobody."""
    graph = after(propose("My wife is called Marta."))
    assert [fact.relation for fact in propose("I got divorced.", graph).superseded] == ["married_to"]


def test_the_last_word_of_a_turn_counts():
    """Somebody who corrects themselves at once means the correction."""
    update = propose("I live in Paris. Sorry, I live in Lyon.")
    assert [fact.object for fact in update.added] == ["place:Lyon"]
    assert update.superseded == ()
    assert "place:Paris" not in {node.id for node in update.nodes}


@pytest.mark.parametrize("fixed", [True, False])
def test_the_persona_file_holds_against_a_talk(fixed):
    """A chat never rewrites the canon; the proposal is kept visible with what stands against it."""
    born = Fact(
        id="user.lives_in.london",
        subject="user",
        relation="lives_in",
        object="london",
        text="The visitor lives in London.",
        fixed=fixed,
    )
    graph = graph_of(born, nodes=(HOLMES, LONDON, USER))
    update = propose("I live in Lyon.", graph)
    assert update.added == update.superseded == ()
    (held,) = update.held_back
    assert held.because_of == born.id
    assert "Lyon" in held.fact.text
    (ending,) = propose("I don't live in London anymore.", graph).held_back
    assert ending.because_of == born.id


def test_a_fixed_learned_fact_never_moves():
    """Fixed means fixed, whichever layer."""
    name = Fact(
        id="user.is_called.x", subject="user", relation="is_called", object="london", text="…", fixed=True,
        layer="learned",
    )  # fmt: skip
    graph = graph_of(name, nodes=(HOLMES, LONDON, USER))
    assert [held.because_of for held in propose("My name is Ann.", graph).held_back] == [name.id]


def test_a_fact_learned_anew_gets_an_id_of_its_own():
    """The ended fact keeps its id and its time in the graph."""
    ended = Fact(
        id="user.lives_in.place:Lyon",
        subject="user",
        relation="lives_in",
        object="london",
        text="…",
        layer="learned",
        valid_to="2025",
    )
    graph = graph_of(ended, nodes=(HOLMES, LONDON, USER))
    (fact,) = propose("I live in Lyon.", graph).added
    assert (fact.id, fact.valid_from) == ("user.lives_in.place:Lyon@2026-03-01", "2026-03-01")


def test_a_place_of_the_persona_is_the_same_place():
    """The user's London is Holmes's London; only then can the character link them."""
    (fact,) = propose("I live in London.").added
    assert fact.object == "london"


def test_a_private_name_is_nobody_of_the_persona():
    """The user's cat is not the detective, and their brother John is not any John."""
    update = propose("My cat is called Holmes. My brother is called London.")
    assert {fact.object for fact in update.added} == {"animal:Holmes (cat)", "person:London"}


def test_a_pet_is_found_by_its_name():
    """A later question after Tom has to reach the cat."""
    graph = after(propose("I have a cat named Tom."))
    assert graph.mentioned_in("how is Tom today?") == ("animal:Tom (cat)",)


def test_a_chinese_persona_notes_in_chinese():
    """Facts stand in the prompt in the persona's language."""
    canon = Fact(id="a", subject="holmes", relation="likes", object="london", text="福尔摩斯喜欢伦敦。")
    (fact,) = propose("我住在上海。", graph_of(canon)).added
    assert fact.text == "用户住在上海。"


@pytest.mark.parametrize(
    "text",
    [
        "I am " * 5_000,
        "我" * 20_000,
        "I like a, " * 3_000,
        '"' * 10_000,
        "I am" + " " * 20_000,
        "我叫小明，" * 4_000,
    ],
)
def test_a_hostile_text_is_read_within_a_bound(text):
    """No pattern may run away on what a user can send."""
    start = time.thread_time()
    propose(text)
    assert time.thread_time() - start < 10


def test_only_the_beginning_of_a_long_text_is_read():
    """The bound is on characters, and it is kept."""
    assert propose("x" * 4_000 + " I live in Lyon.") == GraphUpdate()
