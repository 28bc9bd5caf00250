"""What a listener may meet of a persona, at a moment of its story."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from roleagent.errors import InputError
from roleagent.formats.load import load_persona
from roleagent.graph.graph import PersonaGraph
from roleagent.persona.build import build_persona
from roleagent.persona.persona import Persona
from roleagent.persona.view import view
from roleagent.types import Fact, GraphUpdate, Node

DOCUMENT: dict[str, Any] = {
    "roleagent": "1",
    "id": "ada",
    "name": "Ada",
    "summary": "You are Ada. You live in London. At night you write to Countess Vera.",
    "personality": "Quiet, and afraid of fire.",
    "scenario": "A study. The Iron Key lies under the floor.",
    "greeting": "Welcome! Have you seen my Iron Key?",
    "greetings": ["Good day.", "The Iron Key is gone!"],
    "system_prompt": "Be Ada. Keep quiet about the Iron Key.",
    "post_history_instructions": "Answer shortly. Never name the Countess Vera.",
    "speech": ["Speak plainly.", "Whisper when you talk of fire."],
    "rules": ["You never lie."],
    "fall_backs": ["Let us talk of London.", "Ask Countess Vera."],
    "examples": [
        {"user": "Where is the key?", "reply": "The Iron Key? Under the floor."},
        {"user": "Tea?", "reply": "Gladly."},
    ],
    "chapters": [
        {"id": "childhood", "date": "1830", "title": "Childhood"},
        {"id": "fame", "date": "1843", "title": "Fame"},
    ],
    "credits": {"notes": "Mind the Iron Key."},
    "extensions": {"card": '{"secret": "Iron Key"}'},
    "lorebooks": [
        {
            "name": "World",
            "entries": [
                {"id": "1", "keys": ["key"], "content": "Keys are of brass. The Iron Key opens the vault."},
                {"id": "2", "keys": ["vera"], "content": "Countess Vera lives abroad."},
                {"id": "3", "keys": ["tea"], "content": "Tea is dear.", "visibility": ["bob"]},
                {"id": "4", "keys": ["rain"], "content": "It rains often."},
            ],
        }
    ],
    "renderings": {
        "zh": {
            "summary": "你是阿达。你夜里写信给薇拉伯爵夫人。铁钥匙在地板下。",
            "labels": {"vera": "薇拉伯爵夫人", "key": "铁钥匙", "london": "伦敦"},
            "texts": {"ada.hides.key": "阿达藏着铁钥匙。", "ada.lives_in.london": "阿达住在伦敦。"},
        }
    },
    "relations": {
        "hides": {"text": {"en": "{subject} hides {object}"}},
        "writes_to": {"text": {"en": "{subject} writes to {object}"}},
        "sits_in": {"text": {"en": "{subject} sits in {object}"}},
    },
    "nodes": [
        {"id": "ada", "type": "person", "label": "Ada", "aliases": ["the lady of the Iron Key"]},
        {"id": "bob", "type": "person", "label": "Bob"},
        {"id": "vera", "type": "person", "label": "Countess Vera"},
        {"id": "key", "type": "artifact", "label": "the Iron Key"},
        {"id": "london", "type": "place", "label": "London", "description": "A city by the Thames."},
        {"id": "club", "type": "place", "label": "the club"},
        {"id": "engine", "type": "artifact", "label": "the Engine"},
    ],
    "edges": [
        {"source": "ada", "relation": "lives_in", "target": "london", "valid_from": "1835"},
        {"source": "ada", "relation": "hides", "target": "key", "visibility": ["bob"]},
        {"source": "ada", "relation": "writes_to", "target": "vera", "visibility": "secret"},
        {"source": "ada", "relation": "fears", "value": "fire", "visibility": ["user:ann"]},
        {"source": "ada", "relation": "has_mother", "target": "vera", "visibility": "unknown"},
        {"source": "bob", "relation": "friend_of", "target": "ada",
         "text": "Bob, who has seen the Iron Key, is Ada's friend."},
        {"source": "bob", "relation": "sits_in", "target": "club", "visibility": "secret"},
        {"source": "bob", "relation": "likes", "target": "club"},
        {"source": "ada", "relation": "made", "target": "engine", "valid_from": "1843"},
        {"source": "ada", "relation": "lives_in", "target": "club", "valid_from": "1820", "valid_to": "1835"},
    ],
}  # fmt: skip


def make_persona() -> Persona:
    return build_persona(DOCUMENT, source="ada.yaml")


def all_text(persona: Persona) -> str:
    """Everything that a persona says, but its relations' templates and chapters."""
    values = [getattr(persona, each.name) for each in fields(persona) if each.name not in ("graph", "source")]
    graph = persona.graph
    return "\n".join(map(repr, (*values, *graph.nodes.values(), *graph.facts.values())))


