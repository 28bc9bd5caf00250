"""What the engine has read, kept in files, so that the next start need not read it again."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

_SUFFIX = ".state"
_UNFINISHED = ".unfinished"
_ABANDONED_S = 3600.0  # after this time, nobody is still writing an unfinished file

_log = logging.getLogger(__name__)


class KeptPrompts:
    """A folder of engine states: ``<key>.<sha256 of key and content>.state``.

    A state contains the text that was read, so the folder and its files are for this user alone. A file whose
    content does not match its name is erased. Several processes may share the folder.

    Attributes:
        folder: created at the first `keep`.
        max_bytes: how much all files together may take; the least recently used ones are erased first.
    """

    def __init__(self, folder: Path, *, max_bytes: int = 2**30) -> None:
        self.folder, self.max_bytes = folder, max_bytes

    def find(self, key: str) -> str | None:
        """The name of the file kept under a key (letters and digits), or None."""
        for path in self.folder.glob(f"{key}.*{_SUFFIX}"):
            with contextlib.suppress(OSError):  # another process erased it, or it cannot be read
                if _digest(key, path) == path.name.split(".")[1]:
                    os.utime(path)
                    return path.name
                _log.warning("%s is damaged and is erased", path)
                path.unlink()
        return None

    def keep(self, key: str, write: Callable[[str], object]) -> None:
        """Keep a state under a key, in place of an earlier one.

        If this fails, nothing is kept, and the log says why.

        Args:
            key: letters and digits.
            write: writes the state to a file of the folder, whose name it is given.
        """
        unfinished = self.folder / f"{key}-{secrets.token_hex(8)}{_UNFINISHED}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished.touch(mode=0o600)
            write(unfinished.name)
            kept = self.folder / f"{key}.{_digest(key, unfinished)}{_SUFFIX}"
            unfinished.replace(kept)
            for other in self.folder.glob(f"{key}.*{_SUFFIX}"):
                if other != kept:
                    other.unlink(missing_ok=True)
            self._make_room()
        except OSError as error:
            _log.warning("What the language model has read is not kept in %s: %s", self.folder, error)
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def forget(self, name: str) -> None:
        """Erase a file that the engine does not accept."""
        (self.folder / name).unlink(missing_ok=True)

    def _make_room(self) -> None:
        """Erase what was abandoned unfinished, then the least recently used states beyond `max_bytes`."""
        for path in self.folder.glob(f"*{_UNFINISHED}"):
            if path.stat().st_mtime < time.time() - _ABANDONED_S:
                path.unlink(missing_ok=True)
        files = [(path.stat(), path) for path in self.folder.glob(f"*{_SUFFIX}")]
        room = self.max_bytes
        for stat, path in sorted(files, key=lambda file: file[0].st_mtime, reverse=True):
            room -= stat.st_size
            if room < 0:
                path.unlink(missing_ok=True)


def _digest(key: str, path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.sha256(key.encode())).hexdigest()
