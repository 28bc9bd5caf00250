"""What goes into a lorebook search and what comes out: settings, state, decisions and their reasons.

A state holds which entries stay, and which rest, from one message to the next. It belongs to one point of
one conversation and travels as JSON with the episode after which it holds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, Literal

from roleagent.errors import InputError
from roleagent.lore.book import LoreEntry, Position, Role
from roleagent.types import content_id

MAX_EFFECTS = 2_000
MAX_TEXT = 2_000  # characters of a name or id
MAX_JSON = 16_000_000  # characters of a state
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A timed effect that began when an entry entered.

    Attributes:
        book: name of the lorebook.
        entry: the entry's id.
        digest: hash of the entry as it was; the effect does not hold for an entry that was edited since.
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
        """Whether the effect has ended; one is void if the conversation has not advanced since it began."""
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
    """The effects that still hold, in the order in which they began."""

    effects: tuple[Effect, ...] = ()

    def to_json(self) -> str:
        """The state as JSON text; empty if there are no effects. Only the latest MAX_EFFECTS are kept."""
        if not self.effects:
            return ""
        rows = [[getattr(effect, name) for name in _NAMES] for effect in self.effects[-MAX_EFFECTS:]]
        return json.dumps({"version": VERSION, "effects": rows}, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> LoreState:
        """Read what `to_json` wrote.

        Raises:
            InputError: the text is not a state.
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


# ── messages in, decisions out ───────────────────────────────────────────────────────────────────

