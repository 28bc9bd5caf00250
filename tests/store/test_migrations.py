"""Tests of the schema: an old store opens without loss, and there is one way to the newest tables."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text

from roleagent.errors import StoreError
from roleagent.store import Store
from roleagent.store.migrations import POSTGRES, Values, migrate
from roleagent.store.tables import METADATA
from roleagent.types import STRANGER, Attachment, Owner, Thread

ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")
PICTURE = Attachment(id="a", media_type="image/png", path="a.png", name="a.png", num_bytes=3)

# what version 1 of roleagent made, letter by letter
VERSION_1 = """
CREATE TABLE scopes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            persona_id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            UNIQUE (persona_id, user_id)
        );
CREATE TABLE episodes (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            scope INTEGER NOT NULL REFERENCES scopes (id),
            id TEXT NOT NULL,
            thread_id TEXT NOT NULL,
            turn_id TEXT NOT NULL,
            speaker TEXT NOT NULL CHECK (speaker IN ('user', 'persona')),
            text TEXT NOT NULL,
            at TEXT NOT NULL,
            attachments TEXT NOT NULL,
            embedder TEXT NOT NULL,
            embedding BLOB,
            UNIQUE (scope, id)
        );
CREATE INDEX episodes_in_order ON episodes (scope, seq);
CREATE INDEX episodes_by_thread ON episodes (scope, thread_id, at, seq);
CREATE TABLE nodes (
            scope INTEGER NOT NULL REFERENCES scopes (id),
            id TEXT NOT NULL,
            type TEXT NOT NULL,
            label TEXT NOT NULL,
            aliases TEXT NOT NULL,
            description TEXT NOT NULL,
            PRIMARY KEY (scope, id)
        );
CREATE TABLE facts (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            scope INTEGER NOT NULL REFERENCES scopes (id),
            id TEXT NOT NULL,
            version TEXT NOT NULL,
            subject TEXT NOT NULL,
            relation TEXT NOT NULL,
            object TEXT NOT NULL,
            text TEXT NOT NULL,
            layer TEXT NOT NULL CHECK (layer IN ('canon', 'learned')),
            fixed INTEGER NOT NULL,
            confidence REAL NOT NULL,
            valid_from TEXT,
            valid_to TEXT,
            recorded_at TEXT,
            superseded_at TEXT,
            evidence TEXT NOT NULL,
            UNIQUE (scope, id, version)
        );
CREATE UNIQUE INDEX live_facts ON facts (scope, id) WHERE superseded_at IS NULL;
"""


def day(number: int) -> str:
    return f"2026-03-{number:02d}T12:00:00.000000+00:00"


def old_fact(id_: str, version: str, **changes: Any) -> dict[str, Any]:
    plain = {
        "scope": 1,
        "id": id_,
        "version": version,
        "subject": "ada",
        "relation": "drinks",
        "object": id_,
        "text": f"Ada drinks {id_}.",
        "layer": "learned",
        "fixed": 0,
        "confidence": 0.5,
        "valid_from": None,
        "valid_to": None,
        "recorded_at": day(1),
        "superseded_at": None,
        "evidence": json.dumps(["e1"]),
    }
    return plain | changes


OLD_ROWS: list[tuple[str, dict[str, Any]]] = [
    ("scopes", {"persona_id": "holmes", "user_id": "ada"}),
    (
        "episodes",
        {
            "scope": 1,
            "id": "e1",
            "thread_id": "one",
            "turn_id": "t1",
            "speaker": "user",
            "text": "Tea, 请.",
            "at": day(1),
            "attachments": json.dumps(
                [{"id": "a", "media_type": "image/png", "path": "a.png", "name": "a.png", "num_bytes": 3}]
            ),
            "embedder": "hash",
            "embedding": b"\x00\x00\x80?\x00\x00\x00\x00",
        },
    ),
    (
        "nodes",
        {
            "scope": 1,
            "id": "tea",
            "type": "artifact",
            "label": "Tea",
            "aliases": '["cha"]',
            "description": "hot",
        },
    ),
    ("facts", old_fact("water", "w1", fixed=1)),
    ("facts", old_fact("tea", "t1", valid_to="2026-03-05", superseded_at=day(5))),
    ("facts", old_fact("tea", "t2", recorded_at=day(7), evidence='["e7"]')),
    ("facts", old_fact("ale", "a1", valid_to="2026-03-06", superseded_at=day(6))),
    (
        "facts",
        old_fact("file", "c1", layer="canon", recorded_at=None, valid_to="2026", superseded_at=day(8)),
    ),
]


def fill(execute: Callable[[str, Values], object]) -> None:
    for table, row in OLD_ROWS:
        marks = ", ".join(f":{name}" for name in row)
        execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", row)


def make_old_sqlite(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(VERSION_1)
    fill(connection.execute)
    connection.execute(f"PRAGMA application_id = {0x524F4C45}")
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()


def make_old_postgres(url: str) -> None:
    """As version 1 would have made it; it knew SQLite only, and later steps must work on both."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:

        def execute(sql: str, values: Values) -> list[Any]:
            connection.execute(text(sql), dict(values))
            return []

        execute("CREATE SCHEMA roleagent", {})
        execute("SET LOCAL search_path TO roleagent", {})
        migrate(execute, POSTGRES, version=0, to=1)
        execute("CREATE TABLE schema_version (version INTEGER NOT NULL)", {})
        execute("INSERT INTO schema_version VALUES (1)", {})
        fill(execute)
    engine.dispose()


