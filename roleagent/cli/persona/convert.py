"""`roleagent persona convert | formats | export | import`: between formats, and between homes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roleagent.cli.options import HomeFolder, check_new_files, open_record
from roleagent.cli.persona.show import PersonaFile

if TYPE_CHECKING:
    from rich.console import Console

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
    check_new_files([target], force=force)
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
