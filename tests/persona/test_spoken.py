"""Names in place of macros."""

from __future__ import annotations

from dataclasses import replace

from roleagent.persona.graph import PersonaGraph
from roleagent.persona.load import load_persona
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
    assert persona.summary == "You are Ada. Ann is your guest. {{original}}"


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
