"""Whatever a user calls a tool, a function or an MCP server, as langchain-core tools."""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_core.tools import BaseTool, StructuredTool

from roleagent.errors import MissingExtraError, ToolError

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServer:
    """Where an MCP server is: a command to start, or the URL of one that runs.

    Attributes:
        command: program to start; it speaks over its standard input and output.
        args: its arguments.
        env: its whole environment; None for the MCP library's short default.
        url: address of a server that speaks streamable HTTP.
        timeout_s: seconds it may take to say which tools it has.

    Raises:
        ToolError: not exactly one of `command` and `url` is given.
    """

    command: str | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] | None = field(default=None, repr=False)  # may hold secrets
    url: str | None = None
    timeout_s: float = 30.0

    def __post_init__(self) -> None:
        if (self.command is None) == (self.url is None):
            raise ToolError("An McpServer needs either a command or a url.")

    async def tools(self) -> list[BaseTool]:
        """Ask the server for its tools.

        Raises:
            MissingExtraError: the extra is not installed.
            ToolError: the server cannot be started or reached.
        """
        try:
            from langchain_mcp_adapters.client import MultiServerMCPClient
        except ImportError as error:
            raise MissingExtraError("MCP servers need: pip install 'roleagent[mcp]'") from error
        client = MultiServerMCPClient({"server": self._connection()})
        try:
            return list(await asyncio.wait_for(client.get_tools(), self.timeout_s))
        except TimeoutError as error:
            where = self.url or self.command
            raise ToolError(
                f"The MCP server {where!r} did not name its tools within {self.timeout_s:g} s."
            ) from error
        except Exception as error:  # another program: whatever it does wrong is a ToolError
            raise ToolError(
                f"The MCP server {self.url or self.command!r} gave no tools: {error!r}"
            ) from error

    def _connection(self) -> Any:
        if self.url is not None:
            return {"transport": "streamable_http", "url": self.url}
        environment = None if self.env is None else dict(self.env)
        return {"transport": "stdio", "command": self.command, "args": list(self.args), "env": environment}


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
