"""`roleagent persona …`: check, show, convert and compare persona files."""

from __future__ import annotations

import typer

from roleagent.cli.persona.convert import check, convert, diff, formats, lint, list_personas, schema
from roleagent.cli.persona.lore import lore
from roleagent.cli.persona.show import draw, export, import_, show

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
