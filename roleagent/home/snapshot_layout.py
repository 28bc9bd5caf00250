"""The layout of a snapshot, checked when read; converts values to entries and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import asdict
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    model_validator,
)

from roleagent.language.dates import parse_date
from roleagent.store import UserRecord, Version
from roleagent.types import (
    PUBLIC,
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
    words_without_seen,
)

VERSION: Literal[3] = 3  # 1 had no summaries and episodes with less remembered of them; 2 had no tones


_OF_RANKING = {"score", "lifted_by"}
_OF_SUMMARY = {"id", "level", "text", "sources", "first_at", "last_at", "made_at", "made_by"}


def _date(text: str) -> str:
    if text and parse_date(text) is None:
        raise ValueError(f"{text!r} is not a date: write 1881, 1881-03 or 1881-03-04")
    return text


Id = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Moment = Annotated[str, AfterValidator(_date)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NodeEntry(_Entry):
    """A learned node."""

    id: Id
    type: Id
    label: str
    aliases: tuple[str, ...] = ()
    description: str = ""


class VersionEntry(_Entry):
    """One version of a fact: see `Fact`."""

    version: Id
    id: Id
    subject: Id
    relation: Id
    object: Id
    text: str
    layer: Layer
    fixed: bool = False
    confidence: Share = 1.0
    valid_from: str | None = None
    valid_to: str | None = None
    recorded_at: AwareDatetime | None = None
    superseded_at: AwareDatetime | None = None
    evidence: tuple[str, ...] = ()
    visibility: tuple[str, ...] = (PUBLIC,)


class AttachmentEntry(_Entry):
    """An attachment, without its bytes."""

    id: Id
    media_type: str
    path: str
    name: str
    num_bytes: Annotated[int, Field(ge=0)]


class ObservationEntry(_Entry):
    """One thing perceived in an attachment: see `Observation`."""

    kind: Id
    text: str
    source: str
    attachment_id: Id
    confidence: Share | None = None
    region: tuple[float, float, float, float] | None = None
    span_s: tuple[float, float] | None = None
    language: str | None = None


class ToneEntry(_Entry):
    """What a user's words say of how they feel: see `Tone`."""

    valence: Annotated[float, Field(ge=-1, le=1)]
    arousal: Share
    kind: Share
    rude: Share
    sorry: Share
    by: str


class EpisodeEntry(_Entry):
    """One utterance: see `Episode`."""

    id: Id
    thread_id: Annotated[str, Field(pattern=r"\S")]
    listener: str = ""
    as_of: Moment = ""
    turn_id: str
    speaker: Speaker
    text: str
    at: AwareDatetime
    attachments: tuple[AttachmentEntry, ...] = ()
    speaker_name: str = ""
    observations: tuple[ObservationEntry, ...] = ()
    mentions: tuple[str, ...] = ()
    importance: Share | None = None
    lore_state: str = ""
    tone: ToneEntry | None = None


class SettingEntry(_Entry):
    """What an application set of a relationship: see `RelationshipSetting`."""

    at: AwareDatetime
    valence: Annotated[float, Field(ge=-1, le=1)] | None = None
    arousal: Share | None = None
    trust: Share | None = None


class SummaryEntry(_Entry):
    """A summary of many episodes: see `Summary`."""

    id: Id
    thread_id: Annotated[str, Field(pattern=r"\S")]
    listener: str = ""
    as_of: Moment = ""
    level: SummaryLevel
    text: str
    sources: tuple[Id, ...]
    first_at: AwareDatetime
    last_at: AwareDatetime
    made_at: AwareDatetime
    made_by: str


class UserEntry(_Entry):
    """Everything that is kept of one user."""

    user_id: Annotated[str, Field(pattern=r"\S")]
    nodes: tuple[NodeEntry, ...] = ()
    versions: tuple[VersionEntry, ...] = ()
    episodes: tuple[EpisodeEntry, ...] = ()
    summaries: tuple[SummaryEntry, ...] = ()
    settings: tuple[SettingEntry, ...] = ()

    @model_validator(mode="after")
    def _has_one_story_of_each(self) -> Self:
        _once("node", (node.id for node in self.nodes))
        _once("episode", (episode.id for episode in self.episodes))
        _once("summary", (summary.id for summary in self.summaries))
        _once("version", ((version.id, version.version) for version in self.versions))
        _once("fact that stands", (each.id for each in self.versions if each.superseded_at is None))
        return self


