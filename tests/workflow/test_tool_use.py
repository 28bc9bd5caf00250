"""One tool call, whatever it does."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from langchain_core.tools import StructuredTool, ToolException
from langgraph.errors import GraphInterrupt

from roleagent.workflow.tool_use import MAX_RESULT_CHARS, run_tool


def tool_that(answer: Any) -> StructuredTool:
    async def act() -> Any:
        """Act."""
        return await answer() if callable(answer) else answer

    return StructuredTool.from_function(coroutine=act)


async def run(answer: Any) -> tuple[str, bool]:
    told = await run_tool(tool_that(answer), {}, timeout_s=0.2)
    return told.text, told.ok


async def test_a_long_result_is_cut():
    """A tool must not fill the model's whole context."""
    assert await run("x" * 10_000) == ("x" * MAX_RESULT_CHARS, True)


async def test_content_blocks_become_their_text():
    """That is how MCP servers answer."""
    assert await run([{"type": "text", "text": "high water"}, {"type": "text", "text": "06:12"}]) == (
        "high water\n06:12",
        True,
    )


async def test_a_tool_that_hangs_or_raises_is_told_and_marked():
    """The model is told what happened and can do otherwise."""

    async def fail() -> None:
        raise OSError("no line to the station")

    assert await run(lambda: asyncio.sleep(5)) == ("act took longer than 0.2 s.", False)
    assert await run(fail) == ("act failed: no line to the station", False)


async def test_what_is_for_the_program_comes_beside_the_text():
    """A model need not read it."""

    def find(about: str) -> tuple[str, tuple[int, ...]]:
        """Find."""
        return f"Two of {about}.", (1, 2)

    tool = StructuredTool.from_function(find, response_format="content_and_artifact")
    assert await run_tool(tool, {"about": "it"}, timeout_s=1) == ("Two of it.", True, (1, 2), ())


# ── what goes wrong inside ───────────────────────────────────────────────────────────────────


ERRORS = {
    "cancelled": (lambda: asyncio.CancelledError("upstream closed"), "it was cancelled: upstream closed"),
    "its own time limit": (
        lambda: TimeoutError("db:5432 timed out after 2 s"),
        "db:5432 timed out after 2 s",
    ),
    "no words": (lambda: ValueError(), "ValueError"),
    "a key": (lambda: KeyError("port"), "KeyError: 'port'"),
    "ToolException": (lambda: ToolException("No such port."), "No such port."),
    "a group": (
        lambda: BaseExceptionGroup("tasks", [OSError("no line"), asyncio.CancelledError()]),
        "no line; it was cancelled.",
    ),
    "exit": (lambda: SystemExit(3), "SystemExit: 3"),
    "the keyboard": (lambda: KeyboardInterrupt(), "KeyboardInterrupt"),
    "an interrupt": (lambda: GraphInterrupt(()), "it tried to interrupt the graph"),
}


@pytest.mark.parametrize("kind", ERRORS)
async def test_whatever_an_async_tool_raises_is_a_failed_result(kind: str):
    """Neither the turn nor the loop ends with a tool, and each error keeps its own words."""
    make, words = ERRORS[kind]

    async def fail() -> None:
        raise make()

    text, ok = await run(fail)
    assert text.startswith(f"act failed: {words}")
    assert not ok


@pytest.mark.parametrize("kind", [*ERRORS, "StopIteration"])
async def test_whatever_a_synchronous_tool_raises_is_a_failed_result(kind: str):
    """It runs in a thread, from which some errors cannot be carried as they are."""
    make, words = ERRORS.get(kind, (lambda: StopIteration("end"), "StopIteration: end"))

    def fail() -> str:
        """Fail."""
        raise make()

    told = await run_tool(StructuredTool.from_function(fail), {}, timeout_s=1)
    assert told.text.startswith(f"fail failed: {words}")
    assert not told.ok


async def test_a_tool_that_cancels_its_own_task_is_a_failed_result():
    """Such a tool cannot be told from a cancelled turn by its error alone."""

    async def give_up() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(1)

    assert await run(give_up) == ("act failed: it was cancelled.", False)


async def test_a_cancelled_turn_is_cancelled_and_its_tool_with_it():
    """Who leaves must not wait for a tool."""
    ended: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.sleep(5)
        finally:
            ended.append("tool")

    turn = asyncio.create_task(run_tool(tool_that(wait), {}, timeout_s=9))
    await asyncio.sleep(0.05)
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    await asyncio.sleep(0)
    assert ended == ["tool"]


@pytest.mark.parametrize("stubborn", ["async", "sync"])
async def test_a_tool_that_does_not_stop_is_left_behind(stubborn: str):
    """The limit holds for tools that swallow their cancellation, and the loop never stands still."""
    free = threading.Event()

    async def never() -> None:
        while not free.is_set():
            try:
                await asyncio.sleep(0.02)
            except asyncio.CancelledError:
                continue

    def hang() -> str:
        """Hang."""
        free.wait(5)
        return "late"

    tool = tool_that(never) if stubborn == "async" else StructuredTool.from_function(hang)
    began = time.monotonic()
    told = await run_tool(tool, {}, timeout_s=0.1)
    assert told.text == f"{tool.name} took longer than 0.1 s."
    assert time.monotonic() - began < 1
    free.set()
    await asyncio.sleep(0.05)


async def test_hanging_tools_take_no_thread_of_the_loop():
    """Ten of them would fill the loop's own pool, and hold the end of the process."""
    free = threading.Event()

    def hang() -> str:
        """Hang."""
        free.wait(5)
        return "late"

    tool = StructuredTool.from_function(hang)
    calls: list[Callable[[], Awaitable[Any]]] = [lambda: run_tool(tool, {}, timeout_s=0.1)] * 40
    await asyncio.gather(*(each() for each in calls))
    assert await asyncio.wait_for(asyncio.to_thread(lambda: "free"), 1) == "free"
    free.set()


async def test_wrong_arguments_are_told_by_name():
    """A model that reads which argument is wrong can mend it; an address of a manual helps nobody."""

    def tide(port: str, day: int) -> str:
        """Tide."""
        return port * day

    told = await run_tool(StructuredTool.from_function(tide), {"day": "soon"}, timeout_s=1)
    assert told.text == (
        "tide failed: port: Field required; "
        "day: Input should be a valid integer, unable to parse string as an integer"
    )
