"""The pictures and recordings of one user with one persona: files in a folder, named by their content."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

from roleagent.errors import StoreError

_LONGEST_TURN_S = 3_600


def media_files(folder: Path) -> list[Path]:
    """The files, sorted; none if there is no folder."""
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def attachment_id(path: Path) -> str:
    """The id of the attachment whose bytes a file has."""
    return path.name.partition(".")[0]


def erase_unused(folder: Path, shown: Collection[str], were_shown: Collection[str] | None) -> int:
    """Erase the files that no episode shows any more, and the folder if it is empty then.

    Args:
        folder: contains the files.
        shown: ids of the attachments that episodes show.
        were_shown: ids of attachments that were shown before; other files may belong to a running turn and
            are erased only if they are old. None if no turn runs.

    Returns:
        The number of files that were erased.
    """
    unused = [path for path in media_files(folder) if attachment_id(path) not in shown]
    if were_shown is not None:
        limit = time.time() - _LONGEST_TURN_S
        unused = [
            path for path in unused if attachment_id(path) in were_shown or path.stat().st_mtime < limit
        ]
    for path in unused:
        path.unlink()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    return len(unused)


def move_media(old: Path, new: Path) -> None:
    """Move all files of a folder to another and remove it; does nothing if it does not exist.

    Raises:
        StoreError: a file cannot be moved. Repeating it moves the rest.
    """
    try:
        for path in media_files(old):
            new.mkdir(parents=True, exist_ok=True)
            path.replace(new / path.name)
        if old.is_dir():
            old.rmdir()
    except OSError as error:
        raise StoreError(f"{old}: cannot be moved to {new}: {error.strerror or error}.") from error
