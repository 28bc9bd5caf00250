"""ScriptedModel: the fake that stands in for a language model everywhere else in the tests."""

import asyncio
import time

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from langchain_tests.unit_tests import ChatModelUnitTests

from roleagent.errors import ModelError
from roleagent.testing.fakes import ScriptedModel


def test_answers_in_the_order_of_the_script() -> None:
    """A test reads like the conversation it stands for."""
    model = ScriptedModel(["one", AIMessage(content="two")])
    assert [model.invoke("a").text, model.invoke("b").text] == ["one", "two"]
    assert [prompt[0].content for prompt in model.prompts] == ["a", "b"]


def test_raises_what_the_script_holds() -> None:
    """Failures of a model can be rehearsed; the next entry still answers."""
    model = ScriptedModel([TimeoutError("slow"), "better"])
    with pytest.raises(TimeoutError, match="slow"):
        model.invoke("a")
    assert model.invoke("b").text == "better"


def test_says_when_the_script_is_used_up() -> None:
    """A surprise call must not look like an empty answer."""
    model = ScriptedModel(["one"])
    model.invoke("a")
    with pytest.raises(ModelError, match=r"asked a 2\. time, but its script of 1 is used up"):
        model.invoke("b")


def test_streams_word_by_word_in_english_and_chinese() -> None:
    """Consumers that split sentences need more than one piece."""
    model = ScriptedModel(["It is  clear.\n", "你好 Watson。"])
    assert [chunk.text for chunk in model.stream("a")] == ["It", " is", "  clear.", "\n", ""]
    assert [chunk.text for chunk in model.stream("a")] == ["你", "好", " Watson。", ""]


async def test_async_stream_leaves_the_event_loop_free() -> None:
    """`word_delay_s` may slow the stream, never the loop."""
    model = ScriptedModel(["a b c d"], word_delay_s=0.02)
    began = time.perf_counter()
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    ticker = asyncio.create_task(tick())
    words = [chunk.text async for chunk in model.astream("x")]
    ticker.cancel()
    assert words == ["a", " b", " c", " d", ""]
    assert ticks >= 3
    assert time.perf_counter() - began >= 0.1


def test_streams_a_scripted_tool_call() -> None:
    """A stream adds up to the message that `invoke` gives."""
    call = {"name": "roll", "args": {"sides": 6}, "id": "1"}
    message = AIMessage(content="Let us see.", tool_calls=[call])
    chunks = list(ScriptedModel([message]).stream("a"))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert whole.text == "Let us see."
    assert [(c["name"], c["args"], c["id"]) for c in whole.tool_calls] == [("roll", {"sides": 6}, "1")]


def test_bound_tools_and_stop_words_are_recorded() -> None:
    """A test can see which tools the workflow offered."""

    @tool
    def roll(sides: int) -> int:
        """Roll a die."""
        return sides

    model = ScriptedModel(["one. two"])
    answer = model.bind_tools([roll], tool_choice="any").invoke("a", stop=["."])
    assert answer.text == "one"
    assert model.options[0]["tools"][0]["function"]["name"] == "roll"
    assert model.options[0]["tool_choice"] == "any"
    assert model.options[0]["stop"] == ["."]


def test_usage_is_counted_in_words() -> None:
    """Code that adds up tokens has something to add."""
    answer = ScriptedModel(["three small words"]).invoke([HumanMessage("two words")])
    assert answer.usage_metadata == {"input_tokens": 2, "output_tokens": 3, "total_tokens": 5}


class TestStandard(ChatModelUnitTests):
    """The peers' own unit suite."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ScriptedModel

    @property
    def chat_model_params(self) -> dict:
        return {"script": ["Yes."]}
