"""What the character says of a fact, and what stands in the prompt."""

from __future__ import annotations

from dataclasses import replace

from roleagent.graph.graph import PersonaGraph
from roleagent.tuning.synthesis.stage import bare, stage_for
from tests.tuning.synthesis.tiny import HOME, a_fact, a_persona


def test_a_fact_is_a_sentence_unless_nobody_would_say_it_so():
    """“I have the pet Rex” is a template's English."""
    stage = stage_for(a_persona(), seed=0)
    assert stage.sentence(HOME) == "I live in the North Light."
    assert stage.sentence(a_fact("ada", "has_pet", "rex")) == ""
    assert stage.short(a_fact("ada", "has_pet", "rex")) == "Rex."
    told = replace(a_fact("ada", "has_pet", "rex"), text="Ada Lark walks with Rex on the beach.")
    assert stage.sentence(told) == "I walk with Rex on the beach."


def test_a_verb_that_stays_in_the_third_person_is_not_said():
    """“I love Rex and feeds him” would be learned as it is."""
    stage = stage_for(a_persona(), seed=0)
    told = replace(a_fact("ada", "has_pet", "rex"), text="Ada Lark loves Rex, and feeds it twice.")
    assert stage.sentence(told) == ""


def test_the_bare_persona_keeps_two_short_sentences_and_no_fact():
    """An adapter has to know the rest."""
    kept = bare(a_persona())
    assert kept.summary == "You are Ada Lark, who keeps a light. You mend nets."
    assert (len(kept.graph.facts), kept.examples, kept.lorebooks) == (0, (), ())
    long = replace(a_persona(), summary="You are Ada Lark. " + "You mend nets. " * 1 + "x" * 300 + ".")
    assert bare(long).summary == "You are Ada Lark. You mend nets."


def test_facts_that_the_start_of_the_prompt_lacks_stand_in_the_notes():
    """A small persona has all of them at the start, a large one does not."""
    stage = stage_for(a_persona(), seed=0)
    assert stage.staged("Where?", [HOME]).facts == ()
    graph = a_persona().graph
    many = [
        replace(a_fact("tom", "wants", "key"), id=f"tom.{n}", text="Tom wants a brass key." * 4)
        for n in range(90)
    ]
    large = replace(
        a_persona(),
        graph=PersonaGraph(
            nodes=graph.nodes.values(), facts=[*graph.facts.values(), *many], relations=graph.relations
        ),
    )
    pet = a_fact("ada", "has_pet", "rex")
    found = stage_for(large, seed=0).staged("Which?", [pet]).facts
    assert pet in found
    assert 3 <= len(found) <= 7
