"""The database of the record: a SQLite file, or a schema of its own on a Postgres server.

Both return SQLAlchemy connections and raise the same `StoreError`s.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from roleagent.errors import ConfigurationError, InputError, MissingExtraError, StoreError
from roleagent.store.database import Database, Migrate
from roleagent.store.migrations import NEWEST, POSTGRES, SQLITE, Values, migrate

APPLICATION_ID = 0x524F4C45  # "ROLE"
SCHEMA = "roleagent"
_LOCK = APPLICATION_ID  # one process at a time makes the tables
_WAYS_OUT = {
    "08": "Check the address, and that the server runs.",
    "28": "Check the user and the password in the URL.",
    "3D": "Make the database first, or name another one.",
    "42501": f"Let this user create the schema {SCHEMA!r} and its tables.",
    "53": "The server is out of disk, memory or connections. Nothing was half written.",
    "57": "The server was stopped: start it and try again.",
}
_UNREACHABLE = "08"
_BAD_DATA = "22"  # such as the character NUL, which Postgres cannot store


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


# ── Postgres ─────────────────────────────────────────────────────────────────────────────────────


class PostgresRecord:
    """The record in the schema ``roleagent`` of a Postgres database; any number of processes may share it.

    Args:
        url: ``postgresql://USER:PASSWORD@HOST:PORT/DATABASE``; ``postgresql+psycopg://`` says the same.

    Raises:
        ConfigurationError: the URL is not one of Postgres.
        MissingExtraError: psycopg is not installed.
        StoreError: the server cannot be reached, or its tables are another program's or too new.
    """

    is_on_server = True

    def __init__(self, url: str) -> None:
        parsed = _parse(url)
        self.name = parsed.render_as_string(hide_password=True)
        try:
            self._engine = create_engine(
                parsed,
                pool_pre_ping=True,
                execution_options={"schema_translate_map": {None: SCHEMA}},
            )
        except (ImportError, NoSuchModuleError) as error:
            raise MissingExtraError(
                f"{self.name} needs psycopg: pip install 'roleagent[postgres]'."
            ) from error
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the record, whatever others write."""
        with self._errors(), self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, on the server's disk afterwards."""
        with self._errors(), self._engine.begin() as connection:
            yield connection

    def erase_traces(self) -> None:
        """Nothing: the server's owner decides when deleted data is overwritten and what its log keeps."""

    def close(self) -> None:
        """Close all connections; closing twice does nothing."""
        self._engine.dispose()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except UnicodeEncodeError as error:
            raise InputError(
                f"{self.name}: text that is no valid Unicode cannot be stored: {error}."
            ) from error
        except DBAPIError as error:
            raise self._told(error) from error

    def _told(self, error: DBAPIError) -> InputError | StoreError:
        message = str(error.orig).strip().partition("\n")[0].rstrip(".")
        state = getattr(error.orig, "sqlstate", None)
        if state is None:
            is_data = type(error.orig).__name__ == "DataError"
            state = _BAD_DATA if is_data else _UNREACHABLE
        if state.startswith(_BAD_DATA):
            return InputError(f"{self.name}: a value cannot be stored: {message}.")
        ways = (_WAYS_OUT.get(state[:length], "") for length in (5, 2))
        return StoreError(f"{self.name}: {message}. {next(filter(None, ways), '')}".rstrip())

    # ── the schema ───────────────────────────────────────────────────────────────────────────

    def _prepare(self) -> None:
        with self.reading() as connection:
            version = self._version(connection)
        if version == NEWEST:
            return
        with self.writing() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            connection.execute(text(f"SET LOCAL search_path TO {SCHEMA}"))
            _migrate(connection, self._version(connection))

    def _version(self, connection: Connection) -> int:
        """Version of the schema, 0 when there is none.

        Raises:
            StoreError: the tables are another program's, or a newer roleagent's.
        """
        sql = text("SELECT table_name FROM information_schema.tables WHERE table_schema = :schema")
        tables = {name for (name,) in connection.execute(sql, {"schema": SCHEMA})}
        if not tables:
            return 0
        if "schema_version" not in tables:
            raise StoreError(
                f"{self.name}: the schema {SCHEMA!r} belongs to another program. Choose another database."
            )
        (version,) = connection.execute(text(f"SELECT version FROM {SCHEMA}.schema_version")).one()  # noqa: S608 - a constant
        if version > NEWEST:
            raise StoreError(
                f"{self.name}: written by a newer roleagent (schema {version}, not {NEWEST}). "
                "Upgrade roleagent, or choose another database."
            )
        return int(version)


def _migrate(connection: Connection, version: int) -> None:
    def execute(sql: str, values: Values) -> Sequence[Any]:
        result = connection.execute(text(sql), dict(values))
        return result.all() if result.returns_rows else ()

    migrate(execute, POSTGRES, version=version, to=NEWEST)
    execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)", {})
    execute("DELETE FROM schema_version", {})
    execute("INSERT INTO schema_version (version) VALUES (:version)", {"version": NEWEST})


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        kind = url.partition("://")[0]  # not the rest: it may hold a password
        raise ConfigurationError(
            f"The URL {kind!r}://… cannot be read: write postgresql://USER:PASSWORD@HOST/DATABASE."
        ) from None
    if parsed.drivername not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise ConfigurationError(
            f"No store of the kind {parsed.drivername!r} is known: "
            "pass the path of a SQLite file, or postgresql://USER:PASSWORD@HOST/DATABASE."
        )
    return parsed.set(drivername="postgresql+psycopg")
