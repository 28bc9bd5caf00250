"""Run one tool call within a time; whatever goes wrong becomes a line the model can read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from langchain_core.tools import BaseTool

_log = logging.getLogger(__name__)
MAX_RESULT_CHARS = 8_000


async def run_tool(tool: BaseTool, arguments: Mapping[str, object], *, timeout_s: float) -> tuple[str, bool]:
    """Call a tool.

    Returns:
        The result as text, at most `MAX_RESULT_CHARS` long, and whether the call worked.
    """
    try:
        result = await asyncio.wait_for(tool.ainvoke(dict(arguments)), timeout_s)
    except TimeoutError:
        return f"{tool.name} took longer than {timeout_s:g} s.", False
    except Exception as error:  # a plug-in: the model is told, and may try otherwise
        _log.warning("Tool %r failed.", tool.name, exc_info=True)
        return f"{tool.name} failed: {error}"[:MAX_RESULT_CHARS], False
    return _as_text(result)[:MAX_RESULT_CHARS], True


def _as_text(result: Any) -> str:
    """Tools give anything; those of MCP servers give content blocks."""
    if isinstance(result, list) and all(isinstance(block, Mapping) for block in result):
        return "\n".join(str(block.get("text", block)) for block in result)
    return str(result)