def test_a_stranger_meets_nothing_of_what_is_secret():
    """No field, alias, rendering, lore entry or foreign original names it."""
    text = all_text(view(make_persona()).persona)
    for word in ("Iron", "Vera", "fire", "铁钥匙", "薇拉", "Tea is dear"):
        assert word not in text


def test_what_is_public_stays():
    """Only the sentences that tell go."""
    persona = view(make_persona()).persona
    assert persona.summary == "You are Ada. You live in London."
    assert persona.scenario == "A study."
    assert persona.greeting == "Welcome!"
    assert persona.greetings == ("Good day.",)
    assert persona.system_prompt == "Be Ada."
    assert persona.speech == ("Speak plainly.",)
    assert persona.fall_backs == ("Let us talk of London.",)
    assert [shown.user for shown in persona.examples] == ["Tea?"]
    assert [entry.content for entry in persona.lorebooks[0].entries] == [
        "Keys are of brass.",
        "It rains often.",
    ]
    assert persona.renderings[0].summary == "你是阿达。"
    assert persona.renderings[0].texts == (("ada.lives_in.london", "阿达住在伦敦。"),)
    assert persona.graph.nodes["london"].description == "A city by the Thames."
    assert persona.graph.nodes["ada"].aliases == ()


def test_a_facts_own_words_that_tell_of_another_are_replaced():
    """What stays in the graph must not hold what is gone from it."""
    facts = view(make_persona()).persona.graph.facts
    assert facts["bob.friend_of.ada"].text == "Bob is a friend of Ada."


def test_who_may_know_meets_it():
    """A secret between two is no secret between these two."""
    persona = view(make_persona(), listener="bob").persona
    assert "ada.hides.key" in persona.graph.facts
    assert "The Iron Key lies under the floor." in persona.scenario
    assert len(persona.examples) == 2
    assert "Tea is dear." in [entry.content for entry in persona.lorebooks[0].entries]
    assert "Vera" not in all_text(persona)


def test_a_fact_may_be_for_one_user():
    """The application may entrust something to a user rather than to a role."""
    assert "fire" in all_text(view(make_persona(), user_id="ann").persona)
    assert "fire" not in all_text(view(make_persona(), user_id="bea").persona)


def test_what_the_character_does_not_know_nobody_meets():
    """Nobody can be told what the speaker does not know."""
    assert "has_mother" not in all_text(view(make_persona(), listener="vera").persona)


def test_a_public_thing_in_a_secret_stays_and_is_named_alone():
    """Bob and the club are known; that he sits there is not."""
    persona = replace(
        make_persona(), personality="Bob is kind. So be it. The club is dark. Bob sleeps in the club."
    )
    assert view(persona).persona.personality == "Bob is kind. So be it. The club is dark."


def test_a_moment_takes_out_what_comes_later_and_sets_the_horizon():
    """A child knows nothing of what she will make."""
    persona = replace(
        make_persona(), personality="You made the Engine. In 1843 you were famous. You like tea."
    )
    child = view(persona, as_of="childhood")
    assert child.as_of == "1830"
    assert child.persona.horizon.until == "1830"
    assert child.persona.personality == "You like tea."
    assert "ada.made.engine" not in child.persona.graph.facts
    assert child.persona.graph.facts["ada.lives_in.club"].valid_to is None
    assert "ada.made.engine" in view(persona, as_of="1843").persona.graph.facts


def test_a_fact_whose_own_words_date_it_later_goes_with_the_later_ones():
    """Not every author gives a date twice; where only its end is later, the fact stays without it."""
    graph = make_persona().graph
    texts = {
        "bob.likes.club": "In 1850 Bob came to like the club.",
        "ada.lives_in.club": "Ada lived in the club until 1835.",
    }
    facts = [replace(fact, text=texts.get(fact.id, fact.text)) for fact in graph.facts.values()]
    told = PersonaGraph(nodes=graph.nodes.values(), facts=facts, relations=graph.relations)
    child = view(replace(make_persona(), graph=told), as_of="1830").persona.graph.facts
    assert "bob.likes.club" not in child
    assert child["ada.lives_in.club"].text == "Ada lives in the club (since 1820)."


