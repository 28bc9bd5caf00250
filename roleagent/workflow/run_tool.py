"""Run one tool call within a time; whatever goes wrong becomes a line the model can read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool

_log = logging.getLogger(__name__)
MAX_RESULT_CHARS = 8_000


class ToolAnswer(NamedTuple):
    """What came back.

    Attributes:
        text: for the model, at most `MAX_RESULT_CHARS` long.
        ok: whether the call worked.
        artifact: what a tool gives beside its text, for the program alone.
    """

    text: str
    ok: bool
    artifact: Any = None  # Any: whatever the tool makes


async def run_tool(tool: BaseTool, arguments: Mapping[str, object], *, timeout_s: float) -> ToolAnswer:
    """Call a tool."""
    try:
        result = await asyncio.wait_for(_call(tool, arguments), timeout_s)
    except TimeoutError:
        return ToolAnswer(f"{tool.name} took longer than {timeout_s:g} s.", False)
    except Exception as error:  # a plug-in: the model is told, and may try otherwise
        _log.warning("Tool %r failed.", tool.name, exc_info=True)
        return ToolAnswer(f"{tool.name} failed: {error}"[:MAX_RESULT_CHARS], False)
    if isinstance(result, ToolMessage):
        return ToolAnswer(_as_text(result.content)[:MAX_RESULT_CHARS], True, result.artifact)
    return ToolAnswer(_as_text(result)[:MAX_RESULT_CHARS], True)


async def _call(tool: BaseTool, arguments: Mapping[str, object]) -> Any:
    """A tool that makes artifacts gives them only to whoever calls it as a model does."""
    if tool.response_format != "content_and_artifact":
        return await tool.ainvoke(dict(arguments))
    return await tool.ainvoke(
        {"type": "tool_call", "id": tool.name, "name": tool.name, "args": dict(arguments)}
    )


def _as_text(result: Any) -> str:
    """Tools give anything; those of MCP servers give content blocks."""
    if isinstance(result, list) and all(isinstance(block, Mapping) for block in result):
        return "\n".join(str(block.get("text", block)) for block in result)
    return str(result)
