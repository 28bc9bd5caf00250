"""Half a character, from wherever it comes, never ends a turn in an encoding error."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from PIL import Image

from roleagent.agent.agent import Agent
from roleagent.errors import InputError
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, ScriptedModel
from roleagent.types import Attachment, Observation, Selection, TextDelta
from tests.parts import in_parts

HALF, OTHER_HALF = "\ud83d", "\ude00"
ANN = {"user_id": "ann"}


class Pieces(ScriptedModel):
    """Streams the pieces it is given as they are."""

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for piece in self._next_answer(messages, stop, kwargs).text.split("|"):
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))


class Reader:
    """A perceptor that reads half a character."""

    name, media_types = "reader", ("image/*",)

    def perceive(self, attachment: Attachment) -> list[Observation]:
        return [Observation(kind="text", text=f"Sale {HALF}", source="reader", attachment_id=attachment.id)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def make_agent(home: Path | None, model: ScriptedModel, **options: Any) -> Agent:
    defaults: dict[str, Any] = dict(
        model=model, home=home, on_disk=home is not None, embedder=HashEmbedder(), ranker=FirstFacts(),
        recall="fast", perceptors=[], critics=[],
    )  # fmt: skip
    return Agent("holmes", **in_parts(**(defaults | options)))


async def test_in_what_is_said_and_answered(home: Path) -> None:
    with make_agent(
        home, Pieces([f"Hello {HALF}.", f"A |{HALF}|{OTHER_HALF}| smile.", f"End {HALF}"])
    ) as agent:
        assert (await agent.run(f"hi {HALF} there", **ANN)).text == "Hello \ufffd."
        stream = [event async for event in agent.stream("hi", **ANN)]
        shown = "".join(event.text for event in stream if isinstance(event, TextDelta))
        assert shown == stream[-1].reply.text == "A 😀 smile."
        assert (await agent.run("hi", **ANN)).text == "End \ufffd"
        assert (await agent.conversation(**ANN).history())[0].text == "hi \ufffd there"
        await agent.conversation(**ANN).recall(f"{HALF} there")
        await agent.conversation(**ANN).propose(f"I live in Oslo {HALF}.")
        await agent.conversation(**ANN).forget(what=Selection(matching=f"hi {HALF}"))
        assert f"hi {HALF} there" not in [each.text for each in await agent.conversation(**ANN).history()]


async def test_in_calls_and_results_of_tools(home: Path) -> None:
    def echo(said: str) -> str:
        """Say it again."""
        return f"{said} {HALF}"

    call = AIMessage("", tool_calls=[{"name": "echo", "args": {"said": f"x{HALF}"}, "id": "1"}])
    with make_agent(home, ScriptedModel([call, "Fine."]), tools=[echo], approve=True) as agent:
        waiting = await agent.run("Well?", **ANN)
        assert waiting.pending[0].arguments == {"said": "x\ufffd"}
        reply = await agent.conversation(**ANN).resume(approve=True)
        assert reply.tool_uses[0].result == "x\ufffd \ufffd"
        json.dumps(await agent.conversation(**ANN).export(), ensure_ascii=False).encode()


@pytest.mark.parametrize("is_on_disk", [True, False])
async def test_in_what_is_seen_and_in_the_names_of_files(
    tmp_path: Path, home: Path, is_on_disk: bool
) -> None:
    png = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png"))
    Image.new("RGB", (2, 2)).save(png)
    model = ScriptedModel(["Fine."])
    with make_agent(home if is_on_disk else None, model, perceptors=[Reader()]) as agent:
        try:
            reply = await agent.run("Look.", attachments=[png], **ANN)
        except InputError as error:
            assert not is_on_disk
            str(error).encode()
            return
        assert [each.text for each in reply.grounds.observations] == ["Sale \ufffd"]
        str(reply).encode()


@pytest.mark.parametrize("name", ["user_id", "thread_id", "listener", "as_of"])
async def test_in_an_id_it_is_refused(name: str) -> None:
    """Who is meant must be certain."""
    agent = make_agent(None, ScriptedModel([]))
    with pytest.raises(InputError):
        await agent.run("hi", **{**ANN, name: f"x{HALF}"})


async def test_an_erasure_in_an_odd_conversation_is_told(home: Path) -> None:
    with make_agent(home, ScriptedModel(["Ah."])) as agent:
        await agent.run("hi", **ANN)
        with pytest.raises(InputError):
            await agent.conversation(**ANN).forget(what=Selection(thread_id=HALF, before=datetime.now(UTC)))
        assert len(await agent.conversation(**ANN).history()) == 2
