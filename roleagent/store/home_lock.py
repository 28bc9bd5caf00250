"""One process at a time in a home: a lock file that the operating system drops when its holder dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from weakref import WeakSet

from roleagent.errors import StoreError
from roleagent.store.database import make_private_folder

LOCK_NAME = ".lock"


class HomeLock:
    """Holds a home until closed, or until the process ends in whatever way.

    Raises:
        StoreError: another holder has the home; said at once, without waiting.
    """

    def __init__(self, home: Path) -> None:
        make_private_folder(home)
        self.path = home / LOCK_NAME
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(f"{self.path}: {error.strerror or error}. Choose another home.") from error
        if not _try_lock(self._file):
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise StoreError(
                f"{home} is in use by another process (id {holder}). Close it, or choose another home. "
                "For several processes at once keep the record in Postgres (ROLEAGENT_RECORD) and the index "
                "on a Chroma server (ROLEAGENT_INDEX)."
            )
        os.truncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)
        _held.add(self)

    def close(self) -> None:
        """Give the home free; closing twice does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


_held: WeakSet[HomeLock] = WeakSet()


def _let_go() -> None:
    """In a forked process: a lock is its parent's, and must not stay for as long as the child lives."""
    for lock in _held:
        lock.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE = 1 << 30  # beyond the text, which stays readable for others

    def _try_lock(file: int) -> bool:
        os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
