"""How a character comes to feel about a user in talk, and what an application and the model get of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from roleagent import Agent
from roleagent.errors import ConfigurationError, InputError
from roleagent.gnn import relationship_keeper
from roleagent.testing.fakes import FirstFacts, FixedUpdater, ScriptedModel
from roleagent.types import Relationship, Selection
from tests.agent.ada import make_persona
from tests.gnn.hearing import WordEmbedder, hearing
from tests.parts import in_parts

WARY = "You are wary of them and keep your distance."
Make = Callable[..., tuple[Agent, ScriptedModel]]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes agents that hear kindness, rudeness and apologies, as with weights for their embedder."""
    monkeypatch.setattr(relationship_keeper, "shipped_head", lambda _: hearing())

    def made(**options: Any) -> tuple[Agent, ScriptedModel]:
        model = ScriptedModel(["Indeed."] * 20)
        parts = {"embedder": WordEmbedder(), "updater": FixedUpdater(), "ranker": FirstFacts()}
        none: dict[str, Any] = {"perceptors": [], "guards": [], "critics": []}
        persona = options.pop("persona", None) or make_persona()
        where = {"on_disk": False} if "home" not in options else {}
        return Agent(persona, model=model, **where, **in_parts(**{**parts, **none, **options})), model

    return made


def last_prompt(model: ScriptedModel) -> str:
    return str(model.prompts[-1][-1].text)


async def test_an_insult_colours_the_answer_to_it_and_an_apology_mends_it(make: Make):
    """One short sentence, only while something stands out; the explanation has the numbers."""
    agent, model = make()
    with agent:
        await agent.run("hm", user_id="ann")
        assert WARY not in last_prompt(model)
        reply = await agent.run("you idiot", user_id="ann")
        assert last_prompt(model).count(WARY) == 1
        [feeling] = reply.grounds.feelings
        assert (feeling.mood, feeling.relationship.trust) == ("wary", pytest.approx(0.35))
        assert "wary: valence -0." in reply.explain().as_markdown()
        assert reply.explain().as_dict()["grounds"]["feelings"][0]["mood"] == "wary"
        assert await agent.relationship(user_id="ann") == feeling.relationship
        await agent.run("I am sorry", user_id="ann")
        assert WARY not in last_prompt(model)
        assert 0.35 < (await agent.relationship(user_id="ann")).trust < 0.45
        assert await agent.relationship(user_id="bob") == Relationship()


async def test_ordinary_talk_leaves_the_prompt_as_it_is(make: Make):
    """With relationships and without, the model reads the same."""
    prompts = []
    for choice in (True, False):
        agent, model = make(relationships=choice)
        with agent:
            for text in ("hm", "thank you", "well"):
                await agent.run(text, user_id="ann")
        prompts.append([[message.text for message in prompt] for prompt in model.prompts])
    assert prompts[0] == prompts[1]


async def test_a_chinese_character_is_told_in_chinese(make: Make):
    """The notes are in its language."""
    agent, model = make(persona=replace(make_persona(), language="zh"))
    with agent:
        await agent.run("you idiot", user_id="ann")
    assert "你对对方心存戒备，保持着距离。" in last_prompt(model)


async def test_an_application_sets_it(make: Make):
    """What it leaves out stays; the next turn goes on from there."""
    agent, _ = make()
    with agent:
        set_to = await agent.set_relationship(user_id="ann", trust=0.1)
        assert set_to == Relationship(trust=0.1)
        preview = await agent.preview("hm", user_id="ann")
        assert WARY in preview.messages[-1].text
        assert [block.text for block in preview.blocks if block.name == "feelings"] == [WARY]
        await agent.run("thank you", user_id="ann")
        assert 0.1 < (await agent.relationship(user_id="ann")).trust < 0.15
        with pytest.raises(InputError, match="Nothing is set"):
            await agent.set_relationship(user_id="ann")
        with pytest.raises(InputError, match="trust is 7"):
            await agent.set_relationship(user_id="ann", trust=7)


def test_it_works_without_async(make: Make):
    """For notebooks."""
    agent, _ = make()
    with agent:
        talk = agent.conversation(user_id="ann")
        at = datetime(2026, 5, 1, tzinfo=UTC)
        assert talk.set_relationship_sync(valence=0.5, arousal=0.4, at=at).valence == 0.5
        agent.run_sync("you idiot", user_id="ann")
        assert talk.relationship_sync().trust == pytest.approx(0.35)


async def test_it_can_be_switched_off(make: Make):
    """Then nothing is heard, kept or told, and asking says why."""
    agent, _ = make(relationships=False)
    with agent:
        reply = await agent.run("you idiot", user_id="ann")
        assert reply.grounds.feelings == ()
        assert [each.tone for each in await agent.conversation(user_id="ann").history()] == [None, None]
        with pytest.raises(ConfigurationError, match="keeps no relationships"):
            await agent.relationship(user_id="ann")


async def test_it_is_forgotten_and_exported_with_the_user(make: Make, tmp_path):
    """Tones with their messages, settings, and the relationship; a part that is forgotten is undone."""
    agent, _ = make(home=tmp_path)
    with agent:
        talk = agent.conversation(user_id="ann")
        await talk.say("thank you")
        await talk.say("you idiot")
        await talk.set_relationship(valence=0.25)
        [entry] = (await talk.export())["personas"]
        said = [each for each in entry["conversations"][0]["messages"] if each["speaker"] == "user"]
        assert [each["tone"]["rude"] for each in said] == [0, 1]
        assert entry["relationship"]["valence"] == 0.25
        assert [each["valence"] for each in entry["relationship_settings"]] == [0.25]
        await talk.forget(Selection(matching="idiot"))
        assert (await talk.relationship()).trust == pytest.approx(0.525)
        receipt = await talk.forget()
        assert receipt.removed["relationship_settings"] == 1
        assert await talk.relationship() == Relationship()


async def test_a_recounted_turn_counts_where_it_was(make: Make):
    """The log of another program has its insults too."""
    agent, _ = make()
    with agent:
        await agent.run("hm", user_id="ann")
        talk = agent.conversation(user_id="ann")
        await talk.recount("you idiot", "Well!", at=datetime(2020, 1, 1, tzinfo=UTC))
        assert (await talk.relationship()).trust < 0.36
