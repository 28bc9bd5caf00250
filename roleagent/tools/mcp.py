"""The tools of an MCP server (Model Context Protocol), over stdio or HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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
