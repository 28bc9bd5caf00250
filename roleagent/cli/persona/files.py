"""`roleagent persona list | check | schema`: which files there are, and whether they keep to the format."""

from __future__ import annotations

from typing import Annotated

import typer

from roleagent.errors import PersonaFileError, RoleAgentError

Files = Annotated[list[str], typer.Argument(metavar="FILE…", help="Paths or names of personas.")]


def list_personas() -> None:
    """List the personas that can be named: yours, and those that come with the package."""
    from roleagent.persona.load import known_personas

    for name, path in known_personas().items():
        typer.echo(f"{name:<20} {path}")


def check(files: Files) -> None:
    """Say whether persona files keep to the format, and where not. Exits with 1 if one does not."""
    sound = [_is_sound(file) for file in files]
    if not all(sound):
        raise typer.Exit(1)


def _is_sound(file: str) -> bool:
    from roleagent.critics.injection import orders_in
    from roleagent.persona.formats.report import Report
    from roleagent.persona.load import load_part

    notes = Report()
    try:
        persona = load_part(file, report=notes)
    except RoleAgentError as error:
        print_problems(error)
        return False
    for line in notes.lines():
        typer.echo(f"{file}: {line}", err=True)
    graph = persona.graph
    typer.echo(f"ok: {persona.name}, {len(graph.nodes)} nodes, {len(graph.facts)} facts")
    for found in orders_in(persona):
        field = found.where.partition("/")[2]
        typer.echo(f"  warning: {field}: {found.reason} “{found.quote}”. Read it before you trust the file.")
    return True


def print_problems(error: RoleAgentError) -> None:
    """Print an error with everything else that is wrong with the same file."""
    others = error.others if isinstance(error, PersonaFileError) else ()
    for problem in (error, *others):
        typer.echo(str(problem), err=True)


def schema() -> None:
    """Print the JSON Schema of persona files, for editors that check and complete while one types."""
    import json

    from roleagent.persona.document import json_schema

    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
