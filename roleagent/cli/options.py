"""Arguments and options that several commands share."""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roleagent.errors import InputError

if TYPE_CHECKING:
    from roleagent.store import Store
    from roleagent.workflow.state import Limits


PersonaName = Annotated[
    str,
    typer.Argument(
        metavar="PERSONA",
        help="A name that `roleagent persona list` shows, or the file of a persona or card.",
    ),
]
ModelName = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        help="Such as qwen2.5-1.5b (see `models list`), hf:OWNER/REPO:FILE or openai:NAME@URL.",
    ),
]
AdapterName = Annotated[
    str | None,
    typer.Option(
        "--adapter",
        help="An adapter trained for the model: a name that `models list` shows, or its folder.",
    ),
]
HomeFolder = Annotated[Path | None, typer.Option("--home", help="Where memories are kept.")]
UserName = Annotated[
    str,
    typer.Option(
        "--user",
        "-u",
        help="Who is talking.",
        default_factory=getpass.getuser,
        show_default="your login name",
    ),
]
ThreadName = Annotated[str, typer.Option("--thread", "-t", help="Which conversation.")]
Listener = Annotated[
    str, typer.Option("--listener", "-l", help="Id of the person in the story whom the user stands for.")
]
Moment = Annotated[
    str, typer.Option("--as-of", help="Moment of the story: a date such as 1891-05, or a chapter.")
]
Patience = Annotated[
    float | None,
    typer.Option(
        "--patience",
        min=1,
        help="Give up when the language model neither reads nor writes for so many seconds (180 unless "
        "ROLEAGENT_PATIENCE_S says otherwise).",
    ),
]


PolicyFile = Annotated[
    Path | None,
    typer.Option("--policy", help="What is done about danger: a YAML file, see docs/safety.md."),
]
Consistency = Annotated[
    float | None,
    typer.Option(
        "--consistency",
        min=0,
        max=1,
        help="How strictly the character is held to what was said and learned: 0 flexible, 1 strict.",
        show_default="0.5",
    ),
]
Candidates = Annotated[
    int | None,
    typer.Option(
        "--candidates",
        min=1,
        max=20,
        help="Before the character falls back on a line of its own, write so many drafts and take the best.",
        show_default="1",
    ),
]
CriticLogFile = Annotated[
    Path | None,
    typer.Option(
        "--critic-log",
        help="Append every judgement, with what was said, to this file: for `critic replay`.",
    ),
]


Force = Annotated[bool, typer.Option("--force", help="Overwrite the files that are there.")]


def check_new_files(paths: Iterable[Path], *, force: bool) -> None:
    """Refuse to write over a file.

    Raises:
        InputError: one is there already, and it is not forced.
    """
    for path in paths:
        if path.exists() and not force:
            raise InputError(f"{str(path)!r} is there already: choose another name, or --force it.")


def limits_of(
    patience: float | None, *, consistency: float | None = None, candidates: int | None = None
) -> Limits | None:
    """An agent's limits with what the command line says of them; None if it says nothing."""
    from roleagent.settings import get_settings
    from roleagent.workflow.state import Limits

    if patience is None and consistency is None and candidates is None:
        return None
    usual = Limits(model_s=get_settings().patience_s)
    return Limits(
        model_s=usual.model_s if patience is None else patience,
        consistency=usual.consistency if consistency is None else consistency,
        candidates=usual.candidates if candidates is None else candidates,
    )


RECORD_NAME = "memory.sqlite3"  # as in `memory.on_disk`, which is slow to load


@contextmanager
def open_record(home: Path | None) -> Iterator[Store]:
    """The record of a home, locked against other processes while it is open.

    Raises:
        StoreError: another process uses the home, or it cannot be read.
    """
    from roleagent.settings import get_settings
    from roleagent.store import Store
    from roleagent.store.database import HomeLock

    folder = home or get_settings().home
    lock = HomeLock(folder)
    try:
        store = Store(get_settings().record_url or folder / RECORD_NAME)
        try:
            yield store
        finally:
            store.close()
    finally:
        lock.close()
