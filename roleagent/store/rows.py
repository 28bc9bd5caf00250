"""Convert values to rows of the record, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from roleagent.errors import InputError
from roleagent.store.tables import story_day
from roleagent.types import (
    Attachment,
    Episode,
    Fact,
    Layer,
    Node,
    Observation,
    Owner,
    RelationshipSetting,
    Sight,
    Speaker,
    Summary,
    SummaryLevel,
    Thread,
    Tone,
    content_id,
    words_without_seen,
)

Vector = NDArray[np.float32]
Row = Any  # Any: a row as SQLAlchemy gives it, with the columns as attributes
Values = Mapping[str, Any]  # Any: what a column may hold


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRow:
    """What an index needs of one stored episode.

    Attributes:
        seq: the episode's place in the record; later episodes have higher ones, none is used twice.
        at: seconds since 1970.
        embedder: name of the embedder that made the embedding; empty if there is none.
        listener: with `story_day`, decides who may see it: see `tables.Bounds`.
    """

    seq: int
    at: float
    text: str
    embedder: str
    embedding: Vector | None
    listener: str
    story_day: int | None
    thread_id: str
    speaker: Speaker
    speaker_name: str
    mentions: tuple[str, ...]
    importance: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeMark:
    """One episode's thread, sight, time and mentions, without its text.

    Attributes:
        sight: who it was said to, and when in the story.
        at: UTC.
        mentions: ids of the nodes of the persona's graph that it names.
    """

    id: str
    thread: Thread
    sight: Sight
    at: datetime
    mentions: tuple[str, ...] = ()


def time_to_text(at: datetime) -> str:
    """UTC to the microsecond, in a form that sorts in order of time."""
    if at.tzinfo is None:
        raise InputError(f"{at!r} has no time zone: pass an aware datetime, such as datetime.now(UTC).")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _time_or_none(at: datetime | None) -> str | None:
    return None if at is None else time_to_text(at)


def _text_to_time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _json(values: object) -> str:
    return json.dumps(values, ensure_ascii=False)


def episode_to_row(episode: Episode) -> dict[str, Any]:
    """The columns of an episode, without its embedding."""
    return {
        "id": episode.id,
        "thread_id": episode.thread.thread_id,
        "turn_id": episode.turn_id,
        "speaker": episode.speaker,
        "text": episode.text_and_seen,  # what an index reads
        "at": time_to_text(episode.at),
        "attachments": _json([asdict(attachment) for attachment in episode.attachments]),
        "listener": episode.sight.listener,
        "as_of": episode.sight.as_of,
        "story_day": story_day(episode.sight.as_of),
        "lore_state": episode.lore_state,
        "speaker_name": episode.speaker_name,
        "observations": _json([asdict(observation) for observation in episode.observations]),
        "mentions": _json(episode.mentions),
        "importance": episode.importance,
        "tone": tone_to_text(episode.tone),
    }


def row_to_episode(row: Row, owner: Owner) -> Episode:
    """The inverse of `episode_to_row`; thread, listener and moment are the row's own."""
    observations = seen_of(row)
    return Episode(
        id=row.id,
        thread=Thread(owner=owner, thread_id=row.thread_id),
        sight=Sight(listener=row.listener, as_of=row.as_of),
        turn_id=row.turn_id,
        speaker=cast(Speaker, row.speaker),
        text=words_without_seen(row.text, observations),
        at=datetime.fromisoformat(row.at),
        attachments=tuple(Attachment(**each) for each in _from_json(row.attachments)),
        lore_state=row.lore_state,
        speaker_name=row.speaker_name,
        observations=observations,
        mentions=tuple(_from_json(row.mentions)),
        importance=row.importance,
        tone=text_to_tone(row.tone),
    )


def tone_to_text(tone: Tone | None) -> str:
    """A tone as JSON; empty for none."""
    return "" if tone is None else _json(asdict(tone))


def text_to_tone(text: str) -> Tone | None:
    """The inverse of `tone_to_text`."""
    return Tone(**json.loads(text)) if text else None


def setting_to_row(setting: RelationshipSetting) -> dict[str, Any]:
    """The columns of what an application set."""
    return {**asdict(setting), "at": time_to_text(setting.at)}


def row_to_setting(row: Row) -> RelationshipSetting:
    """The inverse of `setting_to_row`."""
    at = datetime.fromisoformat(row.at)
    return RelationshipSetting(at=at, valence=row.valence, arousal=row.arousal, trust=row.trust)


def seen_of(row: Row) -> tuple[Observation, ...]:
    """What was perceived with an episode."""
    return tuple(map(_to_observation, _from_json(row.observations)))


def _to_observation(fields: dict[str, Any]) -> Observation:
    pairs = {name: fields[name] and tuple(fields[name]) for name in ("region", "span_s")}  # JSON has lists
    return Observation(**{**fields, **pairs})


