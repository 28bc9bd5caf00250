"""The stream is read ahead of the critics, and no further than it should be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk

from roleagent.errors import ModelError
from roleagent.workflow.drafting import READ_AHEAD, write_draft
from roleagent.workflow.gate import SentenceGate


class Writes:
    """A model that writes a piece each time it is asked for one, as a plain generator does."""

    def __init__(self, pieces: list[str], *, fails_at: int | None = None) -> None:
        self.pieces, self.fails_at = pieces, fails_at
        self.num_written, self.closed_by = 0, ""

    async def astream(self, messages: Any) -> AsyncIterator[AIMessageChunk]:
        opened_by = asyncio.current_task()
        try:
            for number, piece in enumerate(self.pieces):
                if number == self.fails_at:
                    raise ValueError("the engine stopped")
                await asyncio.sleep(0)
                self.num_written += 1
                yield AIMessageChunk(content=piece)
        finally:
            self.closed_by = "its reader" if asyncio.current_task() is opened_by else "somebody else"


Judge = Callable[[str], Awaitable[bool]]


async def write(model: Any, judge: Judge, shown: list[str]) -> SentenceGate:
    gate = SentenceGate(judge=judge, release=shown.append, speaker="Ada")
    await write_draft(model, [], gate, timeout_s=5)
    return gate


async def test_the_next_sentence_is_written_while_the_last_is_judged():
    """Otherwise every check would stop the model, and the user would wait for both in turn."""
    model, shown = Writes(["One. ", "Two. ", "Three. ", "Four. ", "x"]), list[str]()
    seen: list[int] = []

    async def judge(draft: str) -> bool:
        for _ in range(20):
            await asyncio.sleep(0)
        seen.append(model.num_written)
        return True

    await write(model, judge, shown)
    assert seen[0] == 5, "the model has written all while the first sentence was judged"
    assert "".join(shown) == "One. Two. Three. Four."


async def test_a_rejection_stops_the_model_and_shows_nothing_that_was_read_ahead():
    """What follows a rejected sentence is dropped unread, and its stream is closed where it was opened."""
    model, shown = Writes(["One. ", "Two. ", *(f"More {number}. " for number in range(3_000))]), list[str]()

    async def judge(draft: str) -> bool:
        for _ in range(20):
            await asyncio.sleep(0)
        return "Two" not in draft

    gate = await write(model, judge, shown)
    assert (gate.rejected, "".join(shown), gate.draft) == ("Two.", "One.", "One. Two.")
    assert model.num_written <= READ_AHEAD
    assert model.closed_by == "its reader"
    assert len(asyncio.all_tasks()) == 1


async def test_the_model_waits_if_it_is_too_far_ahead():
    """A stream without end must not fill the memory while a judge thinks."""
    model, shown = Writes(["One. ", *(["word "] * 5_000)]), list[str]()

    async def judge(draft: str) -> bool:
        for _ in range(3 * READ_AHEAD):
            await asyncio.sleep(0)
        assert model.num_written <= READ_AHEAD + 3
        return True

    await write(model, judge, shown)
    assert model.num_written == 5_001


async def test_a_failure_comes_after_what_was_written_before_it():
    """The user keeps what passed, and the error is the model's own."""
    model, shown = Writes(["One. ", "Two. ", "Three. ", "x"], fails_at=3), list[str]()

    async def judge(draft: str) -> bool:
        for _ in range(20):
            await asyncio.sleep(0)
        return True

    with pytest.raises(ModelError, match="the engine stopped"):
        await write(model, judge, shown)
    assert "".join(shown) == "One. Two. Three."


async def test_who_leaves_stops_the_model():
    """A cancelled turn must not go on writing."""
    model = Writes(["One. ", *(["word "] * 5_000)])
    judging = asyncio.Event()

    async def judge(draft: str) -> bool:
        judging.set()
        await asyncio.sleep(30)
        return True

    writing = asyncio.create_task(write(model, judge, []))
    await judging.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert model.closed_by == "its reader"
    assert len(asyncio.all_tasks()) == 1
