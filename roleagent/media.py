"""The pictures and recordings that ship with the package, for the demo and the examples."""

from __future__ import annotations

from pathlib import Path

from roleagent.errors import AttachmentError

_PACKAGE = Path(__file__).parent
_FOLDERS = (_PACKAGE / "_media", _PACKAGE.parent / "examples" / "media")


def demo_media(name: str) -> Path:
    """Path of a bundled picture or recording.

    Raises:
        AttachmentError: there is none of that name.
    """
    for folder in _FOLDERS:
        if (folder / name).is_file():
            return folder / name
    raise AttachmentError(f"No bundled media file is called {name!r}.")
