"""The record of a home, opened without any model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roleagent.store import Store

RECORD_NAME = "memory.sqlite3"  # as in `memory.chroma`, which is slow to load


@contextmanager
def open_record(home: Path | None) -> Iterator[Store]:
    """The record of a home, which nobody else uses meanwhile.

    Raises:
        StoreError: another process uses the home, or it cannot be read.
    """
    from roleagent.home_lock import HomeLock
    from roleagent.settings import get_settings
    from roleagent.store import Store

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
