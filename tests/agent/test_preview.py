"""The prompt as a thing to look at: what the model would read, and nothing happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from roleagent.agent.agent import Agent
from roleagent.errors import InputError, ModelError
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, ScriptedModel
from roleagent.testing.perceptors import FakePerceptor, write_tiny_png, write_tiny_wav
from roleagent.types import Fact, GraphUpdate, Prompt
from roleagent.workflow.state import Limits
from tests.agent import test_agent_secrets as secrets
from tests.agent.ada import USER, add, call, make_agent, make_persona
from tests.parts import in_parts


class CountsWords(ScriptedModel):
    """A model that says how many tokens a text has."""

    def count_tokens(self, text: str) -> int:
        return len(text.split())


class MustNotRead:
    """An updater that would ask a language model."""

    def propose(self, *_: object) -> GraphUpdate:
        raise AssertionError("a preview teaches nothing")


def texts(messages: Any) -> list[tuple[str, str]]:
    return [(message.type, str(message.text)) for message in messages]


def block(prompt: Prompt, name: str) -> str:
    [found] = [block.text for block in prompt.blocks if block.name == name]
    return found


async def both(
    agent: Agent, model: ScriptedModel, text: str, **shown: Any
) -> tuple[Prompt, list[BaseMessage]]:
    """A preview, and what the model then really read."""
    prompt = await agent.preview(text, **USER, **shown)
    await agent.run(text, **USER, **shown)
    return prompt, model.prompts[-1]


# ── the same prompt ──────────────────────────────────────────────────────────────────────────


async def test_it_is_what_the_model_then_reads(tmp_path: Path):
    """A preview that differs from the turn would mislead whoever trusts it."""
    picture = write_tiny_png(tmp_path / "a.png")
    agent, model = secrets.make_agent(tools=[add], perceptors=[FakePerceptor("a red door")])
    await agent.run("I live in Lyon.", **USER)
    prompt, read = await both(agent, model, "Some tea?", attachments=[picture])
    assert texts(prompt.messages) == texts(read)
    assert "a red door" in block(prompt, "observations")
    assert "drinks tea" in block(prompt, "lore")
    assert "I live in Lyon." in block(prompt, "history")
    assert block(prompt, "said") == "Some tea?"
    assert '"add"' in block(prompt, "tools")
    assert prompt.grounds.lore


async def test_a_reply_says_how_large_its_prompt_was():
    """Whoever asks why a turn is slow sees what fills the prompt."""
    agent, _ = make_agent("At home.")
    prompt = await agent.preview("Where do you live?", **USER)
    reply = await agent.run("Where do you live?", **USER)
    assert reply.prompt_tokens == {block.name: block.num_tokens for block in prompt.blocks}


async def test_a_voice_counts_as_typed(tmp_path: Path):
    """What is heard is what the user says."""
    voice = write_tiny_wav(tmp_path / "a.wav")
    hears = FakePerceptor("Some tea?", kind="transcript", media_types=("audio/*",))
    agent, model = secrets.make_agent(perceptors=[hears])
    prompt, read = await both(agent, model, "", voice=voice.read_bytes())
    assert texts(prompt.messages) == texts(read)
    assert block(prompt, "said") == "Some tea?"


async def test_a_model_with_eyes_gets_the_picture(tmp_path: Path):
    """Pictures take tokens too, in a block of their own."""
    picture = write_tiny_png(tmp_path / "a.png")
    eyes = ScriptedModel(["Red."], profile={"image_inputs": True})
    agent, _ = make_agent(model=eyes)
    prompt, read = await both(agent, eyes, "Look.", attachments=[picture.read_bytes()])
    assert prompt.messages[-1].content == read[-1].content
    assert prompt.blocks[-1].name == "pictures"
    [said] = [each for each in prompt.as_dict()["messages"][-1]["content"] if each["type"] == "text"]
    assert "Look." in said["text"]


async def test_what_would_be_left_out_is_named():
    """A long talk outgrows the model: the preview shows it before the reply does."""
    agent, model = make_agent(*["Quite so."] * 9, limits=Limits(context_tokens=400))
    for number in range(8):
        await agent.run(f"{number} " + "and so on " * 20, **USER)
    prompt, read = await both(agent, model, "What now?")
    assert prompt.omitted is not None
    assert prompt.omitted.history
    assert texts(prompt.messages) == texts(read)
    assert prompt.room is not None
    assert prompt.num_tokens <= prompt.room < 400


# ── tokens ───────────────────────────────────────────────────────────────────────────────────


def test_tokens_are_estimated_unless_the_model_counts():
    """The numbers say how far to trust them."""
    agent, _ = make_agent()
    assert not agent.preview_sync("Where do you live?", **USER).is_exact
    agent, _ = make_agent(model=CountsWords())
    prompt = agent.preview_sync("Where do you live?", **USER)
    assert prompt.is_exact
    counts = {block.name: block.num_tokens for block in prompt.blocks}
    assert (counts["summary"], counts["said"]) == (3, 4)
    words = sum(len(str(message.text).split()) for message in prompt.messages)
    assert prompt.num_tokens == words + 8 * len(prompt.messages)


def test_tools_count_too():
    """They fill the window though they stand in no message."""
    (agent, _), (plain, _) = make_agent(tools=[add]), make_agent()
    with_tools, without = (each.preview_sync("1 + 1?", **USER) for each in (agent, plain))
    assert with_tools.blocks[0].name == "tools"
    assert with_tools.num_tokens == without.num_tokens + with_tools.blocks[0].num_tokens


def test_it_is_data_and_text():
    """Whoever writes a persona reads it; a program takes it apart."""
    agent, _ = secrets.make_agent()
    prompt = agent.preview_sync("Some tea?", user_id="ann", listener="bob")
    plain = json.loads(json.dumps(prompt.as_dict()))
    assert [message["role"] for message in plain["messages"]] == ["system", "user"]
    assert plain["num_tokens"] == prompt.num_tokens
    assert plain["blocks"][-1] == {"name": "said", "text": "Some tea?", "num_tokens": 3}
    assert str(prompt).startswith("[system]\n")
    assert str(prompt).endswith("Some tea?")


# ── nothing happens ──────────────────────────────────────────────────────────────────────────


async def test_no_model_is_asked_and_nothing_is_kept(tmp_path: Path):
    """To look is not to talk."""
    home = tmp_path / "home"
    model = ScriptedModel()
    parts: Any = dict(
        embedder=HashEmbedder(),
        ranker=FirstFacts(),
        updater=MustNotRead(),
        perceptors=[],
        guards=[],
        critics=[],
    )
    with Agent(make_persona(), model=model, home=home, **in_parts(**parts)) as agent:
        talk = agent.conversation(**USER)
        for _ in range(2):
            await talk.preview("I am Ann.", attachments=[write_tiny_png(tmp_path / "a.png").read_bytes()])
        assert model.num_calls == 0
        assert await talk.history() == []
        assert not [path for path in (home / "media").rglob("*") if path.is_file()]
        assert "I am Ann" not in json.dumps(await talk.export(), default=str)


async def test_a_turn_that_waits_for_approval_goes_on_waiting():
    """Another turn would end it; a look does not."""
    agent, model = make_agent(call("add", a=1, b=1), "Two.", tools=[add], approve=True)
    talk = agent.conversation(**USER)
    assert (await talk.say("1 + 1?")).pending
    await talk.preview("And 2 + 2?")
    assert (await talk.resume(approve=True)).text == "Two."
    assert model.num_calls == 2


async def test_a_tool_may_look_at_the_talk_that_called_it():
    """It waits for nothing, so it cannot wait for itself."""
    seen: list[Prompt] = []

    async def peek() -> str:
        """Look at the next prompt."""
        seen.append(await agent.preview("And then?", **USER))
        return "done"

    agent, _ = make_agent(call("peek"), "Quite so.", tools=[peek])
    assert (await agent.run("Well?", **USER)).text == "Quite so."
    assert block(seen[0], "said") == "And then?"


# ── the listener's cut ───────────────────────────────────────────────────────────────────────


async def test_a_preview_tells_no_secret_to_a_stranger():
    """It is shown to whoever talks, so it is cut like the prompt itself."""
    agent, _ = secrets.make_agent(tools=["look_up_fact"])
    await agent.run("The Iron Key is mine.", user_id="ann", listener="bob")
    stranger = await agent.preview("Where is the key? Some tea?", user_id="ann")
    assert "Iron Key" not in json.dumps(stranger.as_dict())
    bob = await agent.preview("Where is the key? Some tea?", user_id="ann", listener="bob")
    assert "You guard the Iron Key." in str(bob)
    assert "Bob has seen it." in block(bob, "lore")


async def test_a_preview_stands_at_the_moment_of_the_story():
    """What is still to come is not in it either."""

    class All:
        def rank(
            self, graph: Any, query: str, *, limit: int, before: Any = (), character: str = ""
        ) -> list[Fact]:
            return [*graph.facts.values()]

    agent, _ = secrets.make_agent(ranker=All())
    assert "Engine" in str(await agent.preview("Well?", **USER))
    assert "Engine" not in str(await agent.preview("Well?", **USER, as_of="1840"))


# ── bad input ────────────────────────────────────────────────────────────────────────────────


def test_bad_input_is_refused_like_in_a_turn():
    """A preview of what no turn can hold would promise too much."""
    agent, _ = make_agent()
    with pytest.raises(InputError, match="empty"):
        agent.preview_sync("", **USER)
    with pytest.raises(InputError, match="nobody"):
        agent.preview_sync("Hello.", **USER, listener="nobody")
    agent, _ = make_agent(limits=Limits(context_tokens=20))
    with pytest.raises((InputError, ModelError), match="does not fit"):
        agent.preview_sync("Hello there. " * 20, **USER)
