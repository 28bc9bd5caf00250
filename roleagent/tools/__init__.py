"""Tools: typed functions, langchain-core tools and MCP servers all plug in the same way."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roleagent.tools.adapt import McpServer as McpServer

_HOME_OF = {
    "McpServer": "roleagent.tools.adapt",
    "adapt_tools": "roleagent.tools.adapt",
    "as_tool": "roleagent.tools.adapt",
}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'roleagent.tools' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)
