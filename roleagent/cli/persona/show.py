"""`roleagent persona list | show | draw | lore`: what personas there are, and what is in one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roleagent.cli.options import Listener
from roleagent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType
    from rich.table import Table

    from roleagent.lore.activation import Message
    from roleagent.persona.persona import Persona
    from roleagent.types import Fact

PersonaFile = Annotated[
    str, typer.Argument(metavar="NAME", help="A persona's name, or the path of its file.")
]


def list_personas() -> None:
    """List the personas that have a name: yours, and those in the package."""
    from roleagent.formats.load import known_personas

    for name, path in known_personas().items():
        typer.echo(f"{name:<20} {path}")


def show(
    name: PersonaFile,
    facts: Annotated[bool, typer.Option("--facts", help="List every fact, by relation.")] = False,
    ids: Annotated[bool, typer.Option("--ids", help="List the id of every fact, for a suite.")] = False,
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
    if ids:
        for fact in persona.graph.facts.values():
            typer.echo(f"{fact.id}\t{fact.text}")
        return
    if facts:
        console.print(_fact_table(persona, tuple(persona.graph.facts.values())))


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


def draw(
    name: PersonaFile,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="OUT.html (interactive), .svg or .png; default: NAME.html here."),
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    asked: Annotated[
        str, typer.Option("--asked", metavar="TEXT", help="Show which facts this brings to mind, and why.")
    ] = "",
    before: Annotated[
        list[str] | None, typer.Option("--before", metavar="TEXT", help="What was asked before it.")
    ] = None,
) -> None:
    """Draw a persona's graph: a page on which you can drag, zoom and search, or a picture."""
    from roleagent.drawing.html import draw_html
    from roleagent.drawing.svg import draw_png, draw_svg
    from roleagent.formats.load import load_persona
    from roleagent.language.unicode import without_codes

    asked = " ".join(without_codes(asked).split())
    if before and not asked:
        raise InputError("--before is what was said before --asked: give both.")
    persona = load_persona(name)
    path = out or Path(f"{persona.id}.svg" if asked else f"{persona.id}.html")
    kind = path.suffix.lower()
    if kind not in (".html", ".svg", ".png"):
        raise InputError(f"{str(path)!r} must end in .html, .svg or .png.")
    if kind == ".html" and asked:
        raise InputError(f"--asked is drawn as a picture: {str(path)!r} must end in .svg or .png.")
    if kind == ".html":
        draw_html(persona, path)
    else:
        found = _brought_to_mind(persona, asked, before or ()) if asked else ()
        (draw_svg if kind == ".svg" else draw_png)(persona, path, asked=asked, in_mind=found)
    typer.echo(f"drew {persona.name} in {path}")
    if open_it:
        typer.launch(path.resolve().as_uri())


def _brought_to_mind(persona: Persona, asked: str, before: Sequence[str]) -> Sequence[Fact]:
    """What the default ranker finds in the whole graph, secrets included; also printed."""
    from roleagent import registry
    from roleagent.gnn.ranker import GnnFactRanker
    from roleagent.types.explanation import fact_line
    from roleagent.workflow.state import Limits

    ranker = GnnFactRanker(registry.get("embedder", "auto"))
    found = ranker.rank(persona.graph, asked, limit=Limits().facts, before=before, character=persona.node_id)
    for fact in found:
        typer.echo(f"- {fact_line(fact)}")
    return found


MAX_BYTES = 1_000_000  # of a conversation for `lore`
_LINE = re.compile(r"([^:\n]{1,80}):[ \t]+(.*)")


def lore(
    name: PersonaFile,
    messages: Annotated[
        Path, typer.Option("--messages", metavar="CHAT.txt", help="Lines such as `Ada: Good morning.`")
    ],
    every: Annotated[bool, typer.Option("--all", help="Also show entries that nothing triggered.")] = False,
    seed: Annotated[int, typer.Option(help="Seed for entries that enter by chance.")] = 0,
    listener: Listener = "",
) -> None:
    """Say which lorebook entries enter the prompt after a conversation, and why the others do not."""
    import random
    from datetime import UTC, datetime

    from roleagent.formats.load import load_persona
    from roleagent.language.tokens import estimated_tokens
    from roleagent.lore.activation import LoreSettings, LoreState, activation_text
    from roleagent.lore.engine import activate
    from roleagent.persona.view import view

    persona = view(load_persona(name), listener=listener).persona
    if not persona.lorebooks:
        raise InputError(f"{persona.name} has no lorebook: write entries under `lorebooks`.")
    said = _messages(messages, persona)
    user = next((message.name for message in reversed(said) if message.role == "user"), "")
    done = activate(
        persona.lorebooks,
        said,
        state=LoreState(),
        settings=LoreSettings(
            char=persona.nickname or persona.name,
            user=user,
            now=datetime.now(UTC),
            language=persona.language,
        ),
        generator=random.Random(seed),  # noqa: S311 – draws of a book are no secrets
        count_tokens=estimated_tokens,
    )
    entered = sum(decision.entered for decision in done.decisions)
    typer.echo(f"{entered} of {len(done.decisions)} entries enter, about {done.num_tokens} tokens")
    typer.echo(activation_text(done, all_entries=every))


def _messages(path: Path, persona: Persona) -> list[Message]:
    """A message for each line that begins with a name; other lines continue the message above."""
    from roleagent.lore.activation import Message

    names = {name.casefold() for name in (persona.name, persona.nickname) if name}
    found: list[tuple[str, str]] = []
    for line in _text(path).splitlines():
        match = _LINE.fullmatch(line.strip())
        if match:
            found.append((match[1], match[2]))
        elif line.strip() and found:
            found[-1] = (found[-1][0], f"{found[-1][1]}\n{line.strip()}")
        elif line.strip():
            found.append(("User", line.strip()))
    return [
        Message(name=name, text=text, role="assistant" if name.casefold() in names else "user")
        for name, text in found
    ]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{str(path)!r} is not UTF-8 at byte {error.start}: save it as UTF-8.") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"{str(path)!r} is larger than {MAX_BYTES} bytes: give the last messages only.")
    return text