class Snapshot(_Entry):
    """The whole file."""

    roleagent_snapshot: Literal[1, 2, 3]
    persona: dict[str, JsonValue]
    users: tuple[UserEntry, ...] = ()

    @model_validator(mode="after")
    def _has_each_user_once(self) -> Self:
        _once("user", (user.user_id for user in self.users))
        return self


def _once(what: str, names: Iterable[Hashable]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"the {what} {twice[0]!r} is there twice")


# ── values and entries ───────────────────────────────────────────────────────────────────────────


def user_entry(record: UserRecord) -> UserEntry:
    """A user's record in the file's layout."""
    return UserEntry(
        user_id=record.user_id,
        nodes=tuple(NodeEntry(**asdict(node)) for node in record.nodes),
        versions=tuple(
            VersionEntry(
                version=each.name,
                **{name: value for name, value in asdict(each.fact).items() if name not in _OF_RANKING},
            )
            for each in record.versions
        ),
        episodes=tuple(map(_episode_entry, record.episodes)),
        summaries=tuple(
            SummaryEntry(
                thread_id=each.thread.thread_id,
                **asdict(each.sight),
                **{name: value for name, value in asdict(each).items() if name in _OF_SUMMARY},
            )
            for each in record.summaries
        ),
        settings=tuple(SettingEntry(**asdict(each)) for each in record.settings),
    )


def _episode_entry(episode: Episode) -> EpisodeEntry:
    return EpisodeEntry(
        id=episode.id,
        thread_id=episode.thread.thread_id,
        listener=episode.sight.listener,
        as_of=episode.sight.as_of,
        turn_id=episode.turn_id,
        speaker=episode.speaker,
        text=episode.text,
        at=episode.at,
        attachments=tuple(AttachmentEntry(**asdict(each)) for each in episode.attachments),
        speaker_name=episode.speaker_name,
        observations=tuple(ObservationEntry(**asdict(each)) for each in episode.observations),
        mentions=episode.mentions,
        importance=episode.importance,
        lore_state=episode.lore_state,
        tone=None if episode.tone is None else ToneEntry(**asdict(episode.tone)),
    )


def user_record(persona_id: str, user: UserEntry) -> UserRecord:
    """The inverse of `user_entry`."""
    owner = Owner(persona_id=persona_id, user_id=user.user_id)
    return UserRecord(
        user_id=user.user_id,
        nodes=tuple(Node(**node.model_dump()) for node in user.nodes),
        versions=tuple(
            Version(name=each.version, fact=Fact(**each.model_dump(exclude={"version"})))
            for each in user.versions
        ),
        episodes=tuple(_episode(owner, each) for each in user.episodes),
        summaries=tuple(
            Summary(
                thread=Thread(owner=owner, thread_id=each.thread_id),
                sight=Sight(listener=each.listener, as_of=each.as_of),
                **each.model_dump(include=_OF_SUMMARY),
            )
            for each in user.summaries
        ),
        settings=tuple(RelationshipSetting(**each.model_dump()) for each in user.settings),
    )


def _episode(owner: Owner, entry: EpisodeEntry) -> Episode:
    observations = tuple(Observation(**each.model_dump()) for each in entry.observations)
    return Episode(
        id=entry.id,
        thread=Thread(owner=owner, thread_id=entry.thread_id),
        sight=Sight(listener=entry.listener, as_of=entry.as_of),
        turn_id=entry.turn_id,
        speaker=entry.speaker,
        text=words_without_seen(entry.text, observations),  # earlier snapshots hold both in one
        at=entry.at,
        attachments=tuple(Attachment(**each.model_dump()) for each in entry.attachments),
        speaker_name=entry.speaker_name,
        observations=observations,
        mentions=entry.mentions,
        importance=entry.importance,
        lore_state=entry.lore_state,
        tone=None if entry.tone is None else Tone(**entry.tone.model_dump()),
    )
