"""The command `roleagent` with all its subcommands."""

from __future__ import annotations

import typer

from roleagent import __version__
from roleagent.cli import critic, memory, models, persona, train, train_affect, train_critic
from roleagent.cli.chat import ask, chat
from roleagent.cli.demo import demo
from roleagent.cli.test import test

app = typer.Typer(
    help="Characters that stay themselves.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(chat)
app.command()(ask)
app.command()(demo)
app.command()(test)
app.add_typer(persona.app, name="persona", help="Check, show, convert and compare persona files.")
app.add_typer(memory.app, name="memory", help="Search, show, erase, export and rebuild what is remembered.")
app.add_typer(critic.app, name="critic", help="Judge again what a critic log holds.")
train.app.command("affect")(train_affect.train_affect)
train.app.add_typer(train_critic.critic, name="critic")
app.add_typer(train.app, name="train", help="Train the parts that learn.")
app.add_typer(models.app, name="models", help="List, download and verify model weights.")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"roleagent {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """Characters that stay themselves."""
