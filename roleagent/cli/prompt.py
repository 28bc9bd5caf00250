"""Show a prompt in a terminal: what it consists of, then all of its text."""

from __future__ import annotations

from rich.bar import Bar
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from roleagent.language.unicode import without_codes
from roleagent.types import Prompt

_BAR_WIDTH = 24
_ROLES = {"system": "system", "human": "user", "ai": "assistant"}  # as chat templates call them


def print_prompt(console: Console, prompt: Prompt) -> None:
    """Print the blocks with their tokens, what is left out, and each message."""
    console.print(_table(prompt))
    console.print(Text(_total(prompt), style="bold"))
    left_out = prompt.omitted.as_lines() if prompt.omitted else ()
    for line in left_out:
        console.print(Text(f"left out: {line}", style="yellow"))
    for warning in prompt.warnings:
        quote = f" “{warning.quote}”" if warning.quote else ""
        console.print(Text(f"{warning.critic} in {warning.where}: {warning.reason}{quote}", style="yellow"))
    for message in prompt.messages:
        console.print(
            Rule(Text(_ROLES.get(message.type, message.type), style="bold cyan"), align="left", style="dim")
        )
        console.print(Text(without_codes(str(message.text))), soft_wrap=True)  # as it is, also to be copied


def _table(prompt: Prompt) -> Table:
    table = Table("block", box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("tokens", justify="right")
    table.add_column()
    most = max(block.num_tokens for block in prompt.blocks)
    for block in prompt.blocks:
        bar = Bar(size=most, begin=0, end=block.num_tokens, width=_BAR_WIDTH, color="cyan")
        table.add_row(block.name.replace("_", " "), f"{block.num_tokens:,}", bar)
    return table


def _total(prompt: Prompt) -> str:
    how = f"counted by {prompt.model}" if prompt.is_exact else "estimated"
    room = "" if prompt.room is None else f" of {prompt.room:,}"
    return f"{prompt.num_tokens:,}{room} tokens, {how}, with the marks around each message"
