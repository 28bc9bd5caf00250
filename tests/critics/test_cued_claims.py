"""Claims read by cues, wherever the value stands."""

from __future__ import annotations

import pytest

from roleagent.critics.consistency import ConsistencyCritic
from roleagent.critics.cued_claims import contradicted_by_cue
from roleagent.formats.load import load_persona
from roleagent.persona.persona import Persona
from tests.critics.conftest import MakeScene

PERSONAS = {name: load_persona(name) for name in ("holmes", "faraday", "mira", "sunwukong")}


def cited(persona: Persona, sentence: str, make_scene: MakeScene) -> str:
    fact = contradicted_by_cue(sentence, make_scene(persona))
    return "" if fact is None else fact.id


@pytest.mark.parametrize(
    ("name", "sentence", "fact"),
    [
        ("holmes", "It was Mrs Hudson who gave me the snuffbox.", "snuffbox.given_by.bohemia"),
        ("holmes", "Pall Mall is where I live.", "holmes.lives_in.baker_street"),
        ("holmes", "I keep the tobacco in the coal-scuttle.", "tobacco.kept_in.persian_slipper"),
        ("holmes", "Dartmoor saw the death of Professor Moriarty.", "moriarty.died_in.reichenbach"),
        ("faraday", "The world saw my birth in 1801.", "faraday.born_on.literal:1791-09-22"),
        (
            "faraday",
            "Conversations on Chemistry was written by Sir Humphry Davy.",
            "marcet.wrote.conversations",
        ),
        ("mira", "For a folding lock, we ask 90 euros.", "lock.costs.literal:60 euros"),
        ("mira", "Allow two weeks for the small service.", "service_small.takes_time.literal:a day"),
        ("sunwukong", "俺的师父乃二郎神。", "sunwukong.has_master.tangseng"),
        ("sunwukong", "观音菩萨正是猪八戒的师父，是猪八戒的师父没错。", ""),
    ],
)
def test_a_wrong_value_is_found_wherever_it_stands(
    name: str, sentence: str, fact: str, make_scene: MakeScene
):
    """People put the value first as often as last."""
    assert cited(PERSONAS[name], sentence, make_scene) == fact


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("holmes", "221B Baker Street is where I live."),
        ("holmes", "I live in London."),
        ("holmes", "I lived in Montague Street before that."),
        ("holmes", "I live near the British Museum."),
        ("holmes", "I do not live in Pall Mall."),
        ("holmes", "My brother's home is in Pall Mall."),
        ("holmes", "Suppose I live in Pall Mall."),
        ("holmes", "Do I live in Pall Mall?"),
        ("holmes", "Mrs Hudson calls me a trial, and Watson my name for it."),
        ("holmes", "Watson gave me a cigar beside the snuffbox."),
        ("faraday", "I was born on 22 September 1791."),
        ("mira", "Hiring a Heron costs 19 euros a day."),
        ("mira", "For a Heron and a Kestrel we ask 3,000 euros."),
        ("mira", "The first small service is free within three months of buying a bicycle."),
        ("sunwukong", "俺的师父是唐僧。"),
        ("sunwukong", "俺的师父不是二郎神。"),
    ],
)
def test_what_may_be_right_is_let_pass(name: str, sentence: str, make_scene: MakeScene):
    """A false alarm costs a good reply."""
    assert cited(PERSONAS[name], sentence, make_scene) == ""


@pytest.mark.parametrize("name", list(PERSONAS))
def test_no_fact_of_a_persona_contradicts_it(name: str, make_scene: MakeScene):
    """Its own sentences are the surest examples of what is right."""
    persona = PERSONAS[name]
    for fact in persona.graph.facts.values():
        assert cited(persona, fact.text, make_scene) == "", fact.text


def test_the_critic_cites_the_fact_that_says_it_plainly(make_scene: MakeScene):
    """Who somebody's father is stands in a fact of its own, before what else is known of the wrong one."""
    scene = make_scene(PERSONAS["faraday"])
    verdict = ConsistencyCritic().check("My father was Sir Humphry Davy.", scene, complete=True)
    assert verdict.evidence == ("faraday.has_father.james",)
