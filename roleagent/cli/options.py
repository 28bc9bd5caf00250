"""Arguments and options that several commands share."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

PersonaName = Annotated[str, typer.Argument(help="A bundled persona's name, or a persona file.")]
ModelName = Annotated[
    str | None,
    typer.Option("--model", "-m", help="Such as llama-cpp:qwen2.5-1.5b or openai:NAME@URL."),
]
HomeFolder = Annotated[Path | None, typer.Option("--home", help="Where memories are kept.")]
UserName = Annotated[
    str, typer.Option("--user", "-u", help="Who is talking.", default_factory=getpass.getuser)
]
ThreadName = Annotated[str, typer.Option("--thread", "-t", help="Which conversation.")]
Listener = Annotated[
    str, typer.Option("--listener", "-l", help="Whom of the character's world the user stands for, by id.")
]
Moment = Annotated[
    str, typer.Option("--as-of", help="When the character is met: a date such as 1891-05, or a chapter.")
]
