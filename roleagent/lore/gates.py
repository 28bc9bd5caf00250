"""What decides about an entry before its keys are looked at."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import overload

from roleagent.lore.activation import Decision, LoreSettings, Reason
from roleagent.lore.index import BookIndex, Rule
from roleagent.lore.state import Effect, digest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The point of the conversation at which a prompt is made.

    Attributes:
        effects: timed effects that are not over, by book and entry.
        num_messages: of the conversation so far.
        num_replies: of these, the character's.
    """

    settings: LoreSettings
    effects: Mapping[tuple[str, str], Effect]
    num_messages: int
    num_replies: int

    def effect_on(self, book: str, rule: Rule) -> Effect | None:
        """The timed effect on an entry; none if the entry was edited since."""
        effect = self.effects.get((book, rule.original.id))
        return effect if effect and effect.digest == digest_of(book, rule.original) else None


ENTERS: frozenset[Reason] = frozenset({"activate", "kept", "sticky"})


def gate(rule: Rule, book: str, moment: Moment) -> Reason | None:
    """What settles the matter without keys: a reason to enter (one of ENTERS) or to stay out, or None."""
    entry, directives = rule.entry, rule.directives
    if not entry.enabled:
        return "disabled"
    if not entry.content.strip():
        return "empty"
    if directives.activate:
        return "activate"
    if directives.dont_activate:
        return "dont_activate"
    effect = moment.effect_on(book, rule)
    if effect is not None and directives.keep_after_match:
        return "kept"
    if effect is not None and directives.once:
        return "once"
    return _not_for_this_prompt(rule, moment) or _not_yet(rule, moment, effect)


def _not_for_this_prompt(rule: Rule, moment: Moment) -> Reason | None:
    entry, settings = rule.entry, moment.settings
    if entry.triggers and settings.trigger not in entry.triggers:
        return "trigger"
    name = settings.char.casefold()
    if entry.only_for and name not in {each.casefold() for each in entry.only_for}:
        return "character"
    if name in {each.casefold() for each in entry.not_for}:
        return "character"
    greeting = rule.directives.greeting
    if greeting is not None and settings.greeting not in (None, greeting):
        return "greeting"
    return None


def _not_yet(rule: Rule, moment: Moment, effect: Effect | None) -> Reason | None:
    if effect is not None and effect.is_sticky(moment.num_messages):
        return "sticky"
    if effect is not None and effect.is_resting(moment.num_messages):
        return "cooldown"
    if moment.num_replies < rule.directives.only_after:
        return "only_after"
    if moment.num_replies % rule.directives.only_every:
        return "only_every"
    return "delay" if moment.num_messages < rule.entry.delay else None


class Decisions(Sequence[Decision]):
    """One decision for each entry of each book, in their order."""

    def __init__(
        self, indices: Sequence[BookIndex], made: Mapping[tuple[int, int], Decision], moment: Moment
    ) -> None:
        self._indices, self._made, self._moment = indices, made, moment
        self._ends = list(accumulate(len(index.rules) for index in indices))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, number: int) -> Decision: ...
    @overload
    def __getitem__(self, number: slice) -> list[Decision]: ...
    def __getitem__(self, number: int | slice) -> Decision | list[Decision]:
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        number %= len(self)
        book = bisect_right(self._ends, number)
        position = number - (self._ends[book - 1] if book else 0)
        return self._made.get((book, position)) or self._untouched(book, position)

    def __iter__(self) -> Iterator[Decision]:
        return (self[number] for number in range(len(self)))

    def touched(self) -> list[Decision]:
        """Only the decisions on entries that a key, a timed effect or a rule brought up."""
        return [self._made[place] for place in sorted(self._made)]

    def _untouched(self, book: int, position: int) -> Decision:
        index = self._indices[book]
        rule = index.rules[position]
        reason = gate(rule, index.book.name, self._moment)
        if reason is None or reason in ENTERS:
            reason = "no_match" if rule.primary else "no_keys"
        return Decision(
            book=index.book.name,
            entry=rule.original.id,
            name=name_of(rule),
            entered=False,
            reason=reason,
            probability=rule.entry.probability,
            notes=rule.notes,
        )


def name_of(rule: Rule) -> str:
    """What to call an entry before a person: its name, its comment, or its first key."""
    entry = rule.original
    return entry.name or entry.comment or next(iter(entry.keys), "") or entry.id
