"""`roleagent persona check | lint | diff | schema`: find mistakes, give advice, compare two personas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from roleagent.errors import PersonaFileError, RoleAgentError

if TYPE_CHECKING:
    from rich.console import Console

    from roleagent.formats.changes import Change


Files = Annotated[list[str], typer.Argument(metavar="FILE…", help="Paths or names of personas.")]


def check(files: Files) -> None:
    """Check persona files against the format and print every error. Exits with 1 if there is one."""
    sound = [_is_sound(file) for file in files]
    if not all(sound):
        raise typer.Exit(1)


def _is_sound(file: str) -> bool:
    from roleagent.critics.injection import orders_in
    from roleagent.formats.format import Report
    from roleagent.formats.load import load_part

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
    """Print an error and the other errors in the same file."""
    others = error.others if isinstance(error, PersonaFileError) else ()
    for problem in (error, *others):
        typer.echo(str(problem), err=True)


def schema() -> None:
    """Print the JSON Schema of persona files, for editors that check and complete while you type."""
    import json

    from roleagent.persona.document import json_schema

    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


_MARKS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
_LONGEST = 300  # characters of a text that is shown


def diff(
    one: Annotated[str, typer.Argument(metavar="A", help="Path or name of a persona.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Path or name of the other persona.")],
) -> None:
    """List the differences between two personas. Exits with 1 if they differ."""
    from rich.console import Console

    from roleagent.formats.changes import diff_personas
    from roleagent.formats.load import load_persona

    personas = [load_persona(name) for name in (one, other)]
    changes = diff_personas(personas[0], personas[1])
    console = Console(highlight=False)
    for change in changes:
        _print_change(change, console)
    if changes:
        counts = {kind: sum(each.kind == kind for each in changes) for kind in _MARKS}
        console.print(", ".join(f"{number} {kind}" for kind, number in counts.items() if number), style="dim")
        raise typer.Exit(1)
    console.print(f"no difference: {personas[0].name}, {len(personas[0].graph)} facts", markup=False)


def _print_change(change: Change, console: Console) -> None:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    mark, style = _MARKS[change.kind]
    console.print(Text.assemble((f"{mark} ", style), (change.where, "bold")))
    texts = Table.grid(padding=(0, 1))
    for sign, text in (("-", change.before), ("+", change.after)):
        if text:
            shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
            texts.add_row(sign, Text(shown), style=dict(_MARKS.values())[sign])
    console.print(Padding(texts, (0, 0, 0, 4), expand=False))


def lint(files: Files) -> None:
    """Give advice on what cannot be reached, has no effect or is missing. Exits with 1 if there is any."""
    from rich.console import Console

    console = Console(highlight=False)
    clean = [_is_clean(file, console) for file in files]
    if not all(clean):
        raise typer.Exit(1)


def _is_clean(file: str, console: Console) -> bool:
    from rich.padding import Padding
    from rich.text import Text

    from roleagent.formats.load import load_persona
    from roleagent.persona.lint import lint as lint_persona

    try:
        persona = load_persona(file)
    except RoleAgentError as error:
        print_problems(error)
        return False
    findings = lint_persona(persona)
    head = f"{len(findings)} to look at" if findings else "ok"
    title = Text.assemble((head, "yellow" if findings else "green"), f": {persona.name} ({file})")
    console.print(title, soft_wrap=True)
    for finding in findings:
        title = Text.assemble((finding.where, "bold"), (f"  {finding.rule}", "dim"))
        console.print(Padding(title, (0, 0, 0, 2)))
        console.print(Padding(Text(finding.message), (0, 0, 0, 6)))
    return not findings
