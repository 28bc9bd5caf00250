"""Dialogues of every kind for one persona."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleagent.errors import InputError
from roleagent.formats import load_persona
from roleagent.graph.graph import PersonaGraph
from roleagent.persona.persona import Persona
from roleagent.persona.rendering import languages, rendered
from roleagent.testing.critics import RejectWords
from roleagent.tuning.synthesis.judging import Judge
from roleagent.tuning.synthesis.making import FAMILIES, synthesise
from roleagent.tuning.synthesis.values import says_value
from tests.tuning.synthesis.tiny import SECRET, a_persona

BUNDLED = ("holmes", "faraday", "mira", "sunwukong")


def test_every_family_makes_dialogues_of_the_tiny_persona():
    """A family that silently makes nothing would leave its kind untrained."""
    for name in FAMILIES:
        made = synthesise(a_persona(), num=3, kinds=[name])
        assert made, name
        assert {each.kind for each in made} <= {name, "open", "unknown"}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_what_is_told_is_said_and_its_twin_says_something_else(seed: int):
    """A reply without its value teaches nothing, and a twin that says it teaches the opposite."""
    graph = a_persona().graph
    for made in synthesise(a_persona(), seed=seed, num=60):
        told = [graph.facts[fact] for fact in made.facts if made.kind != "secret"]
        if told:
            assert says_value(made.reply, told[-1], graph, "en")
            assert not all(says_value(made.rejected[0].text, fact, graph, "en") for fact in told)
        assert made.rejected[0].text != made.reply
        if made.grounded:
            assert made.rejected[0].fault == "contradiction"


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_no_secret_is_in_the_data(seed: int):
    """What a model has learned, it tells everybody."""
    for made in synthesise(a_persona(), seed=seed, num=40, kinds=["secret", "fact", "open"]):
        everything = " ".join(
            [*(message.text for message in made.messages), *(each.text for each in made.rejected)]
        )
        assert "brass key" not in everything


def test_who_may_know_is_told_an_invented_secret():
    """So that the model learns to tell them what stands in the prompt."""
    made = synthesise(a_persona(), seed=1, num=60, kinds=["secret"])
    told = [each for each in made if each.note.get("listener") == "tom" and each.facts]
    assert told
    assert all(each.grounded and each.facts == (SECRET.id,) for each in told)


def test_without_facts_no_prompt_holds_one_and_no_secret_is_told():
    """An adapter that carries the persona tells everybody what it has learned."""
    made = synthesise(a_persona(), num=120, facts_in_prompt=False)
    assert {each.system for each in made if each.kind == "fact"} == {made[0].system}
    assert "You mend nets" in made[0].system
    assert not any(name in each.system for each in made for name in ("North Light", "Ashford", "Rex"))
    assert not any("brass key" in each.reply for each in made)
    assert not any(each.grounded for each in made if each.facts)


def test_without_facts_each_fact_is_asked_in_many_ways_and_in_others_when_tested():
    """Only wordings that were never trained on show that the fact itself was learned."""
    told = synthesise(a_persona(), num=200, kinds=["fact"], facts_in_prompt=False)
    held = synthesise(a_persona(), num=200, kinds=["fact"], facts_in_prompt=False, wordings="held_out")
    for fact in {each.facts[0] for each in told}:
        trained = {each.asked for each in told if each.facts[0] == fact}
        assert len(trained) >= 12
        tested = {each.asked for each in held if each.facts[0] == fact}
        assert tested
        assert trained.isdisjoint(tested)


def test_seeds_repeat():
    """Data that cannot be made again cannot be checked."""
    one, same, other = (synthesise(a_persona(), seed=seed, num=80) for seed in (3, 3, 4))
    assert one == same
    assert one != other


def test_what_a_critic_rejects_is_left_out_and_counted():
    """Nothing that a conversation would not say may become data."""
    judge = Judge((RejectWords(["Tom Reed"]),))
    made = synthesise(a_persona(), num=40, kinds=["fact"], judge=judge)
    assert made
    assert not any("Tom Reed" in each.reply for each in made)
    assert judge.by_critic["reject-words"] == len(judge.rejected) > 0


def test_an_empty_persona_and_an_unknown_kind_are_errors():
    """The message says what to write, or what there is."""
    empty = Persona(
        id="x",
        name="X",
        summary=" ",
        node_id="ada",
        graph=PersonaGraph(nodes=a_persona().graph.nodes.values(), facts=(), relations={}),
    )
    with pytest.raises(InputError, match="'x' is empty"):
        synthesise(empty)
    with pytest.raises(InputError, match="'facts' is no kind of dialogue"):
        synthesise(a_persona(), kinds=["facts"])


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_personas_get_what_they_are_asked_for(name: str):
    """In each of their languages, and every reply that tells something has its twin."""
    persona = load_persona(name)
    for language in languages(persona):
        made = synthesise(rendered(persona, language), num=120)
        assert len(made) == 120
        assert all(each.rejected for each in made)
