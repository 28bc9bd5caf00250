"""Turns that were held elsewhere become memory, as the log of another program does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from roleagent import Agent, Parts
from roleagent.errors import InputError
from roleagent.testing import FirstFacts, HashEmbedder, ScriptedModel

THEN = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def agent() -> Agent:
    parts = Parts(embedder=HashEmbedder(), ranker=FirstFacts(), perceptors=[], guards=[], critics=[])
    return Agent("holmes", model=ScriptedModel(["Biscuit."]), on_disk=False, parts=parts)


async def test_both_sides_are_remembered_and_the_user_is_learned_from(agent: Agent):
    """The next real turn knows what was said, and no model was asked for it."""
    with agent:
        talk = agent.conversation(user_id="ann", thread_id="old")
        await talk.recount("I live in Lewes. My dog is called Biscuit.", "A good name.", at=THEN)
        episodes = await talk.history()
        assert [(each.speaker, each.text, each.at) for each in episodes] == [
            ("user", "I live in Lewes. My dog is called Biscuit.", THEN),
            ("persona", "A good name.", THEN),
        ]
        reply = await agent.run("What is my dog called?", user_id="ann", thread_id="new")
        assert "The user lives in Lewes." in [fact.text for fact in reply.grounds.learned]
        assert any("Biscuit" in each.text for each in reply.grounds.episodes)


async def test_turns_keep_their_order_and_their_owner(agent: Agent):
    """Two turns of a log in one thread; another user sees nothing of them."""
    with agent:
        talk = agent.conversation(user_id="ann")
        await talk.recount("One.", "Yes?", at=THEN)
        await talk.recount("Two.", "And?", at=THEN + timedelta(minutes=1))
        await talk.recount("One.", "Yes?", at=THEN)  # the same turn again is stored once
        assert [each.text for each in await talk.history()] == ["One.", "Yes?", "Two.", "And?"]
        assert list(await agent.conversation(user_id="bob").history()) == []


@pytest.mark.parametrize(
    ("said", "answered", "at", "message"),
    [
        ("", "Yes.", THEN, "empty"),
        ("Hm.", "", THEN, "empty"),
        ("Hm.", "x" * 1_000_000, THEN, "characters"),
        ("Hm.", "Yes.", datetime(2026, 3, 1), "without a time zone"),
    ],
)
async def test_what_cannot_be_a_turn_is_refused(
    agent: Agent, said: str, answered: str, at: datetime, message: str
):
    """Nothing is stored then."""
    with agent:
        talk = agent.conversation(user_id="ann")
        with pytest.raises(InputError, match=message):
            await talk.recount(said, answered, at=at)
        assert list(await talk.history()) == []
