"""`roleagent memory export | move | rebuild`: hand out, move and re-index what is kept of a user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from roleagent.cli.memory.whose import CharacterName, Pair, find_home, find_pair, nothing_kept
from roleagent.cli.models import SparseLog
from roleagent.cli.options import HomeFolder, UserName
from roleagent.cli.words import counted
from roleagent.errors import InputError

if TYPE_CHECKING:
    from roleagent.memory.on_disk import OnDiskMemory
    from roleagent.store import ThreadSummary


def export(
    to: Annotated[Path, typer.Option("--to", help="A new folder, or a new file that ends in .zip.")],
    user: UserName,
    persona: Annotated[
        str, typer.Option("--persona", "-p", help="What one character keeps; default: all of them.")
    ] = "",
    home: HomeFolder = None,
) -> None:
    """Write all that is kept of a user, with the files they showed and a README in plain words."""
    from roleagent.home.home import Home

    persona_id = find_pair(persona, user).owner.persona_id if persona else ""
    with Home(find_home(home)) as opened:
        kept = [
            each
            for each in opened.stats()
            if each.owner.user_id == user and persona_id in ("", each.owner.persona_id)
        ]
        if not kept:
            whose = f"{user!r} with persona {persona_id!r}" if persona_id else repr(user)
            raise InputError(f"Nothing is kept of user {whose}. `roleagent memory stats` lists who is kept.")
        opened.export_to(to, user, persona_id=persona_id)
    num_episodes = sum(each.counts.get("episodes", 0) for each in kept)
    characters = counted(len(kept), "character")
    typer.echo(f"exported {counted(num_episodes, 'message')} of {user} with {characters} to {to}")
    typer.echo("It holds what was said in confidence. Keep it as carefully as the home itself.")


def move(
    persona: CharacterName,
    user: UserName,
    to: Annotated[
        str, typer.Option("--to", help="The character that it belongs to: a name, a file, or an id.")
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    home: HomeFolder = None,
) -> None:
    """Give all that is kept of a user with one character to another, who remembers nothing of them yet.

    For memories under an id that several characters had in earlier releases, or after an id was changed.
    """
    from roleagent.home.home import Home

    pair, other = find_pair(persona, user), find_pair(to, user)
    if pair.owner.persona_id == other.owner.persona_id:
        raise InputError(f"--persona and --to are both {pair.owner.persona_id!r}: name two.")
    with Home(find_home(home)) as opened:
        kept = [each for each in opened.stats() if each.owner == pair.owner]
        num_episodes = sum(each.counts.get("episodes", 0) for each in kept)
        told = (
            f"{num_episodes} messages of {user} from {pair.owner.persona_id!r} to {other.owner.persona_id!r}"
        )
        if kept and not (yes or typer.confirm(f"Move {told}?")):
            raise typer.Exit(1)
        opened.move(pair.owner, other.owner.persona_id)
    typer.echo(f"moved {told}")


@contextmanager
def open_memory(pair: Pair, home: Path | None) -> Iterator[tuple[OnDiskMemory, list[ThreadSummary]]]:
    """The memory of a home, and the conversations that these two had, the latest first.

    Raises:
        InputError: they had none.
        StoreError: another process uses the home, or it cannot be read.
    """
    from roleagent import registry
    from roleagent.memory.on_disk import OnDiskMemory
    from roleagent.settings import get_settings

    settings, folder = get_settings(), find_home(home)
    embedder = registry.get("embedder", settings.embedder)
    opened = OnDiskMemory(folder, embedder, record=settings.record_url, index=settings.index_server)
    with closing(opened) as memory:
        threads = memory.threads(pair.owner)
        if not threads:
            raise nothing_kept(pair, memory.store)
        yield memory, threads


def rebuild(persona: CharacterName, user: UserName, home: HomeFolder = None) -> None:
    """Rebuild the index of older messages. Nothing can be lost: everything is in the record."""
    pair = find_pair(persona, user)
    console = Console()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task, log = bar.add_task("reading the record", total=None), SparseLog(typer.echo)

        def tell(done: int, total: int) -> None:
            bar.update(task, description="indexing", completed=done, total=total)
            if bar.disable:
                log.tell("indexing", done, total)

        with open_memory(pair, home) as (memory, threads):
            num_indexed = memory.rebuild(pair.owner, tell)
    kept = counted(sum(each.num_episodes for each in threads), "message")
    if num_indexed:
        typer.echo(f"{pair}: the index holds {num_indexed:,} of {kept}; the newest are compared one by one.")
    else:
        typer.echo(f"{pair}: {kept}: so few need no index, and are compared one by one.")