def test_a_persona_without_secrets_is_met_as_it_is():
    """Whoever has no secrets pays nothing for them."""
    persona = load_persona("holmes")
    assert view(persona).persona is persona
    assert view(persona).clean("The Iron Key.") == "The Iron Key."


def test_the_author_can_see_what_was_left_out_and_why():
    """A rule that takes out too much has to be seen to be mended."""
    made = view(make_persona())
    found = {(text.place, text.text): text.because for text in made.withheld_texts}
    assert found["summary", "At night you write to Countess Vera."] == (
        "ada.has_mother.vera",
        "ada.writes_to.vera",
        "vera",
    )
    assert found["lorebooks.World.3", "Tea is dear."] == ()
    assert "Vera" not in repr(made)


def test_a_summary_that_is_all_secret_leaves_the_name():
    """A prompt must say who speaks."""
    persona = replace(make_persona(), summary="You guard the Iron Key.")
    assert view(persona).persona.summary == "You are Ada."
    assert view(replace(persona, language="zh")).persona.summary == "你是Ada。"


def test_texts_from_elsewhere_are_cleaned_beside_what_they_answer():
    """A bare answer tells when the question named the other end."""
    made = view(make_persona())
    assert made.clean("Rain today. The Iron Key is rusty.") == "Rain today."
    assert made.clean("in the club", beside="Where does Bob sit?") == ""
    assert made.clean("in the club", beside="What is dark?") == "in the club"


def test_learned_facts_of_others_and_of_withheld_nodes_are_left_out():
    """What was said to Bob names things that a stranger's graph lacks."""
    user = Node(id="user", type="person", label="the user")
    milo = Node(id="animal:Milo", type="animal", label="Milo")
    seen = Fact(id="1", subject="user", relation="knows", object="vera", text="…", layer="learned")
    entrusted = Fact(
        id="2", subject="user", relation="has_pet", object=milo.id, text="…", visibility=("bob",)
    )
    likes = Fact(id="3", subject="user", relation="likes", object="london", text="…", layer="learned")
    learned = GraphUpdate(nodes=(user, milo), added=(seen, entrusted, likes))
    graph = view(make_persona()).with_learned(learned)
    assert {fact_id for fact_id in graph.facts if fact_id in "123"} == {"3"}
    assert milo.id not in graph.nodes
    assert "2" in view(make_persona(), listener="bob").with_learned(learned).facts


def test_views_are_kept_and_strangers_share_one():
    """A thousand users must not cost a thousand cuts."""
    persona = make_persona()
    assert view(persona, user_id="bea").persona is view(persona, user_id="cleo").persona
    assert view(persona, user_id="ann").persona is not view(persona, user_id="cleo").persona


@pytest.mark.parametrize("listener", ["bobby", "london", "Bob"])
def test_a_listener_who_is_no_person_is_refused(listener: str):
    """A misspelled listener would be met as a stranger, or worse."""
    with pytest.raises(InputError, match="is no person of 'ada'"):
        view(make_persona(), listener=listener)


def test_a_moment_that_is_no_date_and_no_chapter_is_refused():
    """The nearest chapter is named."""
    with pytest.raises(InputError, match="Did you mean 'childhood'"):
        view(make_persona(), as_of="childhod")


@pytest.mark.parametrize("name", ["holmes", "mira", "faraday", "sunwukong"])
def test_the_bundled_personas_have_no_secrets(name: str):
    """Their prompts must stay as they were measured."""
    persona = load_persona(name)
    assert view(persona, user_id="ann").persona is persona


def test_the_file_is_not_touched(tmp_path: Path):
    """A view is a copy."""
    persona = make_persona()
    view(persona)
    assert persona == make_persona()


def test_what_lies_after_the_horizon_is_cut_without_a_date():
    """The character does not know when its present will end, nor what comes later."""
    document = DOCUMENT | {
        "horizon": {"until": "1895"},
        "nodes": [
            {"id": "ada", "type": "person", "label": "Ada"},
            {"id": "rome", "type": "place", "label": "Rome"},
            {"id": "kiel", "type": "place", "label": "Kiel"},
        ],
        "edges": [
            {
                "source": "ada",
                "relation": "lives_in",
                "target": "rome",
                "valid_from": "1879",
                "valid_to": "1903",
            },
            {"source": "ada", "relation": "visited", "target": "kiel", "valid_from": "1900"},
        ],
    }
    graph = view(build_persona(document, source="ada.yaml")).persona.graph
    (home,) = graph.values("ada", "lives_in")
    assert (home.valid_from, home.valid_to) == ("1879", None)
    assert "1903" not in home.text
    assert not list(graph.values("ada", "visited"))
