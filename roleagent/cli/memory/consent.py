"""`roleagent memory consent`: whether a user agrees that their talk with a character is learned from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from roleagent.cli.memory.whose import CharacterName, find_pair, open_pair
from roleagent.cli.options import HomeFolder, UserName


def consent(
    persona: CharacterName,
    user: UserName,
    agree: Annotated[
        bool | None,
        typer.Option("--agree/--revoke", help="Note what the user decided. Default: only show it."),
    ] = None,
    home: HomeFolder = None,
) -> None:
    """Show or note whether a user agrees that `train collect` reads their talk with a character."""
    pair, now = find_pair(persona, user), datetime.now(UTC)
    with open_pair(pair, home) as store:
        if agree is not None:
            store.feedback.allow_training(pair.owner, agree, now=now)
        agrees = store.feedback.allows_training(pair.owner, now=now)
    typer.echo(f"{pair}: {'may be learned from' if agrees else 'not learned from'}")
