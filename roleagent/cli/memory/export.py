"""`roleagent memory export`: hand a person all that is kept of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roleagent.cli.memory.whose import find_home, find_pair
from roleagent.cli.options import HomeFolder, UserName
from roleagent.cli.remembered import counted
from roleagent.errors import InputError


def export(
    to: Annotated[Path, typer.Option("--to", help="A new folder, or a new file that ends in .zip.")],
    user: UserName,
    persona: Annotated[
        str, typer.Option("--persona", "-p", help="What one character keeps; default: all of them.")
    ] = "",
    home: HomeFolder = None,
) -> None:
    """Write all that is kept of a user, with the files they showed and a README in plain words."""
    from roleagent.home import Home

    persona_id = find_pair(persona, user).scope.persona_id if persona else ""
    with Home(find_home(home)) as opened:
        kept = [
            each
            for each in opened.stats()
            if each.scope.user_id == user and persona_id in ("", each.scope.persona_id)
        ]
        if not kept:
            whose = f"{user!r} with persona {persona_id!r}" if persona_id else repr(user)
            raise InputError(f"Nothing is kept of user {whose}. `roleagent memory stats` lists who is kept.")
        opened.export_to(to, user, persona_id=persona_id)
    num_episodes = sum(each.counts.get("episodes", 0) for each in kept)
    characters = counted(len(kept), "character")
    typer.echo(f"exported {counted(num_episodes, 'message')} of {user} with {characters} to {to}")
    typer.echo("It holds what was said in confidence. Keep it as carefully as the home itself.")
