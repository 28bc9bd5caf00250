"""How each persona feels about each user: computed from what the record keeps, so that both always agree.

A relationship is what the rules (`relationship`) make of a user's utterances and of the values that an
application set, in order of time. Nothing else is stored: an utterance that is forgotten takes its influence
along, and other weights or rules make it over again from the words.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from roleagent.embedding.embedders import embedder_name
from roleagent.gnn.affect import AffectHead, shipped_head
from roleagent.gnn.relationship import mood_of, replayed, resting_of, updated
from roleagent.persona.persona import Persona
from roleagent.protocols import EpisodicMemory, MemoryWithRecord
from roleagent.store import Heard, RelationshipEvents
from roleagent.types import Feeling, Owner, Relationship, RelationshipSetting, Tone

_BATCH = 64
_MAX_KNOWN = 256  # relationships that are kept ready in RAM

_log = logging.getLogger(__name__)


@runtime_checkable
class MemoryWithVectors(MemoryWithRecord, Protocol):
    """A memory that shares the vectors of what was said, so that nothing is embedded twice in a turn."""

    def vectors_of(self, texts: Sequence[str], owner: Owner) -> NDArray[np.float32]:
        """Vectors of questions or utterances, [num_texts, dim], of unit length."""


def keeper_for(memory: EpisodicMemory, persona: Persona) -> RelationshipKeeper | None:
    """A keeper over a memory, with the head that reads its vectors.

    None if the memory is an application's own, which has no record to rest on.
    """
    if not isinstance(memory, MemoryWithVectors):
        _log.warning("%s has no record: no relationships are kept.", type(memory).__name__)
        return None
    head = None if memory.embedder is None else shipped_head(embedder_name(memory.embedder))
    return RelationshipKeeper(memory, head, resting=resting_of(persona))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A relationship, and up to where in the record it has come.

    Attributes:
        state: of the record, see `Store.state`; another one means that something was forgotten.
        last: the latest event in it, as `_order` sees it.
    """

    state: int | None
    episode: int
    setting: int
    last: tuple[datetime, str]
    relationship: Relationship


_Event = tuple[tuple[datetime, str], Tone | RelationshipSetting | None]


class RelationshipKeeper:
    """Knows how one persona feels about its users. Thread-safe.

    Args:
        memory: has what was said.
        head: hears the tone of what is said; None for no tones, so that only applications move relationships.
        resting: how the persona meets a stranger.
    """

    def __init__(self, memory: MemoryWithVectors, head: AffectHead | None, *, resting: Relationship) -> None:
        self.resting = resting
        self._memory, self._head = memory, head
        self._known: OrderedDict[Owner, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def tone_of(self, text: str, owner: Owner) -> Tone | None:
        """The tone of what a user says; None if there are no words, or nothing hears them."""
        if self._head is None or not text.strip():
            return None
        return self._head.tones([text], self._memory.vectors_of([text], owner))[0]

    def relationship(self, owner: Owner) -> Relationship:
        """How the persona feels about a user, after all that is remembered."""
        return self._up_to_date(owner).relationship

    def feelings(self, owner: Owner, *, hearing: str) -> tuple[Feeling, ...]:
        """How the persona feels about a user, after what they say now and is not remembered yet.

        None if nothing hears them and no application set anything.
        """
        before = self.relationship(owner)
        if self._head is None and before == self.resting:
            return ()
        after = updated(before, self.tone_of(hearing, owner), resting=self.resting)
        return (Feeling(relationship=after, mood=mood_of(after, resting=self.resting)),)

    def put(self, owner: Owner, setting: RelationshipSetting) -> None:
        """Keep values that an application sets."""
        self._memory.store.set_relationship(owner, setting)

    def _up_to_date(self, owner: Owner) -> _Known:
        with self._lock:
            known = self._known.get(owner)
        if known is not None:
            new = self._memory.store.relationship_events(
                owner, after_episode=known.episode, after_setting=known.setting
            )
            events = sorted(self._events(new, owner), key=_order)
            # what was said or set before the latest event belongs in between: from the beginning, then
            if new.state == known.state and (not events or _order(events[0]) > known.last):
                return self._keep(owner, self._after(known, new, events))
        every = self._memory.store.relationship_events(owner)
        events = sorted(self._events(every, owner), key=_order)
        begun = _Known(
            state=every.state,
            episode=0,
            setting=0,
            last=(datetime.min.replace(tzinfo=UTC), ""),
            relationship=self.resting,
        )
        return self._keep(owner, self._after(begun, every, events))

    def _after(self, known: _Known, new: RelationshipEvents, events: Sequence[_Event]) -> _Known:
        if not events:
            return known
        return replace(
            known,
            episode=max((each.seq for each in new.heard), default=known.episode),
            setting=max((seq for seq, _ in new.settings), default=known.setting),
            last=_order(events[-1]),
            relationship=replayed(
                (event for _, event in events), resting=self.resting, before=known.relationship
            ),
        )

    def _keep(self, owner: Owner, known: _Known) -> _Known:
        with self._lock:
            self._known[owner] = known
            self._known.move_to_end(owner)
            while len(self._known) > _MAX_KNOWN:
                self._known.popitem(last=False)
        return known

    def _events(self, events: RelationshipEvents, owner: Owner) -> Iterator[_Event]:
        """Each event with its place in time; tones of other weights are heard again and written back."""
        yield from (((setting.at, ""), setting) for _, setting in events.settings)
        for each, tone in self._heard(events.heard, owner):
            yield (each.at, each.id), tone

    def _heard(self, heard: Sequence[Heard], owner: Owner) -> Iterator[tuple[Heard, Tone | None]]:
        head = self._head
        if head is None:
            yield from ((each, None) for each in heard)
            return
        stale = [
            each
            for each in heard
            if each.text.strip() and (each.tone is None or each.tone.by != head.version)
        ]
        fresh: dict[int, Tone] = {}
        for start in range(0, len(stale), _BATCH):
            batch = stale[start : start + _BATCH]
            texts = [each.text for each in batch]
            tones = head.tones(texts, self._memory.vectors_of(texts, owner))
            heard_now = {each.seq: tone for each, tone in zip(batch, tones, strict=True)}
            self._memory.store.set_tones(owner, heard_now)  # at once, so that a break costs one batch
            fresh |= heard_now
        if fresh:
            _log.info("Heard the tone of %d utterances of %s.", len(fresh), owner)
        yield from ((each, fresh.get(each.seq, each.tone)) for each in heard)


def _order(event: _Event) -> tuple[datetime, str]:
    return event[0]