def _from_json(text: str) -> Sequence[Any]:  # Any: as above
    return () if text == "[]" else json.loads(text)  # most are empty


def row_to_index_row(row: Row) -> IndexRow:
    """What an index needs of an episode, from its `INDEX_COLUMNS`."""
    # by name would take twice as long
    seq, at, text, embedder, data, listener, day, thread_id, speaker, name, mentions, importance = row
    return IndexRow(
        seq=seq,
        at=datetime.fromisoformat(at).timestamp(),
        text=text,
        embedder=embedder,
        embedding=bytes_to_vector(data),
        listener=listener,
        story_day=day,
        thread_id=thread_id,
        speaker=cast(Speaker, speaker),
        speaker_name=name,
        mentions=tuple(_from_json(mentions)),
        importance=importance,
    )


def row_to_mark(row: Row, thread: Thread, sight: Sight) -> EpisodeMark:
    """Where an episode stands: in the thread and the sight in which it was said."""
    at, mentions = datetime.fromisoformat(row.at), tuple(_from_json(row.mentions))
    return EpisodeMark(id=row.id, thread=thread, sight=sight, at=at, mentions=mentions)


def summary_to_row(summary: Summary) -> dict[str, Any]:
    """The columns of a summary."""
    return {
        "id": summary.id,
        "thread_id": summary.thread.thread_id,
        "listener": summary.sight.listener,
        "as_of": summary.sight.as_of,
        "story_day": story_day(summary.sight.as_of),
        "level": summary.level,
        "text": summary.text,
        "sources": _json(summary.sources),
        "first_at": time_to_text(summary.first_at),
        "last_at": time_to_text(summary.last_at),
        "made_at": time_to_text(summary.made_at),
        "made_by": summary.made_by,
    }


def row_to_summary(row: Row, owner: Owner) -> Summary:
    """The inverse of `summary_to_row`; thread, listener and moment are the row's own."""
    return Summary(
        id=row.id,
        thread=Thread(owner=owner, thread_id=row.thread_id),
        sight=Sight(listener=row.listener, as_of=row.as_of),
        level=cast(SummaryLevel, row.level),
        text=row.text,
        sources=tuple(json.loads(row.sources)),
        first_at=datetime.fromisoformat(row.first_at),
        last_at=datetime.fromisoformat(row.last_at),
        made_at=datetime.fromisoformat(row.made_at),
        made_by=row.made_by,
    )


def node_to_row(node: Node) -> dict[str, Any]:
    """The columns of a node."""
    return {
        "id": node.id,
        "type": node.type,
        "label": node.label,
        "aliases": _json(node.aliases),
        "description": node.description,
    }


def row_to_node(row: Row) -> Node:
    """The inverse of `node_to_row`."""
    return Node(
        id=row.id,
        type=row.type,
        label=row.label,
        aliases=tuple(json.loads(row.aliases)),
        description=row.description,
    )


def fact_to_row(fact: Fact) -> dict[str, Any]:
    """The columns of a fact, without its version."""
    return {
        "id": fact.id,
        "subject": fact.subject,
        "relation": fact.relation,
        "object": fact.object,
        "text": fact.text,
        "layer": fact.layer,
        "fixed": int(fact.fixed),
        "confidence": fact.confidence,
        "valid_from": fact.valid_from,
        "valid_to": fact.valid_to,
        "recorded_at": _time_or_none(fact.recorded_at),
        "superseded_at": _time_or_none(fact.superseded_at),
        "evidence": _json(fact.evidence),
        "visibility": _json(fact.visibility),
    }


def row_to_fact(row: Row) -> Fact:
    """The inverse of `fact_to_row`."""
    return Fact(
        id=row.id,
        subject=row.subject,
        relation=row.relation,
        object=row.object,
        text=row.text,
        layer=cast(Layer, row.layer),
        fixed=bool(row.fixed),
        confidence=row.confidence,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        recorded_at=_text_to_time(row.recorded_at),
        superseded_at=_text_to_time(row.superseded_at),
        evidence=tuple(json.loads(row.evidence)),
        visibility=tuple(json.loads(row.visibility)),
    )


def fact_version(fact: Fact) -> str:
    """A name for a version of a fact, so that a repeated commit is recognised."""
    return content_id(_json(fact_to_row(fact)))


def vector_to_bytes(vector: Vector | None) -> bytes | None:
    """As little-endian float32, on any machine."""
    return None if vector is None else np.ascontiguousarray(vector, dtype="<f4").tobytes()


def bytes_to_vector(data: bytes | None) -> Vector | None:
    """The inverse of `vector_to_bytes`; read-only."""
    return None if data is None else np.frombuffer(data, dtype="<f4")
