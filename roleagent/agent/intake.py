"""Check what a user says and shows, and make a turn of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from roleagent.errors import InputError
from roleagent.language.unicode import repaired
from roleagent.perception.media import TAKES, is_file, is_one
from roleagent.types import Attachment, Sight, Thread, Turn

MAX_MESSAGE_CHARS = 20_000
MAX_ATTACHMENTS = 8

Shown: TypeAlias = Any  # Any: whatever `perception.media` reads, or an `Attachment` that was taken in before


def take_in(
    text: str,
    attachments: Shown | Iterable[Shown],
    thread: Thread,
    sight: Sight,
    *,
    at: datetime,
    folder: Path | None,
    voice: Shown | None = None,
    passing: Path | None = None,
) -> Turn:
    """Make a turn from what was said and shown.

    Args:
        text: the typed text.
        attachments: one attachment or several; copies go to the folder.
        thread: the conversation.
        sight: who listens, and when in the story.
        at: when.
        folder: where to keep attachments.
        voice: a recording in which the user speaks. It is not kept.
        passing: a folder for the voice until it was heard, if it is not a file.

    Raises:
        InputError: nothing was said or shown, or too much.
        AttachmentError: a file is missing, damaged, too large or of an unknown kind.
    """
    items = _as_items(attachments)
    check_input(text, items, voice)
    shown = tuple(_loaded(item, folder) for item in items)
    spoken = None if voice is None else _loaded(voice, passing)
    if spoken is not None and not spoken.media_type.startswith("audio/"):
        raise InputError(
            f"voice takes a recording in which the user speaks; {spoken.name!r} is {spoken.media_type}: "
            "pass it in attachments."
        )
    return Turn(thread=thread, sight=sight, text=repaired(text), at=at, attachments=shown, voice=spoken)


def check_input(text: str, attachments: Sequence[object], voice: object = None) -> None:
    """Refuse input that no turn can hold.

    Raises:
        InputError: see `take_in`.
    """
    if not isinstance(text, str):
        raise InputError(f"text is {text!r}: pass a string.")
    if len(text) > MAX_MESSAGE_CHARS:
        raise InputError(
            f"The message has {len(text):,} characters; at most {MAX_MESSAGE_CHARS:,} fit in a turn. "
            "Shorten it, or split it over several turns."
        )
    if not text.strip() and not attachments and voice is None:
        raise InputError("The message is empty and nothing is attached: pass text, voice or an attachment.")
    if len(attachments) > MAX_ATTACHMENTS:
        raise InputError(f"More than {MAX_ATTACHMENTS} attachments: no more fit in a turn.")


@contextmanager
def passing_folder(voice: Shown | None) -> Iterator[Path | None]:
    """A temporary folder, during the turn, for a voice that is not a file."""
    if voice is None or is_file(voice):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="roleagent-voice-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _as_items(attachments: Shown | Iterable[Shown]) -> list[Shown]:
    if attachments is None:
        return []
    if is_one(attachments):
        return [attachments]
    if isinstance(attachments, Mapping) or not isinstance(attachments, Iterable):
        raise InputError(
            f"attachments is of type {type(attachments).__name__}. {TAKES} Pass several as a list."
        )
    return list(islice(attachments, MAX_ATTACHMENTS + 1))


def _loaded(item: Shown, folder: Path | None) -> Attachment:
    if isinstance(item, Attachment):
        return item
    from roleagent.perception.media import load_attachment

    return load_attachment(item, store_dir=folder)
