"""Open the database of the record: a SQLite file, or a Postgres server.

Both return SQLAlchemy connections and raise the same `StoreError`s.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from roleagent.store.database import Database, Migrate
from roleagent.store.migrations import NEWEST, SQLITE, Values, migrate

APPLICATION_ID = 0x524F4C45  # "ROLE"


class RecordDatabase(Protocol):
    """The database that holds the record.

    Attributes:
        is_on_server: whether other processes may share it, and a server overwrites what is deleted.
    """

    is_on_server: bool

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that sees one state of the record."""

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction: everything in it is on the disk afterwards, or nothing is."""

    def erase_traces(self) -> None:
        """Make sure, if possible, that deleted bytes are gone."""

    def close(self) -> None:
        """Close it; closing twice does nothing."""


def open_record(path_or_url: Path | str) -> RecordDatabase:
    """Open a SQLite file by its path, or a Postgres database by its URL.

    Raises:
        ConfigurationError: a URL of another kind.
        StoreError: it cannot be opened.
    """
    if isinstance(path_or_url, str) and "://" in path_or_url:
        from roleagent.store.postgres import PostgresRecord

        return PostgresRecord(path_or_url)
    return SqliteRecord(path_or_url)


class SqliteRecord:
    """The record in a SQLite file, over the one connection of a `Database`."""

    is_on_server = False

    def __init__(self, path: Path | str) -> None:
        steps = [_step(version) for version in range(NEWEST)]
        self._database = Database(path, application_id=APPLICATION_ID, migrations=steps)
        self._engine = create_engine(
            "sqlite://",
            creator=self._database.connection,
            poolclass=StaticPool,
            pool_reset_on_return=None,  # nothing is ever left open
        )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The connection, held by this thread alone."""
        with self._database.reading(), _driver_errors(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, on the disk afterwards."""
        with self.reading() as connection, connection.begin():
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def erase_traces(self) -> None:
        """Fold the write-ahead log into the file and empty it."""
        self._database.erase_traces()

    def close(self) -> None:
        """Close the file."""
        self._database.close()


@contextmanager
def _driver_errors() -> Iterator[None]:
    """Raise SQLite's own error, which `store_errors` understands."""
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            raise error.orig from None
        raise


def _step(version: int) -> Migrate:
    def run(connection: sqlite3.Connection) -> None:
        def execute(sql: str, values: Values) -> list[Any]:
            return connection.execute(sql, dict(values)).fetchall()

        migrate(execute, SQLITE, version=version, to=version + 1)

    return run
