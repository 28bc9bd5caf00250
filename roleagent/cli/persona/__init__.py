"""`roleagent persona …`: check, show, convert and compare persona files."""

from __future__ import annotations

import typer

from roleagent.cli.persona.check import check, diff, lint, schema
from roleagent.cli.persona.convert import convert, export, formats, import_
from roleagent.cli.persona.show import draw, list_personas, lore, show

app = typer.Typer(no_args_is_help=True)
app.command("list")(list_personas)
app.command()(show)
app.command()(draw)
app.command()(check)
app.command()(lint)
app.command()(diff)
app.command()(convert)
app.command()(formats)
app.command()(lore)
app.command()(export)
app.command("import")(import_)
app.command()(schema)
