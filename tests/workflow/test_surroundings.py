"""What an application tells of the world around the character."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from roleagent import Agent, Parts, Turn
from roleagent.errors import ConfigurationError, ToolError
from roleagent.graph.graph import PersonaGraph
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, ScriptedModel


class Inn:
    """A world of its own: it rains once somebody speaks of rain."""

    name = "inn"

    def describe(self, graph: PersonaGraph, turn: Turn) -> Sequence[str]:
        return ["It is raining."] if "rain" in turn.text else []


def make_agent(*world: object) -> tuple[Agent, ScriptedModel]:
    model = ScriptedModel(["Indeed.", "Indeed."])
    parts = Parts(
        world=world,  # type: ignore[arg-type]
        embedder=HashEmbedder(),
        ranker=FirstFacts(),
        perceptors=[],
        critics=[],
        guards=[],
    )
    return Agent("holmes", model=model, on_disk=False, parts=parts), model


async def test_it_stands_in_the_prompt_and_in_the_explanation() -> None:
    """The character can speak of it, and whoever asks why finds it."""
    agent, model = make_agent(Inn())
    reply = await agent.run("Is there rain?", user_id="ann")
    assert "How things stand around you now:\n- It is raining." in str(model.prompts[-1][-1].content)
    assert reply.grounds.surroundings == ("It is raining.",)
    assert "## Around the character\n\n- It is raining." in reply.explain().as_markdown()


async def test_what_is_no_longer_so_is_not_told() -> None:
    """Each turn asks again."""
    agent, model = make_agent(Inn())
    await agent.run("Is there rain?", user_id="ann")
    reply = await agent.run("And now?", user_id="ann")
    assert reply.grounds.surroundings == ()
    assert "How things stand around you" not in str(model.prompts[-1][-1].content)


def test_an_object_that_cannot_describe_is_refused() -> None:
    """Before the first turn, and with what is missing."""

    class Mute:
        name = "mute"

    with pytest.raises(ConfigurationError, match=r"world\[0\].*describe"):
        make_agent(Mute())


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (ValueError("boom"), "The world 'inn' failed: ValueError"),
        ("It rains.", "give a list of texts"),
        ([1], "give a list of texts"),
    ],
)
async def test_a_world_that_fails_ends_the_turn_by_name(told: object, message: str) -> None:
    """Nothing of the turn is kept, and the error names the part."""

    class Broken:
        name = "inn"

        def describe(self, graph: PersonaGraph, turn: Turn) -> object:
            if isinstance(told, Exception):
                raise told
            return told

    agent, _ = make_agent(Broken())
    with pytest.raises(ToolError, match=message):
        await agent.run("Hello", user_id="ann")
    assert await agent.conversation(user_id="ann").history() == []


async def test_a_world_that_tells_too_much_is_cut() -> None:
    """The furniture must not push out what the character knows."""

    class Hall:
        name = "hall"

        def describe(self, graph: PersonaGraph, turn: Turn) -> Sequence[str]:
            return [f"There is chair number {number} of the long hall." for number in range(1_000)]

    agent, _ = make_agent(Hall())
    reply = await agent.run("Hello", user_id="ann")
    assert 10 < len(reply.grounds.surroundings) < 60
    assert reply.grounds.surroundings[0].startswith("There is chair number 0 ")
