"""`roleagent memory …`: what is remembered, and whether it may be learned from."""

from __future__ import annotations

import typer

from roleagent.cli.memory.consent import consent
from roleagent.cli.memory.forget import forget
from roleagent.cli.memory.search import search
from roleagent.cli.memory.show import show, stats
from roleagent.cli.memory.upkeep import export, move, rebuild

app = typer.Typer(no_args_is_help=True)
app.command()(search)
app.command()(show)
app.command()(stats)
app.command()(forget)
app.command()(consent)
app.command()(export)
app.command()(move)
app.command()(rebuild)
