"""A real MCP server, started as a program."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from roleagent.errors import ToolError
from roleagent.tools import McpServer, adapt_tools

SERVER = '''
from mcp.server.fastmcp import FastMCP

server = FastMCP("tides")

@server.tool()
def tide_table(port: str) -> str:
    """Look up the tides."""
    return f"high water at {port}: 06:12"

server.run()
'''


@pytest.mark.slow
async def test_a_servers_tools_are_found_and_run(tmp_path: Path):
    """An MCP tool is used like any other."""
    script = tmp_path / "server.py"
    script.write_text(SERVER, encoding="utf-8")
    [tool] = await adapt_tools([McpServer(command=sys.executable, args=(str(script),))])
    assert (tool.name, tool.description) == ("tide_table", "Look up the tides.")
    assert "06:12" in str(await tool.ainvoke({"port": "Dover"}))


async def test_a_server_that_cannot_be_started_is_one_clear_error():
    """The name of the program is in it."""
    with pytest.raises(ToolError, match="no-such-program"):
        await McpServer(command="no-such-program").tools()


async def test_a_server_that_stays_silent_is_given_up():
    """An agent must not hang because a program does."""
    silent = McpServer(command=sys.executable, args=("-c", "import sys; sys.stdin.read()"), timeout_s=0.5)
    with pytest.raises(ToolError, match=r"did not name its tools within 0\.5 s"):
        await silent.tools()


def test_a_server_is_a_command_or_a_url():
    """Both or neither cannot be meant."""
    with pytest.raises(ToolError, match="either a command or a url"):
        McpServer()


def test_secrets_in_the_environment_are_not_shown():
    """A repr ends up in logs."""
    assert "hush" not in repr(McpServer(command="x", env={"TOKEN": "hush"}))
