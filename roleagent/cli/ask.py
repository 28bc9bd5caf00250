"""`roleagent ask`: one question, one answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from roleagent.cli.options import (
    HomeFolder,
    Listener,
    ModelName,
    Moment,
    Patience,
    PersonaName,
    ThreadName,
    UserName,
    limits_of,
)


def ask(
    persona: PersonaName,
    user: UserName,
    text: Annotated[str, typer.Argument(help="What to say.")] = "",
    attach: Annotated[
        list[Path] | None, typer.Option("--attach", "-a", help="A picture or recording; may be repeated.")
    ] = None,
    voice: Annotated[
        Path | None, typer.Option("--voice", help="A recording in which you speak; it counts as typed.")
    ] = None,
    thread: ThreadName = "main",
    model: ModelName = None,
    home: HomeFolder = None,
    listener: Listener = "",
    as_of: Moment = "",
    patience: Patience = None,
    why: Annotated[bool, typer.Option("--why", help="Say what the reply rests on.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Ask a character one question and print the answer."""
    from roleagent.agent.agent import Agent

    with Agent(persona, model=model, home=home, as_of=as_of, limits=limits_of(patience)) as agent:
        reply = agent.run_sync(
            text,
            user_id=user,
            thread_id=thread,
            attachments=attach or (),
            voice=voice,
            listener=listener,
        )
    explanation = reply.explain()
    if as_json:
        typer.echo(json.dumps(explanation.as_dict(), ensure_ascii=False, indent=2))
    else:
        typer.echo(explanation.as_markdown() if why else reply.text)
