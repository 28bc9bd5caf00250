"""What a user passes to a turn, checked where it enters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from roleagent.errors import InputError
from roleagent.types import Attachment, Scope, Turn

MAX_MESSAGE_CHARS = 20_000
MAX_ATTACHMENTS = 8

Shown = str | Path | bytes | Attachment  # a file, its bytes, or one that was taken in before


def take_in(
    text: str, attachments: Sequence[Shown], scope: Scope, *, at: datetime, folder: Path | None
) -> Turn:
    """A turn of what was said and shown at some moment, in UTC; copies of what was shown go to the folder.

    Raises:
        InputError: nothing was said and nothing shown, or too much of either.
        AttachmentError: a file is missing, damaged, too large or of an unknown kind.
    """
    check_input(text, attachments)
    return turn_of(text, scope, at, tuple(_loaded(item, folder) for item in attachments))


def check_input(text: str, attachments: Sequence[object]) -> None:
    """Refuse what no turn can hold.

    Raises:
        InputError: see `take_in`.
    """
    if len(text) > MAX_MESSAGE_CHARS:
        raise InputError(
            f"The message has {len(text):,} characters; at most {MAX_MESSAGE_CHARS:,} fit in a turn. "
            "Shorten it, or split it over several turns."
        )
    if not text.strip() and not attachments:
        raise InputError("The message is empty and nothing is attached: pass text or an attachment.")
    if len(attachments) > MAX_ATTACHMENTS:
        raise InputError(f"{len(attachments)} attachments: at most {MAX_ATTACHMENTS} fit in a turn.")


def turn_of(text: str, scope: Scope, at: datetime, attachments: tuple[Attachment, ...] = ()) -> Turn:
    """The turn in which somebody says something."""
    return Turn(
        persona_id=scope.persona_id,
        user_id=scope.user_id,
        thread_id=scope.thread_id,
        text=text,
        at=at,
        attachments=attachments,
        listener=scope.listener,
        as_of=scope.as_of,
    )


def _loaded(item: Shown, folder: Path | None) -> Attachment:
    if isinstance(item, Attachment):
        return item
    from roleagent.perception.media import load_attachment

    return load_attachment(item, store_dir=folder)