def moment(number: int) -> datetime:
    return datetime(2026, 3, number, 12, tzinfo=UTC)


def test_a_store_of_version_1_opens_without_loss(place: Any) -> None:
    """What people told a character in spring must be there after an upgrade in autumn."""
    if isinstance(place, Path):
        make_old_sqlite(place)
    else:
        make_old_postgres(place)
    for _ in range(2):  # migrated, and then opened as it is
        store = Store(place)
        (said,) = store.episodes(ADA)
        assert (said.id, said.text, said.at, said.attachments) == ("e1", "Tea, 请.", moment(1), (PICTURE,))
        assert (said.thread, said.sight, said.lore_state) == (TALK, STRANGER, "")
        assert [(id_, list(found)) for id_, found in store.embeddings(ADA) if found is not None] == [
            ("e1", [1.0, 0.0])
        ]
        learned = store.learned(ADA)
        assert [(node.id, node.aliases, node.description) for node in learned.nodes] == [
            ("tea", ("cha",), "hot")
        ]
        believed = {fact.id: (fact.valid_to, fact.recorded_at, fact.evidence) for fact in learned.added}
        assert believed == {
            "water": (None, moment(1), ("e1",)),
            "tea": (None, moment(7), ("e7",)),
            "ale": ("2026-03-06", moment(6), ("e1",)),
            "file": ("2026", moment(8), ("e1",)),
        }
        assert {fact.visibility for fact in learned.added} == {("public",)}
        assert [fact.fixed for fact in learned.added if fact.id == "water"] == [True]
        past = [
            (fact.id, fact.valid_to, fact.recorded_at, fact.superseded_at) for fact in store.versions(ADA)
        ]
        assert sorted(past, key=str) == [
            ("ale", None, moment(1), moment(6)),
            ("tea", "2026-03-05", moment(5), moment(7)),
            ("tea", None, moment(1), moment(5)),
        ]
        store.close()


def columns_of(url: str, schema: str | None) -> dict[str, dict[str, bool]]:
    """Table -> column -> whether it may be empty, as the database has it."""
    engine = create_engine(url)
    found = inspect(engine)
    tables = {
        name: {column["name"]: bool(column["nullable"]) for column in found.get_columns(name, schema=schema)}
        for name in METADATA.tables
    }
    engine.dispose()
    return tables


def test_the_tables_are_as_queries_name_them(place: Any) -> None:
    """The queries' tables and the steps that make them are written down apart."""
    Store(place).close()
    is_file = isinstance(place, Path)
    url = f"sqlite:///{place}" if is_file else place.replace("postgresql:", "postgresql+psycopg:")
    named = {
        table.name: {column.name: bool(column.nullable) for column in table.columns}
        for table in METADATA.tables.values()
    }
    found = columns_of(url, None if is_file else "roleagent")
    for key in ("id", "seq"):  # SQLite says of a key that it may be empty
        for columns in (*named.values(), *found.values()):
            columns.pop(key, None)
    assert found == named


@pytest.mark.slow
def test_a_newer_or_foreign_schema_on_a_server_is_refused(postgres: Callable[[], str]) -> None:
    """An old program must not write into what it does not understand, nor into somebody else's tables."""
    url = postgres()
    Store(url).close()
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE roleagent.schema_version SET version = 99"))
    with pytest.raises(StoreError, match=r"newer roleagent \(schema 99.*Upgrade"):
        Store(url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE roleagent.schema_version"))
    with pytest.raises(StoreError, match="belongs to another program"):
        Store(url)
    engine.dispose()
