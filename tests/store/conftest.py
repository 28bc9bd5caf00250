"""A Postgres server for the tests: the one of ROLEAGENT_TEST_POSTGRES, or one of our own in a new folder."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from roleagent.store import Store

ENVIRONMENT = "ROLEAGENT_TEST_POSTGRES"


def _program(name: str) -> Path | None:
    """A program of Postgres, on the path or where distributions put it; the newest."""
    on_path = shutil.which(name)
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = [folder / name for folder in folders if (folder / name).exists()]
    return found[0] if found else Path(on_path) if on_path else None


def _account() -> str | None:
    """Who runs the server: it refuses to run as root. None for whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return pwd.getpwnam("postgres").pw_name
    return "nobody"


@contextmanager
def _own_server() -> Iterator[str]:
    initdb, postgres = _program("initdb"), _program("postgres")
    if initdb is None or postgres is None:
        pytest.skip(f"no Postgres: set {ENVIRONMENT} to a URL, or install initdb and postgres")
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="roleagent-pg-"))
    if account:
        shutil.chown(folder, account)
    data, options = (
        folder / "data",
        {"user": account, "cwd": folder, "env": {"PATH": os.defpath, "LC_ALL": "C"}},
    )
    make = [initdb, "-D", data, "-U", "roleagent", "--auth=trust", "-E", "UTF8", "--no-sync"]
    server = None
    try:
        subprocess.run(make, check=True, capture_output=True, timeout=60, **options)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        run = [postgres, "-D", data, "-k", folder, "-p", str(port), "-c", "listen_addresses=127.0.0.1"]
        run += ["-c", "fsync=off"]  # no power cut is tested, and removing databases waits for the disk
        server = subprocess.Popen(
            run, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options
        )
        assert server.stderr is not None
        for line in server.stderr:
            if "ready to accept connections" in line:
                break
        else:
            raise RuntimeError(f"{postgres} did not start: exit code {server.wait()}")
        yield f"postgresql://roleagent@127.0.0.1:{port}/postgres"
    finally:
        if server is not None:
            server.terminate()
            server.communicate(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a database from which others can be made."""
    given = os.environ.get(ENVIRONMENT)
    if given:
        yield given
        return
    with _own_server() as url:
        yield url


class Databases:
    """New databases of a server, and their removal."""

    def __init__(self, server: str) -> None:
        from sqlalchemy import create_engine, make_url

        self._url = make_url(server).set(drivername="postgresql+psycopg")
        self._engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        self._names: list[str] = []

    def make(self) -> str:
        """URL of an empty database."""
        name = f"roleagent_test_{secrets.token_hex(6)}"
        self._run(f"CREATE DATABASE {name}")
        self._names.append(name)
        return self._url.set(database=name).render_as_string(hide_password=False)

    def close(self) -> None:
        """Remove them all."""
        for name in self._names:
            self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._engine.dispose()

    def _run(self, sql: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(sql)


@pytest.fixture
def postgres(postgres_server: str) -> Iterator[Callable[[], str]]:
    """Makes URLs of empty databases."""
    databases = Databases(postgres_server)
    yield databases.make
    databases.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Where a store can lie: a path or a URL; opened twice, it is the same store."""
    if request.param == "sqlite":
        return tmp_path / "m.sqlite3"
    return request.getfixturevalue("postgres")()


@pytest.fixture
def store(place: Any) -> Iterator[Store]:
    """An empty store of either kind."""
    store = Store(place)
    yield store
    store.close()
