"""Timed effects: which entries stay, and which rest, from one message to the next.

A state belongs to one point of one conversation. It is plain, and travels as JSON beside the episode after
which it holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from roleagent.errors import InputError
from roleagent.lore.book import LoreEntry
from roleagent.types import content_id

MAX_EFFECTS = 2_000
MAX_TEXT = 2_000  # characters of a name or id
MAX_JSON = 16_000_000  # characters of a state
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What an entry's entering has set off.

    Attributes:
        book: name of the lorebook.
        entry: the entry's id.
        digest: of the entry as it was; an edited one is free again.
        start: messages that the conversation had when it entered.
        sticky_until: it stays while the conversation has no more messages than this.
        rests_until: it cannot enter while the conversation has no more messages than this.
        is_kept: remembered for good, for ``@@keep_activate_after_match`` and ``@@dont_activate_after_match``.
    """

    book: str
    entry: str
    digest: str
    start: int
    sticky_until: int = 0
    rests_until: int = 0
    is_kept: bool = False

    def is_over(self, num_messages: int) -> bool:
        """Whether it no longer does anything; one from which the conversation has not advanced is void."""
        if num_messages <= self.start:
            return True
        return not self.is_kept and num_messages > max(self.sticky_until, self.rests_until)

    def is_sticky(self, num_messages: int) -> bool:
        """Whether the entry stays."""
        return num_messages <= self.sticky_until

    def is_resting(self, num_messages: int) -> bool:
        """Whether the entry cannot enter."""
        return self.sticky_until < num_messages <= self.rests_until


@dataclass(frozen=True, slots=True, kw_only=True)
class LoreState:
    """The effects that last, in the order in which they began."""

    effects: tuple[Effect, ...] = ()

    def to_json(self) -> str:
        """As JSON text; empty where there is nothing to say. Of very many effects, the latest are kept."""
        if not self.effects:
            return ""
        rows = [[getattr(effect, name) for name in _NAMES] for effect in self.effects[-MAX_EFFECTS:]]
        return json.dumps({"version": VERSION, "effects": rows}, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> LoreState:
        """Read what `to_json` wrote.

        Raises:
            InputError: it is something else.
        """
        if not text:
            return cls()
        if len(text) > MAX_JSON:
            raise InputError(f"The state of the lorebooks has {len(text)} characters: more than {MAX_JSON}.")
        return cls(effects=tuple(_effect(row) for row in _rows(text)))


_NAMES = tuple(field.name for field in fields(Effect))


def digest_of(book: str, entry: LoreEntry) -> str:
    """A hash of everything in an entry."""
    return content_id(book, repr(entry))


def running(effects: Iterable[Effect], num_messages: int) -> dict[tuple[str, str], Effect]:
    """The effects that are not over, by book and entry."""
    return {(effect.book, effect.entry): effect for effect in effects if not effect.is_over(num_messages)}


def _rows(text: str) -> list[Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"The state of the lorebooks is no JSON: {error}.") from None
    if not isinstance(value, Mapping) or value.get("version") != VERSION:
        raise InputError(f"The state of the lorebooks is not of version {VERSION}: {text[:80]!r}.")
    rows = value.get("effects")
    if not isinstance(rows, list) or len(rows) > MAX_EFFECTS:
        raise InputError(f"The state of the lorebooks needs a list of at most {MAX_EFFECTS} effects.")
    return rows


def _effect(row: Any) -> Effect:
    types = (str, str, str, int, int, int, bool)
    is_sound = isinstance(row, list) and [type(value) for value in row] == list(types)
    if not is_sound or any(len(value) > MAX_TEXT for value in row[:3]):
        raise InputError(f"The state of the lorebooks holds {str(row)[:80]!r}, which is no effect.")
    return Effect(**dict(zip(_NAMES, row, strict=True)))
