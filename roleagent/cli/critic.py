"""`roleagent critic …`: judge again what a critic log holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from roleagent.language.unicode import without_codes

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Judge again what a critic log holds."""


@app.command()
def replay(
    log: Annotated[Path, typer.Argument(help="A log made with --critic-log or Agent(critic_log=…).")],
    persona: Annotated[
        str,
        typer.Option("--persona", help="Judge with this persona, by name or file, in place of the log's."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Run the guards and critics of a log again, without a language model, and show what differs.

    Exit codes: 0 if all verdicts are the same, 1 if not, 2 if the log cannot be read.
    """
    from roleagent.critics.replay import replay as run_again
    from roleagent.formats.load import load_persona

    found = run_again(log, persona=load_persona(persona) if persona else None)
    if as_json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=2))
    else:
        for difference in found.differences:
            for line in difference.as_lines():
                typer.echo(without_codes(line))
        for (was, now), num in sorted(found.versions.items()):
            typer.echo(f"{num} made by {was or 'no version'}, now {now or 'no version'}")
        for reason, num in found.not_run.items():
            typer.echo(f"{num} not run again: {without_codes(reason)}")
        typer.echo(f"{found.num_agree} of {found.num_again} verdicts are the same")
    raise typer.Exit(code=1 if found.differences else 0)
