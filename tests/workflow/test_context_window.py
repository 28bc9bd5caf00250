"""A talk that outgrows the language model's context goes on, and a turn that cannot fit says why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import AIMessage

from roleagent.errors import InputError, ModelError
from roleagent.testing.fakes import ScriptedModel
from roleagent.workflow.context_window import MAX_REFUSALS, says_too_long
from roleagent.workflow.state import Limits
from tests.agent.ada import USER, call, make_agent, told

LONG = "We went to the market and bought pears. " * 40  # 1,600 characters
TURNS = [f"Day {number}. {LONG}" for number in range(6)]


class Refusing(ScriptedModel):
    """Refuses prompts of more characters than it holds, in some vendor's words."""

    holds: int = 6_000
    words: str = "context_length_exceeded"
    refusals: int = 0

    def _next_answer(self, messages: Any, stop: Any, options: Any) -> AIMessage:
        if sum(len(message.text) for message in messages) > self.holds:
            self.refusals += 1
            raise RuntimeError(self.words)
        return super()._next_answer(messages, stop, options)


async def talk(model: ScriptedModel, **options: Any) -> list[Any]:
    agent, _ = make_agent(model=model, **options)
    return [await agent.run(said, **USER) for said in [*TURNS, "Hello?"]]


async def test_a_model_that_tells_its_window_is_never_asked_too_much():
    """The oldest utterances are left out, and the reply says so."""
    model = Refusing(["I see."] * 7, holds=6_000, profile={"max_input_tokens": 2_000})
    *_, last = await talk(model)
    assert model.refusals == 0
    assert last.text == "I see."
    assert "Day 0." not in told(model, 6)
    assert "Day 5." in told(model, 6)
    assert told(model, 6).endswith("Hello?")
    assert last.omitted.history[0].text.startswith("Day 0.")
    page = last.explain().as_markdown()
    assert "Left out because there was no room (a prompt of 1,500 tokens)" in page
    assert "utterances of this conversation, the oldest" in page


async def test_the_window_may_be_set():
    """Servers of one's own do not tell it."""
    model = Refusing(["I see."] * 7, holds=6_000)
    *_, last = await talk(model, limits=Limits(context_tokens=2_000))
    assert (model.refusals, last.text) == (0, "I see.")


async def test_a_model_that_refuses_is_given_half():
    """Nobody knows its window; each turn is answered all the same."""
    model = Refusing(["I see."] * 7, holds=6_000)
    replies = await talk(model)
    assert {reply.text for reply in replies} == {"I see."}
    assert 0 < model.refusals < 8
    assert replies[-1].omitted is not None
    assert replies[0].omitted is None


@pytest.mark.parametrize("profile", [None, {"max_input_tokens": 500}])
@pytest.mark.parametrize("who", ["message", "persona"])
async def test_what_cannot_fit_is_refused_with_numbers_and_a_way_out(who: str, profile: Any):
    """The message or the persona alone is too long: nothing can be left out."""
    model = Refusing(["I see."] * 9, holds=1_000, profile=profile)
    agent, _ = make_agent(model=model)
    if who == "persona":
        agent._running.persona = replace(agent.persona, summary="You are Ada. " * 600)
    kind, said = (ModelError, "Hello?") if who == "persona" else (InputError, LONG * 5)
    with pytest.raises(
        kind, match=rf"The {who}.* does not fit the context.*about [\d,]+ tokens of persona"
    ) as at:
        await agent.run(said, **USER)
    assert "longer context" in str(at.value)
    assert model.refusals <= MAX_REFUSALS
    assert (await agent.conversation(**USER).history()) == []


async def test_a_prompt_is_not_halved_for_ever():
    """A server may refuse whatever it is sent."""
    model = Refusing(["I see."] * 9, holds=0)
    agent, _ = make_agent(model=model)
    with pytest.raises(ModelError, match="context_length_exceeded"):
        await agent.run("Hello?", **USER)
    assert model.refusals <= MAX_REFUSALS


async def test_other_failures_are_not_tried_again():
    """A broken line is no reason to forget what was said."""
    model = Refusing(["I see."] * 9, holds=0, words="Connection reset by peer")
    agent, _ = make_agent(model=model)
    with pytest.raises(ModelError, match="Connection reset"):
        await agent.run("Hello?", **USER)
    assert model.refusals == 1


async def test_results_of_tools_are_part_of_it():
    """A page that a tool read is cut; the question is still answered."""

    def read(page: str) -> str:
        """Read a page."""
        return LONG * 4

    model = Refusing(
        [call("read", page="1"), call("read", page="2"), "I see."], profile={"max_input_tokens": 2_000}
    )
    agent, _ = make_agent(model=model, tools=[read])
    reply = await agent.run("What is on it?", **USER)
    assert (reply.text, model.refusals) == ("I see.", 0)
    assert reply.omitted is not None
    assert reply.omitted.shortened == ("read",)
    assert len(str(reply.tool_uses[0].result)) > 6_000  # the program has all of it


@pytest.mark.parametrize(
    "words",
    [
        "Error code: 400 - {'error': {'code': 'context_length_exceeded'}}",
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
        "Please reduce the length of the messages or completion.",
        "Your input exceeds the context window of this model.",
        "prompt is too long: 213462 tokens > 200000 maximum",
        "input length and `max_tokens` exceed context limit: 190000 + 21333 > 200000",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        "the request exceeds the available context size, try increasing it",
        "Requested tokens (5000) exceed context window of 4096",
        "exceed_context_size_error",
        "The decoder prompt (length 8208) is longer than the maximum model length of 8192.",
        "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
        "the input length exceeds the context length",
        "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens",
        "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
        "too many tokens: total number of tokens in the prompt cannot exceed 4081",
        "Input is too long for requested model.",
        "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
        "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with "
        "context length of only 4096 tokens",
        "Range of input length should be [1, 30720]",
        "The prompt of 5000 tokens does not fit the context of 4096 tokens (num_ctx) of 'a.gguf'.",
        "输入过长，超过模型的上下文长度",
        "Prompt 超长",
    ],
)
def test_vendors_say_it_in_many_ways(words: str):
    """Each of them, wrapped as a `ModelError`, is known for what it is."""
    with pytest.raises(ModelError) as failed:
        raise ModelError("The language model failed.") from RuntimeError(words)
    assert says_too_long(failed.value)


@pytest.mark.parametrize(
    "words",
    [
        "Connection reset by peer",
        "Rate limit reached: Request too large, 12000 tokens per minute, reduce the length of the messages",
        "Incorrect API key provided",
        "The server had an error while processing your request",
        "out of memory",
        "Unknown model",
    ],
)
def test_other_refusals_are_left_alone(words: str):
    """To leave the conversation out would not help."""
    assert not says_too_long(ModelError(words))


def test_langchain_has_a_name_for_it():
    """Some integrations raise it."""
    assert says_too_long(ContextOverflowError("too much"))
