"""Statements about relationships: the tones of what a user said, and the values that an application set.

How a persona feels about a user is computed from these (`roleagent.gnn.relationship`) and not stored, so
that it can never disagree with what is remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from roleagent.store.rows import (
    row_to_setting,
    seen_of,
    setting_to_row,
    text_to_tone,
    time_to_text,
    tone_to_text,
)
from roleagent.store.tables import (
    EPISODES,
    RELATIONSHIP_SETTINGS,
    insert_new,
    is_owned,
    owner_state,
    owner_values,
)
from roleagent.types import Owner, RelationshipSetting, Tone, words_without_seen

_HEARD = (
    select(
        EPISODES.c.seq,
        EPISODES.c.id,
        EPISODES.c.at,
        EPISODES.c.text,
        EPISODES.c.observations,
        EPISODES.c.tone,
    )
    .where(is_owned(EPISODES), EPISODES.c.speaker == "user", EPISODES.c.seq > bindparam("after"))
    .order_by(EPISODES.c.seq)
)
_SETTINGS = (
    select(RELATIONSHIP_SETTINGS)
    .where(is_owned(RELATIONSHIP_SETTINGS), RELATIONSHIP_SETTINGS.c.seq > bindparam("after"))
    .order_by(RELATIONSHIP_SETTINGS.c.seq)
)
_SET_TONE = update(EPISODES).where(is_owned(EPISODES), EPISODES.c.seq == bindparam("of_seq"))
_DELETE_BEFORE = delete(RELATIONSHIP_SETTINGS).where(
    is_owned(RELATIONSHIP_SETTINGS), RELATIONSHIP_SETTINGS.c.at < bindparam("before")
)
_DELETE_AT = delete(RELATIONSHIP_SETTINGS).where(
    is_owned(RELATIONSHIP_SETTINGS), RELATIONSHIP_SETTINGS.c.at == bindparam("same")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One utterance of a user.

    Attributes:
        seq: its place in the record.
        id: of its episode.
        at: UTC.
        text: the user's own words.
        tone: None if nothing heard it yet.
    """

    seq: int
    id: str
    at: datetime
    text: str
    tone: Tone | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipEvents:
    """What a relationship rests on, as far as it is new to the caller.

    Attributes:
        state: see `Store.state`.
        heard: a user's utterances in every thread and for every listener, in the order of the record.
        settings: what an application set, by its place in the record.
    """

    state: int | None
    heard: tuple[Heard, ...]
    settings: tuple[tuple[int, RelationshipSetting], ...]


def select_events(
    connection: Connection, owner: Owner, *, after_episode: int, after_setting: int
) -> RelationshipEvents:
    """The events behind some places in the record."""
    values = owner_values(owner)
    state = owner_state(connection, owner)  # first: if something is forgotten meanwhile, it is out of date
    heard = tuple(
        Heard(
            seq=row.seq,
            id=row.id,
            at=datetime.fromisoformat(row.at),
            text=words_without_seen(row.text, seen_of(row)),
            tone=text_to_tone(row.tone),
        )
        for row in connection.execute(_HEARD, {**values, "after": after_episode})
    )
    settings = connection.execute(_SETTINGS, {**values, "after": after_setting})
    return RelationshipEvents(
        state=state, heard=heard, settings=tuple((row.seq, row_to_setting(row)) for row in settings)
    )


def set_tones(connection: Connection, owner: Owner, tones: Mapping[int, Tone]) -> None:
    """Replace the tones of episodes by `seq`."""
    values = owner_values(owner)
    rows = [{**values, "of_seq": seq, "tone": tone_to_text(tone)} for seq, tone in tones.items()]
    if rows:
        connection.execute(_SET_TONE, rows)


def insert_setting(connection: Connection, owner: Owner, owner_id: int, setting: RelationshipSetting) -> None:
    """Write what an application sets; it replaces one of the same moment."""
    connection.execute(_DELETE_AT, {**owner_values(owner), "same": time_to_text(setting.at)})
    connection.execute(insert(RELATIONSHIP_SETTINGS), {**setting_to_row(setting), "scope": owner_id})


def add_setting(connection: Connection, owner_id: int, setting: RelationshipSetting) -> None:
    """Write what an application once set, unless something is set for that moment."""
    statement = insert_new(RELATIONSHIP_SETTINGS, connection.dialect.name)
    connection.execute(statement, {**setting_to_row(setting), "scope": owner_id})


def select_settings(connection: Connection, owner: Owner) -> tuple[RelationshipSetting, ...]:
    """All that an application set, in the order of the record."""
    rows = connection.execute(_SETTINGS, {**owner_values(owner), "after": 0})
    return tuple(map(row_to_setting, rows))


def delete_settings_before(connection: Connection, owner: Owner, moment: datetime) -> int:
    """Delete what was set before a moment; return how many there were."""
    values = {**owner_values(owner), "before": time_to_text(moment)}
    return connection.execute(_DELETE_BEFORE, values).rowcount
