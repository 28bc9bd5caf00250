"""`roleagent memory …`: show what is remembered, and rebuild the index."""

from __future__ import annotations

import typer

from roleagent.cli.memory.rebuild import rebuild
from roleagent.cli.memory.show import show

app = typer.Typer(no_args_is_help=True)
app.command()(show)
app.command()(rebuild)
