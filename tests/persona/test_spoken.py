"""Names in place of macros."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from roleagent.formats.load import load_persona
from roleagent.graph.graph import PersonaGraph
from roleagent.persona.persona import Example, Persona
from roleagent.persona.spoken import spoken

ADA = Persona(
    id="ada",
    name="Ada Lovelace",
    nickname="Ada",
    summary="You are {{char}}. <USER> is your guest. {{original}}",
    graph=PersonaGraph(nodes=[], facts=[], relations={}),
    node_id="ada",
    greeting="Welcome, {{user}}!",
    examples=(Example(user="I am {{user}}.", reply="I see {{user}}."),),
)


def test_the_user_is_called_by_name_where_it_is_known():
    """A greeting with braces in it breaks the spell."""
    persona = spoken(ADA, user="Ann")
    assert persona.greeting == "Welcome, Ann!"
    assert persona.summary == "You are Ada. Ann is your guest."


def test_a_nameless_user_is_spoken_to_and_spoken_of():
    """'You are your guest' would confuse the actor, who is addressed as you."""
    persona = spoken(ADA)
    assert persona.greeting == "Welcome, you!"
    assert persona.summary.startswith("You are Ada. the user is your guest.")
    assert persona.examples[0].reply == "I see you."
    assert spoken(replace(ADA, language="zh")).greeting == "Welcome, 你!"


def test_draws_are_the_same_for_one_seed():
    """A prompt cache lives on a beginning that stays."""
    persona = replace(ADA, summary="{{random:a,b,c,d,e,f,g,h}} {{roll:d1000}}")
    assert spoken(persona, seed="one") == spoken(persona, seed="one")
    assert len({spoken(persona, seed=str(number)).summary for number in range(20)}) > 1


def test_a_persona_without_macros_stays_itself():
    """Nothing is copied on the way to every prompt."""
    holmes = load_persona("holmes")
    assert spoken(holmes) is holmes


def test_no_field_keeps_a_macro():
    """Whatever has no meaning here is taken out, and a line of which nothing is left is none."""
    raw = "{{getvar::x}}"
    texts = dict.fromkeys(("summary", "personality", "scenario", "system_prompt", "greeting"), f"{raw} a")
    lists = dict.fromkeys(
        ("greetings", "group_greetings", "fall_backs", "speech", "rules"), (raw, f"{raw} a")
    )
    examples = (Example(user=raw, reply="a"), Example(user="a", reply=raw))
    persona = spoken(
        replace(ADA, **texts, **lists, examples=examples, post_history_instructions="{{Original}} {{input}}")
    )
    assert all(getattr(persona, name) == "a" for name in texts)
    assert all(getattr(persona, name) == ("a",) for name in lists)
    assert persona.examples == (Example(user="", reply="a"),)
    assert persona.post_history_instructions == "{{original}}"


def test_texts_of_the_persona_may_stand_in_each_other():
    """None in itself, or there would be no end."""
    persona = spoken(
        replace(
            ADA,
            name="{{user}}'s aunt",
            nickname="",
            summary="{{char}}: {{personality}}, {{description}}.",
            personality="dry ({{scenario}})",
            scenario="A roof, {{personality}}",
            system_prompt="Play {{description}} {{original}}",
        ),
        user="Ann",
    )
    assert persona.name == "Ann's aunt"
    assert persona.summary == "Ann's aunt: dry (), ."
    assert persona.personality == "dry (A roof,)"
    assert persona.system_prompt == "Play Ann's aunt: dry (), . {{original}}"


def test_the_moment_is_said_where_it_is_known():
    """A greeting may be for the time of day."""
    persona = replace(ADA, greeting="It is {{time}} on {{date}}.")
    assert (
        spoken(persona, now=datetime(2026, 5, 1, 9, 5, tzinfo=UTC)).greeting
        == "It is 09:05 UTC on 1 May 2026."
    )
    assert spoken(persona).greeting == "It is  on ."
