"""Tools: typed functions, langchain-core tools and MCP servers all plug in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roleagent._lazy import loader

if TYPE_CHECKING:
    from roleagent.tools.adapt import (
        McpServer as McpServer,
        adapt_tools as adapt_tools,
        as_tool as as_tool,
    )

_HOME_OF = {
    "McpServer": "roleagent.tools.adapt",
    "adapt_tools": "roleagent.tools.adapt",
    "as_tool": "roleagent.tools.adapt",
}

__all__ = sorted(_HOME_OF)
__getattr__ = loader(__name__, _HOME_OF)
