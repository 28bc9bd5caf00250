"""Ratings and edits through a conversation: kept, learned from, refused for turns of others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from roleagent.errors import ConfigurationError, InputError
from roleagent.learning.updater import PatternUpdater
from roleagent.store.feedback import Rating
from roleagent.types import GraphUpdate, Selection
from tests.agent.ada import make_agent


async def talk(*script: str, **options: Any) -> tuple[Any, Any]:
    agent, _ = make_agent(*script, updater=PatternUpdater(), **options)
    return agent, agent.conversation(user_id="ann")


async def test_a_rating_is_kept():
    """By the id that the reply tells."""
    agent, conversation = await talk("Good day.")
    with agent:
        reply = await conversation.say("Hello.")
        await conversation.rate(reply.turn.id, good=False)
        store = await agent.record()
        found = store.feedback.ratings(conversation.owner, now=reply.turn.at)
        assert found == {reply.turn.id: Rating(turn_id=reply.turn.id, good=False)}


async def test_an_edit_moves_the_graph_and_is_forgotten_with_its_turn():
    """What an author puts into the character's mouth about the user is known from then on."""
    agent, conversation = await talk("Good day.")
    with agent:
        reply = await conversation.say("Hello.")
        update = await conversation.rate(reply.turn.id, edit="Good day. You live in Lyon.")
        assert [fact.text for fact in update.added] == ["The user lives in Lyon."]
        graph = await conversation.knowledge()
        assert graph.values("user", "lives_in")
        ids = tuple(each.id for each in await conversation.history())
        await conversation.forget(Selection(episodes=ids))
        assert not (await conversation.knowledge()).values("user", "lives_in")


async def test_another_users_turn_cannot_be_rated():
    """An id is no key to somebody else's talk."""
    agent, conversation = await talk("Good day.")
    with agent:
        reply = await conversation.say("Hello.")
        with pytest.raises(InputError, match="is no turn"):
            await agent.conversation(user_id="bob").rate(reply.turn.id, good=True)


async def test_what_was_said_in_confidence_cannot_be_rated_by_a_stranger():
    """Even an error must not tell that such a turn was held."""
    agent, conversation = await talk("Good day.")
    with agent:
        reply = await agent.conversation(user_id="ann", listener="ada").say("Hello.")
        with pytest.raises(InputError, match="is no turn"):
            await conversation.rate(reply.turn.id, good=True)


async def test_consent_is_given_and_taken_back():
    """Through the conversation, so that an application can ask."""
    agent, conversation = await talk()
    with agent:
        store = await agent.record()
        now = datetime.now(UTC)
        await conversation.allow_training()
        assert store.feedback.allows_training(conversation.owner, now=now)
        await conversation.allow_training(False)
        assert not store.feedback.allows_training(conversation.owner, now=now)


async def test_a_memory_without_a_record_says_so():
    """A vague success would lose the rating."""

    class Forgetful:
        def recall(self, *_: Any, **__: Any) -> list[Any]:
            return []

        def remember(self, *_: Any) -> None: ...
        def recent(self, *_: Any, **__: Any) -> list[Any]:
            return []

        def learned(self, *_: Any) -> GraphUpdate:
            return GraphUpdate()

        def versions(self, *_: Any) -> list[Any]:
            return []

        def forget(self, *_: Any) -> None: ...
        def export(self, *_: Any) -> None: ...
        def close(self) -> None: ...

    agent, conversation = await talk(memory=Forgetful())
    with agent, pytest.raises(ConfigurationError, match="has no record"):
        await conversation.allow_training()
