"""A SQLite file that survives power cuts, full disks and other programs' mistakes; and the lock of a home.

The store of record, the cache of embeddings and the checkpoints use it. Every failure of SQLite becomes a
`StoreError` that names the file and what to do. `HomeLock` keeps a home to one process at a time, with a
lock file that the operating system releases when its holder dies.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet

from roleagent.errors import InputError, StoreError

MEMORY = ":memory:"
_BUSY_TIMEOUT_MS = 5_000
_CODE_MASK = 0xFF  # the low byte of an extended result code is the primary one
_WAYS_OUT = {
    sqlite3.SQLITE_FULL: "The disk is full: free some space and try again. Nothing was half written.",
    sqlite3.SQLITE_IOERR: "The disk cannot be written or read: check its space, limits and health.",
    sqlite3.SQLITE_CORRUPT: "The file is damaged: put back a copy, or move it away to start afresh.",
    sqlite3.SQLITE_NOTADB: "This is no SQLite database: put back a copy, or move it away to start afresh.",
    sqlite3.SQLITE_READONLY: "The file cannot be written: check its permissions, or choose another home.",
    sqlite3.SQLITE_CANTOPEN: "The file cannot be opened: check that its folder exists and may be written.",
    sqlite3.SQLITE_BUSY: "Another program holds the file: close it and try again.",
}

Migrate = Callable[[sqlite3.Connection], None]
Migrations = Sequence[Sequence[str] | Migrate]  # for each version of the schema: statements, or a function


class Database:
    """One SQLite connection behind a lock, safe to use from any thread.

    Args:
        path: the file, created with its folder if missing; ``:memory:`` for none.
        application_id: marks the file as one of ours, so that another program's is refused.
        migrations: the steps from an empty file to the newest schema, one for each version.
        synchronous: ``FULL`` keeps every commit through a power cut, ``NORMAL`` through a crash.

    Raises:
        StoreError: the file is damaged, foreign, from a newer roleagent, or cannot be opened.
    """

    def __init__(
        self, path: Path | str, *, application_id: int, migrations: Migrations, synchronous: str = "FULL"
    ) -> None:
        self.path = str(path)
        self._lock = threading.RLock()
        self._connection = _connect(self.path)
        try:
            self._prepare(application_id, migrations, synchronous)
        except BaseException:
            self._connection.close()
            raise

    def connection(self) -> sqlite3.Connection:
        """The connection, for a caller inside `reading`."""
        return self._connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, held by this thread alone."""
        with self._lock, store_errors(self.path):
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: everything in it is on the disk afterwards, or nothing is."""
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def erase_traces(self) -> None:
        """Fold the write-ahead log into the file and empty it, so that deleted bytes are gone."""
        with self.reading() as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise StoreError(
                    f"{self.path}: deleted data may still be in {self.path}-wal because another "
                    "program reads the file. Close it and forget again."
                )

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        with self._lock:
            self._connection.close()

    def _prepare(self, application_id: int, migrations: Migrations, synchronous: str) -> None:
        with self.reading() as connection:
            self._refuse_foreign(connection, application_id, len(migrations))
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={synchronous}")
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA secure_delete=ON")
            # what a killed process had deleted must not outlive it in the log
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._migrate(application_id, migrations)

    def _refuse_foreign(self, connection: sqlite3.Connection, application_id: int, newest: int) -> None:
        (found,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (num_tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if num_tables and found != application_id:
            raise StoreError(f"{self.path}: this database belongs to another program. Choose another home.")
        if version > newest:
            raise StoreError(
                f"{self.path}: written by a newer roleagent (schema {version}, not {newest}). "
                "Upgrade roleagent, or choose another home."
            )

    def _migrate(self, application_id: int, migrations: Migrations) -> None:
        with self.reading() as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == len(migrations):
            return
        with self.writing() as connection:
            for migration in migrations[version:]:
                _apply(migration, connection)
            connection.execute(f"PRAGMA application_id={application_id}")
            connection.execute(f"PRAGMA user_version={len(migrations)}")


def _apply(migration: Sequence[str] | Migrate, connection: sqlite3.Connection) -> None:
    if callable(migration):
        migration(connection)
        return
    for statement in migration:
        connection.execute(statement)


@contextmanager
def store_errors(path: str) -> Iterator[None]:
    """Turn what SQLite raises into a `StoreError` that says what to do."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise InputError(f"{path}: text that is no valid Unicode cannot be stored: {error}.") from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        way_out = _WAYS_OUT.get(code & _CODE_MASK, "") if code is not None else ""
        raise StoreError(f"{path}: {error}. {way_out}".rstrip()) from error


def _connect(path: str) -> sqlite3.Connection:
    try:
        if path != MEMORY:
            make_private_folder(Path(path).parent)
        with store_errors(path):
            return sqlite3.connect(
                path, timeout=_BUSY_TIMEOUT_MS / 1000, isolation_level=None, check_same_thread=False
            )
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}. Choose another home.") from error


def make_private_folder(folder: Path) -> None:
    """Make a folder that other users of the machine cannot read; an existing one is not changed.

    Raises:
        StoreError: the folder cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror or error}. Choose another home.") from error


LOCK_NAME = ".lock"


class HomeLock:
    """Holds a home until it is closed or the process ends in any way.

    Raises:
        StoreError: another process has the home; raised immediately, without waiting.
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
        """Release the home; closing twice does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


_held: WeakSet[HomeLock] = WeakSet()


def _let_go() -> None:
    """Release inherited locks in a forked process: they belong to the parent and must not outlive it."""
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
