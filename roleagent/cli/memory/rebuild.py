"""`roleagent memory rebuild`: make the index anew from the record."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from roleagent.cli.memory.opened import open_memory
from roleagent.cli.memory.whose import CharacterName, find_pair
from roleagent.cli.options import HomeFolder, UserName
from roleagent.cli.remembered import counted
from roleagent.cli.sparse_log import SparseLog


def rebuild(persona: CharacterName, user: UserName, home: HomeFolder = None) -> None:
    """Make the index of older messages anew. Nothing is lost by it: the record is what counts."""
    pair = find_pair(persona, user)
    with _bar() as bar:
        task, log = bar.add_task("reading the record", total=None), SparseLog(typer.echo)

        def tell(done: int, total: int) -> None:
            bar.update(task, description="indexing", completed=done, total=total)
            if bar.disable:
                log.tell("indexing", done, total)

        with open_memory(pair, home) as (memory, threads):
            num_indexed = memory.rebuild(pair.scope, tell)
    kept = counted(sum(each.num_episodes for each in threads), "message")
    if num_indexed:
        typer.echo(f"{pair}: the index holds {num_indexed:,} of {kept}; the newest are compared one by one.")
    else:
        typer.echo(f"{pair}: {kept}: so few need no index, and are compared one by one.")


def _bar() -> Progress:
    console = Console()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
