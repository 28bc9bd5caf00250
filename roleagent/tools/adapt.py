"""Whatever a user calls a tool -> a langchain-core tool."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool

from roleagent.errors import ToolError
from roleagent.tools.mcp import McpServer

_STARRED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


async def adapt_tools(tools: Sequence[Callable[..., Any] | BaseTool | McpServer]) -> list[BaseTool]:
    """Functions, tools and MCP servers, as tools.

    Raises:
        ToolError: a function lacks types or a docstring, a server cannot be reached,
            or two tools share a name.
    """
    adapted: list[BaseTool] = []
    for tool in tools:
        adapted += await tool.tools() if isinstance(tool, McpServer) else [as_tool(tool)]
    _check_names(adapted)
    return adapted


def check_tools(tools: Sequence[Callable[..., Any] | BaseTool | McpServer]) -> None:
    """Refuse what `adapt_tools` would refuse, as far as no server has to be asked for it.

    Raises:
        ToolError: see `adapt_tools`.
    """
    _check_names([as_tool(tool) for tool in tools if not isinstance(tool, McpServer)])


def as_tool(tool: Callable[..., Any] | BaseTool) -> BaseTool:
    """A typed function with a docstring, async or not, or a tool as it is.

    The model reads the name, the docstring and the types, so all three must be there.

    Raises:
        ToolError: they are not.
    """
    if isinstance(tool, BaseTool):
        return tool
    _check_function(tool)
    describes_arguments = "\nArgs:\n" in (inspect.getdoc(tool) or "")
    is_async = inspect.iscoroutinefunction(tool)
    try:
        return StructuredTool.from_function(
            func=None if is_async else tool,
            coroutine=tool if is_async else None,
            parse_docstring=describes_arguments,
        )
    except (ValueError, NameError, TypeError) as error:  # a docstring or a type that does not fit
        raise ToolError(f"{tool.__name__} cannot be read as a tool: {error}") from error


def _check_function(tool: Any) -> None:
    if not inspect.isroutine(tool):
        raise ToolError(f"{tool!r} is no tool: pass a function, a langchain-core tool or an McpServer.")
    if tool.__name__ == "<lambda>":
        raise ToolError("A lambda cannot be a tool: the model needs a name. Write a function with `def`.")
    if not inspect.getdoc(tool):
        raise ToolError(f"{tool.__name__} has no docstring: say in a line what it does; the model reads it.")
    parameters = inspect.signature(tool).parameters
    if any(parameter.kind in _STARRED for parameter in parameters.values()):
        raise ToolError(f"{tool.__name__} takes * or ** arguments: name each, so that the model can fill it.")
    untyped = [name for name, parameter in parameters.items() if parameter.annotation is parameter.empty]
    if untyped:
        raise ToolError(
            f"{tool.__name__}: no type hint for {', '.join(untyped)}. Write e.g. `{untyped[0]}: str`."
        )


def _check_names(tools: Sequence[BaseTool]) -> None:
    double = [name for name, count in Counter(tool.name for tool in tools).items() if count > 1]
    if double:
        raise ToolError(f"Two tools are called {double[0]!r}. Rename one.")
