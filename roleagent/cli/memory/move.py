"""`roleagent memory move`: keep what is remembered under another character's id."""

from __future__ import annotations

from typing import Annotated

import typer

from roleagent.cli.memory.whose import CharacterName, find_home, find_pair
from roleagent.cli.options import HomeFolder, UserName
from roleagent.errors import InputError


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
    from roleagent.home import Home

    pair, other = find_pair(persona, user), find_pair(to, user)
    if pair.scope.persona_id == other.scope.persona_id:
        raise InputError(f"--persona and --to are both {pair.scope.persona_id!r}: name two.")
    with Home(find_home(home)) as opened:
        kept = [each for each in opened.stats() if each.scope == pair.scope]
        num_episodes = sum(each.counts.get("episodes", 0) for each in kept)
        told = (
            f"{num_episodes} messages of {user} from {pair.scope.persona_id!r} to {other.scope.persona_id!r}"
        )
        if kept and not (yes or typer.confirm(f"Move {told}?")):
            raise typer.Exit(1)
        opened.move(pair.scope, other.scope.persona_id)
    typer.echo(f"moved {told}")
