"""Dialogues from the shipped scripts."""

import pytest

from roleagent.gnn.training.characters import FOLDER, read_character
from roleagent.gnn.training.talks import CHARACTER
from roleagent.graph.schema import in_its_time
from roleagent.persona.address import to_character
from roleagent.persona.persona import Persona
from roleagent.tuning.script_dialogues import script_dialogues


@pytest.fixture(scope="module")
def dialogues():
    return script_dialogues(held_out=True)


def test_the_prompt_holds_what_the_reply_needs(dialogues):
    """A grounded reply whose ground is missing would teach the model to invent."""
    checked = found = 0
    for name in {each.persona for each in dialogues}:
        graph = read_character(FOLDER / f"{name}.txt").graph
        persona = Persona(
            id=name,
            name=graph.nodes[CHARACTER].label,
            summary="",
            node_id=CHARACTER,
            graph=graph,
            language=name[:2],
        )
        for dialogue in (each for each in dialogues if each.persona == name):
            read = "\n".join(message.text for message in dialogue.messages[:-1])
            for fact in dialogue.facts:
                told = [graph.facts[fact].text, in_its_time(graph.facts[fact])]
                words = [to_character(text, persona) for text in told]
                value = graph.nodes[graph.facts[fact].object].label
                found += any(each in read for each in (*words, value))
                checked += 1
    assert checked > 50
    assert found >= 0.99 * checked  # a pronoun may be told otherwise


def test_a_talk_of_several_exchanges_becomes_as_many_dialogues(dialogues):
    """Each reply is learned once, with those before it as history."""
    later = [each for each in dialogues if len(each.messages) > 3]
    assert later
    for dialogue in later:
        assert [each.role for each in dialogue.messages[1:]] == ["user", "assistant"] * (
            len(dialogue.messages) // 2
        )
        assert [each.learn for each in dialogue.messages].count(True) == 1


def test_faults_follow_the_kind(dialogues):
    """Contradictions where something stands in the prompt, voice in small talk, safety in care."""
    faults = {
        (each.kind, rejected.fault)
        for each in dialogues
        for rejected in each.rejected
        if each.kind in ("fact", "small_talk", "care")
    }
    assert faults == {("fact", "contradiction"), ("small_talk", "voice"), ("care", "safety")}


def test_a_seed_repeats_and_another_draws_other_prompts():
    """Each round over the scripts shows them with other facts around them."""
    first, again, other = (script_dialogues(language="zh", held_out=True, seed=seed) for seed in (1, 1, 2))
    assert [each.id for each in first] == [each.id for each in again]
    assert {each.system for each in first} != {each.system for each in other}


def test_examples_in_a_prompt_are_not_learned_under_it(dialogues):
    """Else the model would only learn to copy them."""
    for dialogue in dialogues:
        assert f"“{dialogue.reply}”" not in dialogue.system
