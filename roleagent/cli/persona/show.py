"""`roleagent persona show | draw | export | import`: print, draw or move a persona."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roleagent.cli.options import HomeFolder, open_record
from roleagent.errors import InputError

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from roleagent.persona.persona import Persona
    from roleagent.types import Fact


PersonaFile = Annotated[
    str, typer.Argument(metavar="NAME", help="A persona's name, or the path of its file.")
]


def show(
    name: PersonaFile,
    facts: Annotated[bool, typer.Option("--facts", help="List every fact, by relation.")] = False,
    node: Annotated[str, typer.Option("--node", metavar="ID", help="List the facts around a node.")] = "",
) -> None:
    """Show who a persona is, how it speaks, where its knowledge ends, and what it knows."""
    from rich.console import Console

    from roleagent.formats.load import load_persona

    persona = load_persona(name)
    console = Console()
    if node:
        console.print(_around(persona, node))
        return
    console.print(_portrait(persona))
    if facts:
        console.print(_fact_table(persona, tuple(persona.graph.facts.values())))


def draw(
    name: PersonaFile,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="OUT.html (interactive), .svg or .png; default: NAME.html here."),
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Draw a persona's graph: a page on which you can drag, zoom and search, or a picture."""
    from roleagent.drawing.html import draw_html
    from roleagent.drawing.svg import draw_png, draw_svg
    from roleagent.formats.load import load_persona

    drawers = {".html": draw_html, ".svg": draw_svg, ".png": draw_png}
    persona = load_persona(name)
    path = out or Path(f"{persona.id}.html")
    drawer = drawers.get(path.suffix.lower())
    if drawer is None:
        raise InputError(f"{str(path)!r} must end in .html, .svg or .png.")
    drawer(persona, path)
    typer.echo(f"drew {persona.name} in {path}")
    if open_it:
        typer.launch(path.resolve().as_uri())


# ── show ─────────────────────────────────────────────────────────────────────────────────────


def _portrait(persona: Persona) -> RenderableType:
    from rich.console import Group
    from rich.markup import escape
    from rich.panel import Panel
    from rich.text import Text

    title = f"[bold]{escape(persona.name)}[/]  {persona.id} · {persona.language}"
    count = f"{len(persona.graph.nodes)} nodes, {len(persona.graph)} facts · {persona.source}"
    parts = [Text(persona.summary)]
    if persona.greeting:
        parts.append(Text(f"\n“{persona.greeting}”", style="italic"))
    return Group(
        Panel(Group(*parts), title=title, subtitle=escape(count), padding=(1, 2)),
        *(_list(heading, lines) for heading, lines in _lists(persona) if lines),
    )


def _lists(persona: Persona) -> list[tuple[str, list[str]]]:
    horizon = persona.horizon
    ends = [f"knows nothing after {horizon.until}"] if horizon.until else []
    ends += [f"does not know: {', '.join(horizon.unknown)}"] if horizon.unknown else []
    ends += [f"does know: {', '.join(horizon.known)}"] if horizon.known else []
    return [
        ("Speech", list(persona.speech)),
        ("Rules", list(persona.rules)),
        ("Horizon", ends),
        ("Falls back on", list(persona.fall_backs)),
        ("Examples", [f"{example.user} → {example.reply}".lstrip(" →") for example in persona.examples]),
    ]


def _list(heading: str, lines: list[str]) -> RenderableType:
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    items = [Text(f"• {line}") for line in lines]
    return Group(Text(f"\n{heading}", style="bold"), Padding(Group(*items), (0, 0, 0, 2)))


def _around(persona: Persona, node_id: str) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    from roleagent.persona.problems import did_you_mean

    node = persona.graph.nodes.get(node_id)
    if node is None:
        hint = did_you_mean(node_id, persona.graph.nodes)
        raise InputError(f"{persona.name} has no node {node_id!r}.{hint}")
    words = " · ".join((node.type, *node.aliases))
    head = Text.assemble((node.label, "bold"), f"  {words}\n{node.description}".rstrip())
    return Group(head, _fact_table(persona, persona.graph.facts_of(node_id)))


def _fact_table(persona: Persona, facts: tuple[Fact, ...]) -> Table:
    from rich.table import Table
    from rich.text import Text

    from roleagent.graph.visibility import secrecy

    order = {relation: number for number, relation in enumerate(persona.graph.relations)}
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("relation", "fact", ""):
        table.add_column(column)
    previous = ""
    for fact in sorted(facts, key=lambda fact: order.get(fact.relation, len(order))):
        relation = "" if fact.relation == previous else fact.relation
        marks = " · ".join(mark for mark in ("fixed" * fact.fixed, secrecy(fact.visibility)) if mark)
        table.add_row(relation, Text(fact.text), Text(marks), style="dim" if fact.valid_to else "")
        previous = fact.relation
    return table


# ── export and import ────────────────────────────────────────────────────────────────────────────


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
