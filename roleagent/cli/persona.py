"""`roleagent persona …`: check, show and draw persona files."""

from __future__ import annotations

from typing import Annotated

import typer

from roleagent.errors import PersonaFileError, RoleAgentError

app = typer.Typer(no_args_is_help=True)


@app.command()
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Paths or names of personas.")],
) -> None:
    """Say whether persona files keep to the format, and where not. Exits with 1 if one does not."""
    sound = [_is_sound(file) for file in files]
    if not all(sound):
        raise typer.Exit(1)


def _is_sound(file: str) -> bool:
    from roleagent.persona.load import load_persona

    try:
        persona = load_persona(file)
    except PersonaFileError as error:
        for problem in (error, *error.others):
            typer.echo(str(problem), err=True)
        return False
    except RoleAgentError as error:
        typer.echo(str(error), err=True)
        return False
    graph = persona.graph
    typer.echo(f"ok: {persona.name}, {len(graph.nodes)} nodes, {len(graph.facts)} facts")
    return True
