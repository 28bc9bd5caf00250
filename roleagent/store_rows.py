"""The schema of the store of record, and values to rows and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from roleagent.errors import InputError
from roleagent.types import Attachment, Episode, Fact, Layer, Node, Scope, Speaker, content_id

Vector = NDArray[np.float32]
Row = Sequence[Any]  # Any: what sqlite3 gives

APPLICATION_ID = 0x524F4C45  # "ROLE"
MIGRATIONS = [
    [
        """CREATE TABLE scopes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            persona_id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            UNIQUE (persona_id, user_id)
        )""",
        """CREATE TABLE episodes (
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
        )""",
        "CREATE INDEX episodes_in_order ON episodes (scope, seq)",
        "CREATE INDEX episodes_by_thread ON episodes (scope, thread_id, at, seq)",
        """CREATE TABLE nodes (
            scope INTEGER NOT NULL REFERENCES scopes (id),
            id TEXT NOT NULL,
            type TEXT NOT NULL,
            label TEXT NOT NULL,
            aliases TEXT NOT NULL,
            description TEXT NOT NULL,
            PRIMARY KEY (scope, id)
        )""",
        """CREATE TABLE facts (
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
        )""",
        "CREATE UNIQUE INDEX live_facts ON facts (scope, id) WHERE superseded_at IS NULL",
    ]
]
EPISODE_COLUMNS = "id, thread_id, turn_id, speaker, text, at, attachments"
NODE_COLUMNS = "id, type, label, aliases, description"
FACT_COLUMNS = (
    "id, subject, relation, object, text, layer, fixed, confidence, "
    "valid_from, valid_to, recorded_at, evidence"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRow:
    """What an index needs of one stored episode.

    Attributes:
        seq: the episode's place in the record; later episodes have higher ones, none is used twice.
        at: seconds since 1970.
        embedder: name of what made the embedding; empty where there is none.
    """

    seq: int
    at: float
    text: str
    embedder: str
    embedding: Vector | None


def time_to_text(at: datetime) -> str:
    """UTC to the microsecond, in a form that sorts as time does."""
    if at.tzinfo is None:
        raise InputError(f"{at!r} has no time zone: pass an aware datetime, such as datetime.now(UTC).")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def episode_to_row(episode: Episode) -> Row:
    """In the order of `EPISODE_COLUMNS`."""
    attachments = json.dumps([asdict(attachment) for attachment in episode.attachments])
    return (
        episode.id,
        episode.scope.thread_id,
        episode.turn_id,
        episode.speaker,
        episode.text,
        time_to_text(episode.at),
        attachments,
    )


def row_to_episode(row: Row, scope: Scope) -> Episode:
    """The inverse of `episode_to_row`; the scope's thread is the row's own."""
    id_, thread_id, turn_id, speaker, text, at, attachments = row
    return Episode(
        id=id_,
        scope=Scope(persona_id=scope.persona_id, user_id=scope.user_id, thread_id=thread_id),
        turn_id=turn_id,
        speaker=cast(Speaker, speaker),
        text=text,
        at=datetime.fromisoformat(at),
        attachments=tuple(Attachment(**each) for each in json.loads(attachments)),
    )


def node_to_row(node: Node) -> Row:
    """In the order of `NODE_COLUMNS`."""
    return (node.id, node.type, node.label, json.dumps(node.aliases, ensure_ascii=False), node.description)


def row_to_node(row: Row) -> Node:
    """The inverse of `node_to_row`."""
    id_, type_, label, aliases, description = row
    return Node(id=id_, type=type_, label=label, aliases=tuple(json.loads(aliases)), description=description)


def fact_to_row(fact: Fact) -> Row:
    """In the order of `FACT_COLUMNS`."""
    return (
        fact.id,
        fact.subject,
        fact.relation,
        fact.object,
        fact.text,
        fact.layer,
        int(fact.fixed),
        fact.confidence,
        fact.valid_from,
        fact.valid_to,
        time_to_text(fact.recorded_at) if fact.recorded_at else None,
        json.dumps(fact.evidence),
    )


def row_to_fact(row: Row) -> Fact:
    """The inverse of `fact_to_row`."""
    return Fact(
        id=row[0],
        subject=row[1],
        relation=row[2],
        object=row[3],
        text=row[4],
        layer=cast(Layer, row[5]),
        fixed=bool(row[6]),
        confidence=row[7],
        valid_from=row[8],
        valid_to=row[9],
        recorded_at=datetime.fromisoformat(row[10]) if row[10] else None,
        evidence=tuple(json.loads(row[11])),
    )


def fact_version(fact: Fact) -> str:
    """Tells a replayed commit (same version) from the same fact learned anew (another one).

    `valid_to` stays out of it: a fact that ends is still the one that was learned.
    """
    recorded_at = time_to_text(fact.recorded_at) if fact.recorded_at else ""
    return content_id(fact.text, recorded_at, fact.valid_from or "", *fact.evidence)


def vector_to_bytes(vector: Vector | None) -> bytes | None:
    """Little-endian float32, whatever the machine."""
    return None if vector is None else np.ascontiguousarray(vector, dtype="<f4").tobytes()


def bytes_to_vector(data: bytes | None) -> Vector | None:
    """The inverse of `vector_to_bytes`; read-only."""
    return None if data is None else np.frombuffer(data, dtype="<f4")
