"""One tool call, whatever it does."""

from __future__ import annotations

import asyncio
from typing import Any

from langchain_core.tools import StructuredTool

from roleagent.workflow.run_tool import MAX_RESULT_CHARS, run_tool


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
    assert await run_tool(tool, {"about": "it"}, timeout_s=1) == ("Two of it.", True, (1, 2))
