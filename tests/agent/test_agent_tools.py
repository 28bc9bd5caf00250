"""Tools through the whole agent: what runs, how often, and what the model is told of it."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage
from PIL import Image

from roleagent.agent.running import Running
from roleagent.errors import StoreError
from roleagent.testing.critics import RejectWords
from roleagent.testing.fakes import ScriptedModel
from roleagent.workflow.state import Limits
from tests.agent.ada import USER, add, call, make_agent, told


def calls_and_results(model: ScriptedModel) -> tuple[list[Any], list[Any]]:
    """Ids of the calls in the last prompt, and of the results that stand for them."""
    last = model.prompts[-1]
    asked = [call["id"] for message in last for call in getattr(message, "tool_calls", ())]
    return asked, [message.tool_call_id for message in last if isinstance(message, ToolMessage)]


@pytest.mark.parametrize("name", ["add", "fly"])
@pytest.mark.parametrize("rounds", [0, 1, 3])
async def test_a_model_that_calls_on_and_on_gets_no_more_runs(rounds: int, name: str):
    """The limit is hard: after it the persona falls back, however often the model calls."""
    agent, model = make_agent(
        *[call(name, a=1, b=number) for number in range(40)], tools=[add], limits=Limits(tool_rounds=rounds)
    )
    reply = await agent.run("1 + 1?", **USER)
    assert len(reply.tool_uses) == rounds
    assert reply.fell_back
    assert model.num_calls == rounds + Limits().drafts


async def test_rounds_of_rejected_drafts_count_too():
    """Revisions must not multiply the rounds."""
    agent, _ = make_agent(
        call("add", a=1, b=1), "Bad.", call("add", a=1, b=2), "Bad.", call("add", a=1, b=3), "Good.",
        tools=[add], critics=[RejectWords(["Bad"])], limits=Limits(tool_rounds=2, drafts=6),
    )  # fmt: skip
    reply = await agent.run("1 + 1?", **USER)
    assert [use.result for use in reply.tool_uses] == ["2", "3"]
    assert reply.text == "Good."


async def test_a_thousand_calls_at_once_are_bounded():
    """They would fill the prompt, and run a thousand times."""
    many = [{"name": "add", "args": {"a": 1, "b": n}, "id": None} for n in range(1_000)]
    agent, model = make_agent(
        AIMessage("", tool_calls=many), "Two.", tools=[add], limits=Limits(tool_calls=3)
    )
    reply = await agent.run("1 + 1?", **USER)
    assert [use.ok for use in reply.tool_uses] == [True, True, True, False]
    asked, answered = calls_and_results(model)
    assert asked == answered
    assert len(set(asked)) == 4


@pytest.mark.parametrize("given", [None, "", "c1"])
async def test_each_result_names_one_call(given: str | None):
    """Servers that give no ids, or one twice, must not mix results up, over all rounds of a turn."""
    two = [{"name": "add", "args": {"a": 1, "b": n}, "id": given} for n in (1, 2)]
    agent, model = make_agent(*[AIMessage("", tool_calls=two)] * 2, "Done.", tools=[add])
    reply = await agent.run("?", **USER)
    asked, answered = calls_and_results(model)
    assert asked == answered == [use.id for use in reply.tool_uses]
    assert len({*asked}) == 4
    assert all(asked)


async def test_calls_without_ids_are_approved_each_for_itself(tmp_path: Path):
    """One of two calls of a tool must not stand for the other, after a restart either."""
    two = [
        {"name": name, "args": {"a": 1, "b": n}, "id": None} for n, name in enumerate(("add", "add", "fly"))
    ]
    options: dict[str, Any] = dict(tools=[add], approve=["add"], on_disk=True, home=tmp_path)
    agent, _ = make_agent(AIMessage("", tool_calls=two), **options)
    pending = (await agent.run("?", **USER)).pending
    assert len({use.id for use in pending}) == 2
    agent.close()
    agent, model = make_agent("Done.", **options)
    reply = await agent.conversation(**USER).resume(approve=True)
    assert [use.id for use in reply.tool_uses][:2] == [use.id for use in pending]
    assert [use.result for use in reply.tool_uses][:2] == ["1", "2"]
    asked, answered = calls_and_results(model)
    assert asked == answered
    agent.close()


async def test_a_malformed_call_is_told_counted_and_shown():
    """Else the model hears that it said nothing, and writes the same again."""
    bad = {"name": "add", "args": '{"a": 1,,}', "id": "c1", "error": "no JSON"}
    broken = AIMessage("", invalid_tool_calls=[bad])
    agent, model = make_agent(*[broken] * 2, "Two.", tools=[add], limits=Limits(tool_rounds=2))
    reply = await agent.run("1 + 1?", **USER)
    assert "The call of 'add' was not run: its arguments are no valid JSON" in told(model, 1)
    assert [(use.name, use.ok) for use in reply.tool_uses] == [("add", False)] * 2
    assert "tools" not in model.options[2]
    assert reply.text == "Two."


async def test_a_call_that_was_cut_off_is_told_and_not_run():
    """Half an argument may be a path to the wrong file."""
    cut = call("add", a=1, b=1)
    cut.response_metadata = {"stop_reason": "max_tokens"}
    agent, model = make_agent(cut, "I shall not.", tools=[add])
    reply = await agent.run("1 + 1?", **USER)
    assert not reply.tool_uses[0].ok
    assert "cut off by the limit of length" in told(model, 1)


@pytest.mark.parametrize(
    "profile", [{}, {"image_inputs": True}, {"image_inputs": True, "image_tool_message": True}]
)
async def test_a_picture_of_a_tool_reaches_a_model_that_sees(profile: dict[str, Any]):
    """Never as text; in the tool's own message only where the vendor takes it there."""
    buffer = io.BytesIO()
    Image.new("RGB", (30, 20)).save(buffer, "png")

    def chart() -> list[Any]:
        """Draw a chart."""
        return [{"type": "text", "text": "Sales"}, buffer.getvalue()]

    agent, model = make_agent(call("chart"), "Here.", tools=[chart])
    model.profile = profile  # type: ignore[assignment]
    reply = await agent.run("Chart!", **USER)
    assert "Sales" in str(reply.tool_uses[0].result)
    assert "[a picture, image/png" in str(reply.tool_uses[0].result)
    with_pictures = [
        message.type
        for message in model.prompts[1]
        if any(isinstance(block, dict) and block["type"] == "image" for block in message.content)
    ]
    assert with_pictures == {0: [], 1: ["human"], 2: ["tool"]}[len(profile)]


