"""`roleagent persona export | import`: a persona with all its memories, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roleagent.cli.options import HomeFolder, open_record
from roleagent.cli.persona.show import PersonaFile
from roleagent.errors import InputError


def export(
    name: PersonaFile,
    target: Annotated[Path, typer.Argument(metavar="OUT.json", help="The file to write.")],
    user: Annotated[
        str | None, typer.Option("--user", "-u", help="Whose memories; default: all users'.")
    ] = None,
    home: HomeFolder = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT.json.")] = False,
) -> None:
    """Write a persona with its memories: what was said, and what it learned."""
    from roleagent.formats.load import load_persona
    from roleagent.home.snapshot import export_snapshot

    persona = load_persona(name)
    if target.exists() and not force:
        raise InputError(f"{str(target)!r} is there already: choose another name, or --force it.")
    with open_record(home) as store:
        users = [user] if user else store.users(persona.id)
        export_snapshot(persona, store, target, user_id=user)
    who = f"{len(users)} user{'' if len(users) == 1 else 's'}"
    typer.echo(f"exported {persona.name} and the memories of {who} to {target}")


def import_(
    source: Annotated[Path, typer.Argument(metavar="IN.json", help="A file that `export` wrote.")],
    home: HomeFolder = None,
) -> None:
    """Add an exported persona and its memories to yours. Existing data is not changed."""
    from roleagent.home.snapshot import import_snapshot
    from roleagent.settings import get_settings

    folder = (home or get_settings().home) / "personas"
    with open_record(home) as store:
        folder.mkdir(parents=True, exist_ok=True)
        report = import_snapshot(source, store, personas_dir=folder)
    learned = report.num_versions
    typer.echo(
        f"imported {report.persona.name}: {report.num_users} users, {report.num_episodes} new utterances, "
        f"{learned} new {'version' if learned == 1 else 'versions'} of facts"
    )
    if report.persona_path is not None:
        typer.echo(f"the persona is in {report.persona_path}")
    for user_id, fact_id in report.kept:
        typer.echo(f"kept yours where the file tells another story: {fact_id} (user {user_id})")
