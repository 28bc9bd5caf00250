"""`roleagent persona convert | formats`: convert between formats, with a report of what is lost."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roleagent.errors import PersonaFileError, RoleAgentError

if TYPE_CHECKING:
    from rich.console import Console

    from roleagent.formats.changes import Change
    from roleagent.formats.format import Report


_INDEX = re.compile(r"(\w+)\[(\d+)\]")


def convert(
    source: Annotated[str, typer.Argument(metavar="IN", help="A file in any format, or a persona's name.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The output file, or a folder for it.")],
    to: Annotated[
        str | None, typer.Option(metavar="FORMAT", help="Format, see `formats`; default: from OUT's suffix.")
    ] = None,
    report: Annotated[bool, typer.Option("--report", help="Name every field that is lost or odd.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT.")] = False,
    public: Annotated[
        bool, typer.Option("--public", help="Leave out what a stranger may not learn.")
    ] = False,
) -> None:
    """Convert a persona file into another format. Reports what the other format cannot hold."""
    from rich.console import Console

    from roleagent.formats.format import Report
    from roleagent.formats.load import load_persona
    from roleagent.formats.save import write_persona

    notes = Report()
    persona = load_persona(source, report=notes)
    path = write_persona(persona, target, to=to, force=force, public=public, report=notes)
    console = Console(highlight=False)
    console.print(f"wrote {persona.name} to {path}{_summary(notes)}", soft_wrap=True, markup=False)
    if report:
        _print_report(notes, console)
    elif notes.notes:
        console.print("see all with --report", style="dim")


def _summary(report: Report) -> str:
    num_lost = len(report.lost_fields) + report.num_unnamed
    num_odd = len(report.notes) - len(report.lost_fields)
    parts = [f"{num_lost} {_plural('field', num_lost)} lost"] if num_lost else []
    parts += [f"{num_odd} {_plural('remark', num_odd)}"] if num_odd else []
    return f": {', '.join(parts)}" if parts else ", nothing lost"


def _plural(word: str, number: int) -> str:
    return word if number == 1 else f"{word}s"


def _print_report(report: Report, console: Console) -> None:
    """Group the notes by reason, so that a reason shared by many fields is printed once."""
    from rich.text import Text

    fields: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for note in report.notes:
        fields[note.kind, note.message].append(note.field)
    for (kind, message), names in sorted(fields.items(), key=lambda item: item[0][0]):
        style = "yellow" if kind == "lost" else "cyan"
        line = Text.assemble((f"{kind}: ", style), (", ".join(condensed(names)), "bold"), f": {message}")
        console.print(line)
    if report.num_unnamed:
        console.print(f"… and {report.num_unnamed} more")


def condensed(fields: Iterable[str]) -> Iterator[str]:
    """Names of fields, with consecutive items of one list merged into a range.

    >>> list(condensed(["name", "edges[0]", "edges[1]", "edges[2]", "edges[5]", "nodes[1].label"]))
    ['name', 'edges[0–2]', 'edges[5]', 'nodes[1].label']
    """
    run: tuple[str, int, int] | None = None
    for field in fields:
        match = _INDEX.fullmatch(field)
        name, index = (match[1], int(match[2])) if match else ("", 0)
        if run and match and (name, index) == (run[0], run[2] + 1):
            run = (run[0], run[1], index)
            continue
        yield from _run_text(run)
        run = (name, index, index) if match else None
        if not match:
            yield field
    yield from _run_text(run)


def _run_text(run: tuple[str, int, int] | None) -> Iterator[str]:
    if run:
        name, first, last = run
        yield f"{name}[{first}]" if first == last else f"{name}[{first}–{last}]"


def formats() -> None:
    """List the formats, and which of them can be read, written, and hold a whole persona."""
    from rich.console import Console
    from rich.table import Table

    from roleagent.formats import added, built_in

    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    for column in ("format", "suffix", "read", "write", "whole"):
        table.add_column(column, no_wrap=True)
    table.add_column("what it is")
    for each in (*built_in(), *added()):
        can = (each.read is not None, each.write is not None, each.holds != "part")
        marks = ("yes" if able else "–" for able in can)
        table.add_row(each.name, " ".join(each.suffixes), *marks, each.about)
    Console(highlight=False).print(table)


Files = Annotated[list[str], typer.Argument(metavar="FILE…", help="Paths or names of personas.")]


def list_personas() -> None:
    """List the personas that have a name: yours, and those in the package."""
    from roleagent.formats.load import known_personas

    for name, path in known_personas().items():
        typer.echo(f"{name:<20} {path}")


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