Reason = Literal[
    # entered
    "constant", "key", "sticky", "activate", "kept",
    # did not enter
    "disabled", "empty", "trigger", "character", "dont_activate", "once", "only_after", "only_every",
    "greeting", "delay", "cooldown", "recursion_only", "no_keys", "no_match", "secondary", "additional",
    "excluded", "probability", "group", "budget",
]  # fmt: skip
Source = Literal["message", "text", "entry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of the conversation.

    Attributes:
        name: who said it; keys are looked for in ``Name: text``.
    """

    name: str
    text: str
    role: Role = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoreSettings:
    """The reader's settings, which hold if a book does not say otherwise.

    Attributes:
        scan_depth: last messages looked at; 0 for none.
        max_scan_depth: how far back `min_activations` may look; 0 for as far as it goes.
        token_budget: tokens that all books together may take; None for no limit. A book may have a lower
            limit of its own.
        recursive: whether an entry's text may trigger others.
        max_recursion: rounds of recursion; 0 for as many as it takes (`engine.MAX_ROUNDS` at most).
        min_activations: messages further back are looked at until so many entries have entered; if it is
            set, `max_recursion` is ignored.
        whole_words: whether keys of one word are looked for as whole words.
        include_names: whether ``Name:`` before a message is searched too.
        char: the character's name, for macros and for entries that are for some characters only.
        user: the user's name.
        now: for macros of time, in UTC; without it they are taken out.
        language: of the dates that macros write.
        trigger: the kind of generation, such as ``normal`` or ``continue``.
        greeting: index of the greeting that the conversation began with; None if it is not known.
        sections: which of ``personality`` and ``scenario`` the prompt has.
        regex_time_s: time that all regular expressions together may take.
    """

    scan_depth: int = 4
    max_scan_depth: int = 0
    token_budget: int | None = 1_024
    recursive: bool = True
    max_recursion: int = 0
    min_activations: int = 0
    case_sensitive: bool = False
    whole_words: bool = True
    use_group_scoring: bool = False
    include_names: bool = True
    char: str = ""
    user: str = ""
    now: datetime | None = None
    language: str = "en"
    trigger: str = "normal"
    greeting: int | None = None
    sections: tuple[str, ...] = ()
    regex_time_s: float = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Insertion:
    """An entry that entered.

    Attributes:
        entry: the entry's id.
        text: what to write into the prompt: no decorators, macros expanded.
        depth: messages from the end, for the position ``at_depth``.
        outlet: name of the outlet, for that position.
    """

    book: str
    entry: str
    name: str
    text: str
    position: Position
    depth: int
    role: Role
    outlet: str
    order: float
    num_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Why an entry entered, or did not.

    Attributes:
        entry: the entry's id.
        reason: what brought the entry in, or what last kept it out.
        key: the key that was found: one that triggers the entry, or the one that kept it out.
        source: what the key was found in: a ``message``, another ``entry``'s text, or a ``text`` beside the
            conversation.
        where: index of that message, id of that entry, or name of that text.
        other_keys: secondary and additional keys that were found too.
        level: round of recursion; 0 for the conversation itself.
        roll: percent that was drawn, if the entry has a probability under 100.
        probability: the roll had to be under this, in percent.
        group: name of the inclusion group.
        group_draw: the number drawn among the weights of the group, and their sum.
        score: number of keys found, if the group is decided by score.
        num_tokens: tokens that its text takes.
        left: tokens that were left for it, if the budget kept it out.
        notes: decorators that were skipped, keys that are no regular expressions, and so on.
    """

    book: str
    entry: str
    name: str
    entered: bool
    reason: Reason
    key: str = ""
    source: Source | None = None
    where: str = ""
    other_keys: tuple[str, ...] = ()
    level: int = 0
    roll: float | None = None
    probability: float = 100
    group: str = ""
    group_draw: tuple[float, float] | None = None
    score: int | None = None
    num_tokens: int = 0
    left: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """What the lorebooks add to one prompt.

    Attributes:
        insertions: in prompt order: by position, deeper before shallower, then lower order before higher.
        state: pass it with the conversation's next message.
        decisions: one for each entry of each book, in their order.
        disabled_prompts: prompts of the card or the user that entries turn off.
        num_tokens: tokens of all insertions.
        notes: notes on a whole book, such as one with two settings that exclude each other.
    """

    insertions: tuple[Insertion, ...]
    state: LoreState
    decisions: Sequence[Decision]
    disabled_prompts: tuple[str, ...] = ()
    num_tokens: int = 0
    notes: tuple[str, ...] = ()


# ── why an entry is in or out ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A decision in words.

    Attributes:
        entry: the entry's id.
        name: the entry's name, its comment, or its first key.
        entered: whether it entered.
        why: one clause.
        notes: decorators that were skipped, keys that are no regular expressions, and so on.
    """

    book: str
    entry: str
    name: str
    entered: bool
    why: str
    notes: tuple[str, ...] = ()


def explain_activation(activation: Activation) -> list[Row]:
    """A row for each entry of each book, in their order."""
    return [_row(decision) for decision in activation.decisions]


def activation_text(activation: Activation, *, all_entries: bool = False) -> str:
    """The rows as lines: entries that entered, then those that were triggered and did not.

    Args:
        activation: what `activate` returned.
        all_entries: whether to list entries that nothing triggered, too.
    """
    rows = [
        _row(decision)
        for decision in activation.decisions
        if all_entries or decision.entered or decision.reason not in ("no_match", "no_keys", "disabled")
    ]
    lines = []
    for row in sorted(rows, key=lambda row: not row.entered):
        place = f"{row.book}: " if row.book else ""
        notes = "".join(f"\n    note: {note}" for note in row.notes)
        lines.append(f"{'+' if row.entered else '-'} {place}{row.name} [{row.entry}]: {row.why}{notes}")
    num_others = len(activation.decisions) - len(rows)
    if num_others:
        lines.append(f"and {num_others} that nothing brought up")
    return "\n".join((*lines, *activation.notes))


def _row(decision: Decision) -> Row:
    return Row(
        book=decision.book,
        entry=decision.entry,
        name=decision.name,
        entered=decision.entered,
        why=_why(decision),
        notes=decision.notes,
    )


def _why(decision: Decision) -> str:
    parts = [_REASONS[decision.reason](decision)]
    if decision.entered:
        if decision.other_keys:
            parts.append(f"and {', '.join(map(repr, decision.other_keys))}")
        if decision.roll is not None:
            parts.append(f"rolled {decision.roll:.1f} under {decision.probability:g}")
        if decision.group:
            parts.append(f"won the group {decision.group!r}{_draw(decision)}")
        parts.append(f"{decision.num_tokens} tokens")
    if decision.level:
        parts.append(f"round {decision.level} of recursion")
    return ", ".join(parts)


def _draw(decision: Decision) -> str:
    score = "" if decision.score is None else f" with {decision.score} keys"
    if decision.group_draw is None:
        return score
    draw, total = decision.group_draw
    return f"{score} by a draw of {draw:.1f} from {total:g}"


def _found(decision: Decision) -> str:
    if not decision.key:
        return "no key"
    place = {
        None: "",
        "message": f" in message {decision.where}",
        "entry": f" in the text of entry {decision.where!r}",
        "text": f" in the {decision.where}",
    }[decision.source]
    return f"key {decision.key!r}{place}"


def _always(text: str) -> Callable[[Decision], str]:
    return lambda _: text


_REASONS: Final[Mapping[Reason, Callable[[Decision], str]]] = {
    "constant": _always("enters always"),
    "key": _found,
    "sticky": _always("stays from an earlier message"),
    "activate": _always("enters by @@activate"),
    "kept": _always("enters by @@keep_activate_after_match"),
    "disabled": _always("is turned off"),
    "empty": _always("has no text"),
    "trigger": _always("is for other kinds of generation"),
    "character": _always("is for other characters"),
    "dont_activate": _always("stays out by @@dont_activate"),
    "once": _always("has entered before, and has @@dont_activate_after_match"),
    "only_after": _always("waits for more replies: @@activate_only_after"),
    "only_every": _always("waits for its turn: @@activate_only_every"),
    "greeting": _always("is for another greeting"),
    "delay": _always("waits for more messages"),
    "cooldown": _always("rests after it has entered"),
    "recursion_only": _always("can be triggered by other entries only, or in a later round"),
    "no_keys": _always("has no keys"),
    "no_match": _always("no key was found"),
    "secondary": lambda it: f"{_found(it)}, but the secondary keys do not agree",
    "additional": lambda it: f"{_found(it)}, but none of the additional keys",
    "excluded": lambda it: f"kept out by {_found(it)}",
    "probability": lambda it: f"{_found(it)}, but rolled {it.roll:.1f}, not under {it.probability:g}",
    "group": lambda it: f"{_found(it)}, but lost the group {it.group!r}{_draw(it)}",
    "budget": lambda it: f"{_found(it)}, but its {it.num_tokens} tokens do not fit: {it.left} left",
}
