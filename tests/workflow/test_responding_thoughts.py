"""What a model writes beside its answer: thoughts, why it stopped, how far it has read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.tools import tool

from roleagent.errors import ModelError
from roleagent.types import Reading
from roleagent.workflow.drafting import first_chunk, was_cut, write_draft
from roleagent.workflow.gate import SentenceGate
from tests.workflow.pieces import (
    in_pieces,
    make_agent,
    turn,
)

# ── what is thought is never shown ───────────────────────────────────────────────────────────

THOUGHTS = "Okay, the user greets me. I should be Ada."


@pytest.mark.parametrize("critics", [[], ["role", "leak", "horizon", "consistency"]])
@pytest.mark.parametrize(
    "said",
    [
        f"<think>\n{THOUGHTS}\n</think>\n\nGood evening.",
        f"{THOUGHTS}\n</think>\n\nGood evening.",
        f"<thinking>{THOUGHTS}</thinking>Good evening.",
        f"<think>{THOUGHTS}</think>\n<think>More.</think>\nGood evening.",
    ],
)
async def test_what_is_thought_aloud_is_not_shown_remembered_or_judged(critics: list[str], said: str):
    """Reasoning is no part of the character, and costs no answer."""
    for cut in (0, 1, 5):
        agent, model = make_agent(in_pieces(said, cut), critics=critics)
        reply, shown = await turn(agent)
        assert "".join(shown) == reply.text == "Good evening."
        assert reply.revisions == ()
        assert len(model.prompts) == 1
        assert THOUGHTS in reply.thinking
        assert f"- {THOUGHTS}" in reply.explain().as_markdown()
        assert [episode.text for episode in await agent.conversation(user_id="ann").history()] == [
            "Hello.",
            "Good evening.",
        ]
        await turn(agent)
        assert "Okay, the user" not in "\n".join(message.text for message in model.prompts[1])


async def test_a_character_may_speak_of_the_marks_of_thought():
    """Only what is thought is left out, not what is said about thinking."""
    said = "I once wrote <think> on a slate. It rained."
    agent, _ = make_agent(in_pieces(said, 9), critics=["role", "leak", "horizon", "consistency"])
    reply, _ = await turn(agent)
    assert (reply.text, reply.thinking) == (said, "")


async def test_thoughts_beside_the_text_are_kept_apart():
    """Vendors give them as blocks, or under names of their own."""
    blocks: Any = (
        [{"type": "thinking", "thinking": "Hm. ", "index": 0}],
        [{"type": "text", "text": "Yes.", "index": 1}],
    )
    agent, _ = make_agent([AIMessageChunk(content=block) for block in blocks])
    reply, _ = await turn(agent)
    assert (reply.text, reply.thinking) == ("Yes.", "Hm.")
    beside = AIMessageChunk(content="", additional_kwargs={"reasoning_content": "Hm. "})
    agent, _ = make_agent([beside, "Okay", ", yes."])
    reply, shown = await turn(agent)
    assert (reply.text, reply.thinking) == ("Okay, yes.", "Hm.")
    assert shown == ["Okay", ", yes."]


async def test_an_answer_that_is_only_thought_says_nothing():
    """It is asked for again, as any empty answer is."""
    cut = AIMessageChunk(content="", response_metadata={"finish_reason": "length"})
    agent, model = make_agent(["<think>I wonder", cut], ["I am Ada."], critics=["role"])
    reply, _ = await turn(agent)
    assert reply.text == "I am Ada."
    assert reply.revisions[0].verdicts[0].critic == "answer"
    assert reply.thinking == "I wonder"
    assert "Nothing was said" in model.prompts[1][-1].text


async def test_tools_are_called_beside_thoughts_and_the_thoughts_are_not_given_back():
    """Signed blocks are: their vendors refuse to go on without them."""

    @tool
    def weather() -> str:
        """Look out of the window."""
        return "rain"

    signed = {"type": "thinking", "thinking": "Signed.", "signature": "x"}
    content: Any = [{"type": "thinking", "thinking": "Plain."}, signed, {"type": "text", "text": "I look."}]
    calls = [tool_call_chunk(name="weather", args="{}", id="1", index=0)]
    marked = AIMessageChunk(content="<think>Plain.</think>I look.", tool_call_chunks=calls)
    in_blocks = AIMessageChunk(content=content, tool_call_chunks=calls)
    for called, given_back in ((marked, "I look."), (in_blocks, [signed, content[2]])):
        agent, model = make_agent([called], ["It rains."], tools=[weather])
        reply, _ = await turn(agent)
        assert reply.text == "I look. It rains."
        assert "Plain." in reply.thinking
        assert next(each for each in model.prompts[1] if isinstance(each, AIMessage)).content == given_back


@pytest.mark.parametrize(
    "metadata",
    [
        {"finish_reason": "length"},
        {"stop_reason": "max_tokens"},
        {"finish_reason": "MAX_TOKENS"},
        {"finish_reason": "FinishReason.MAX_TOKENS"},
        {"finishReason": "MAX_TOKENS"},
        {"done_reason": "length", "done": True},
        {"stopReason": "max_tokens"},
        {"stop_reason": "model_context_window_exceeded"},
        {"finish_reason": "model_length"},
        {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
        {"completionReason": "LENGTH"},
        {"stop_type": "limit"},
        {"finish_reason": "content_filter"},
        {"finish_reason": "SAFETY"},
    ],
)
def test_an_answer_that_was_cut_is_known_at_every_vendor(metadata: dict[str, Any]) -> None:
    """Each vendor has another word for it; half a sentence or half a call must be seen as one."""
    assert was_cut(AIMessage("I live", response_metadata=metadata))
    assert was_cut(AIMessage("I live", additional_kwargs=metadata))


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"finish_reason": "stop"},
        {"finish_reason": None},
        {"finish_reason": "STOP"},
        {"stop_reason": "end_turn"},
        {"stop_reason": "stop_sequence", "stop_sequence": "length"},
        {"done_reason": "stop", "eval_length": 12},
        {"finish_reason": "tool_calls"},
        {"stop_type": "eos"},
        {"status": "completed", "incomplete_details": None},
        {"finish_reason": "eos_token", "model_name": "max_tokens-length"},
    ],
)
def test_an_answer_that_came_to_its_end_was_not_cut(metadata: dict[str, Any]) -> None:
    """A whole answer must not lose its last sentence."""
    assert not was_cut(AIMessage("I live here.", response_metadata=metadata))


def test_a_reason_that_several_chunks_give_is_still_read() -> None:
    """Joined chunks have such words run together: "stop" told twice is "stopstop"."""
    pieces = [
        AIMessageChunk(content="I", response_metadata={"finish_reason": "MAX_TOKENS"}) for _ in range(2)
    ]
    assert was_cut(pieces[0] + pieces[1])


class SlowReader:
    """Reads for several times the patience, telling of it, then writes."""

    def __init__(self, *steps: AIMessageChunk, pause_s: float = 0.04) -> None:
        self._steps, self._pause_s = steps, pause_s
        self.num_given = 0

    async def astream(self, messages: object) -> AsyncIterator[AIMessageChunk]:
        for step in self._steps:
            await asyncio.sleep(self._pause_s)
            self.num_given += 1
            yield step


def progress(done: int) -> AIMessageChunk:
    told = [{"processed": done, "total": 100}]
    return AIMessageChunk("", additional_kwargs={"prompt_progress": told})


STEPS = (*map(progress, (20, 40, 60, 80, 100)), AIMessageChunk(""), AIMessageChunk("Good evening."))


async def test_reading_is_no_silence_and_is_told():
    """A slow machine reads a prompt for minutes; only a model that neither reads nor writes is given up."""
    told: list[Reading] = []
    gate = SentenceGate(judge=None, release=lambda text: None, speaker="Holmes", released="")
    answer = await write_draft(SlowReader(*STEPS), [], gate, timeout_s=0.15, on_reading=told.append)
    assert (answer.text, answer.additional_kwargs) == ("Good evening.", {})
    assert [reading.done for reading in told] == [20, 40, 60, 80, 100]


async def test_warming_up_reads_to_the_end():
    """What is stopped at the first word of progress has not been read."""
    model = SlowReader(*STEPS, pause_s=0)
    await first_chunk(model, [], timeout_s=1)
    assert model.num_given == len(STEPS)


async def test_a_model_that_does_nothing_is_given_up_with_the_way_out():
    """Who waits in a terminal has a flag."""
    with pytest.raises(ModelError, match=r"--patience, ROLEAGENT_PATIENCE_S or Limits"):
        await first_chunk(SlowReader(*STEPS, pause_s=9), [], timeout_s=0.02)