async def test_cancelling_a_turn_cancels_its_tools():
    """A tool's own cancellation is a failed result; that of the turn is not."""
    started = asyncio.Event()

    async def wait() -> str:
        """Wait."""
        started.set()
        await asyncio.sleep(5)
        return "late"

    agent, _ = make_agent(call("wait"), "Here.", tools=[wait])
    turn = asyncio.create_task(agent.run("Wait!", **USER))
    await started.wait()
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn


async def test_a_turn_saved_by_an_earlier_release_is_said_to_be_lost(monkeypatch: pytest.MonkeyPatch):
    """The checkpoint gives it as plain values; it must not be taken for a turn, and the talk goes on."""
    agent, _ = make_agent(call("add", a=1, b=1), "Two.", tools=[add], approve=True)
    await agent.run("1 + 1?", **USER)
    waiting = Running.waiting_turn

    async def saved_long_ago(self: Running, *where: Any) -> Any:
        return await waiting(self, *where) and {"persona_id": "ada", "text": "1 + 1?"}

    monkeypatch.setattr(Running, "waiting_turn", saved_long_ago)
    with pytest.raises(StoreError, match="earlier release and cannot be resumed: say it again"):
        await agent.conversation(**USER).resume(approve=True)
    assert (await agent.run("1 + 1?", **USER)).text == "Two."
