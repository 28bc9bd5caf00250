"""The conditions of an entry: those checked before its keys, the keys, and the group it is in."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import overload

from roleagent.lore.activation import Decision, Effect, LoreSettings, Reason, digest_of
from roleagent.lore.index import BookIndex, Key, Rule
from roleagent.lore.scan import Document, Scanner


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
        """The timed effect on an entry; None if the entry was edited since."""
        effect = self.effects.get((book, rule.original.id))
        return effect if effect and effect.digest == digest_of(book, rule.original) else None


ENTERS: frozenset[Reason] = frozenset({"activate", "kept", "sticky"})


def gate(rule: Rule, book: str, moment: Moment) -> Reason | None:
    """A reason to enter (one of ENTERS) or to stay out that needs no keys, or None."""
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
        """Only the decisions on entries that a key, a timed effect or a rule triggered."""
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
    """A readable name of an entry: its name, its comment, or its first key."""
    entry = rule.original
    return entry.name or entry.comment or next(iter(entry.keys), "") or entry.id


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The result of a search for a rule's keys.

    Attributes:
        reason: ``key`` or ``constant`` if the rule is triggered, else what it lacks.
        key: the key found, or the one that kept the entry out.
        document: where it was found.
        other_keys: secondary and additional keys that were found too.
        score: number of keys found, for groups that are decided by score.
    """

    reason: Reason
    key: str = ""
    document: Document | None = None
    other_keys: tuple[str, ...] = ()
    score: int = 0

    @property
    def is_triggered(self) -> bool:
        """Whether the rule is triggered."""
        return self.reason in ("key", "constant")


def match(rule: Rule, documents: Sequence[Document], scanner: Scanner) -> Match:
    """Look for a rule's keys in the documents in its reach."""
    hit = _Hits(rule, documents, scanner)
    found = _primary(rule, hit)
    if not found.is_triggered:
        return found
    blocked = _blocked(rule, hit)
    if blocked is not None:
        return blocked
    additional = hit.among(rule.additional)
    if rule.additional and not additional:
        return Match(reason="additional", key=found.key, document=found.document)
    others = (*found.other_keys, *(key.text for key in additional))
    return Match(
        reason=found.reason, key=found.key, document=found.document, other_keys=others, score=found.score
    )


class _Hits:
    """The keys of one rule in one set of documents."""

    def __init__(self, rule: Rule, documents: Sequence[Document], scanner: Scanner) -> None:
        self._rule, self._documents, self._scanner = rule, documents, scanner

    def where(self, key: Key) -> Document | None:
        return self._scanner.first(key, self._rule, self._documents)

    def among(self, keys: Sequence[Key]) -> list[Key]:
        return [key for key in keys if self.where(key) is not None]


def _primary(rule: Rule, hit: _Hits) -> Match:
    places = ((key, hit.where(key)) for key in rule.primary)
    key, place = next(((key, place) for key, place in places if place is not None), (None, None))
    text = key.text if key else ""
    if rule.entry.constant:
        return Match(reason="constant", key=text, document=place, score=_score(rule, hit, []))
    if key is None:
        return Match(reason="no_match" if rule.primary else "no_keys")
    secondary = hit.among(rule.secondary)
    others = tuple(each.text for each in secondary)
    if not _logic_holds(rule, len(secondary)):
        return Match(reason="secondary", key=text, document=place, other_keys=others)
    score = _score(rule, hit, secondary)
    return Match(reason="key", key=text, document=place, other_keys=others, score=score)


def _logic_holds(rule: Rule, num_found: int) -> bool:
    if not rule.secondary:
        return True
    holds = {
        "and_any": num_found > 0,
        "and_all": num_found == len(rule.secondary),
        "not_any": num_found == 0,
        "not_all": num_found < len(rule.secondary),
    }
    return holds[rule.entry.logic]


def _score(rule: Rule, hit: _Hits, secondary: Sequence[Key]) -> int:
    """One for each primary key; for each secondary one found (and_any), or for all of them (and_all)."""
    if not rule.entry.group:
        return 0
    counts = rule.entry.logic in ("and_any", "and_all")
    return len(hit.among(rule.primary)) + (len(secondary) if counts else 0)


def _blocked(rule: Rule, hit: _Hits) -> Match | None:
    for key in rule.excluding:
        place = hit.where(key)
        if place is not None:
            return Match(reason="excluded", key=key.text, document=place)
    if rule.excluding_all and len(hit.among(rule.excluding_all)) == len(rule.excluding_all):
        return Match(reason="excluded", key=", ".join(key.text for key in rule.excluding_all))
    return None


# ── groups ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A rule that is triggered and wants to enter.

    Attributes:
        place: number of its book, and its position there.
        reason: what brings it in.
        uses_score: whether the number of keys found decides about this one in its group.
        roll: percent that was drawn, if any.
        group: the group in which `draw` was made.
        draw: the number drawn among the group's weights, and their sum.
    """

    place: tuple[int, int]
    rule: Rule
    reason: Reason
    match: Match
    level: int = 0
    uses_score: bool = False
    roll: float | None = None
    group: str = ""
    draw: tuple[float, float] | None = None

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of its groups."""
        return tuple(name.strip() for name in self.rule.entry.group.split(",") if name.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Which triggers lost in their groups, and which won by a draw.

    Attributes:
        lost: for the place of each loser, the group in which it lost, and the draw there, if any.
        draws: for the place of each that won by a draw, its group and the draw.
    """

    lost: dict[tuple[int, int], tuple[str, tuple[float, float] | None]]
    draws: dict[tuple[int, int], tuple[str, tuple[float, float]]]


def settle(triggers: Sequence[Trigger], taken: Collection[str], generator: random.Random) -> Outcome:
    """Choose the winner of every group among the triggers.

    Args:
        triggers: in the books' order.
        taken: groups of which an entry has entered already.
        generator: draws where weights decide.
    """
    outcome = Outcome(lost={}, draws={})
    winners: set[tuple[int, int]] = set()
    members: defaultdict[str, list[Trigger]] = defaultdict(list)
    for trigger in triggers:
        for name in dict.fromkeys(trigger.groups):
            members[name].append(trigger)
    for name, group in members.items():
        rivals = [trigger for trigger in group if trigger.place not in outcome.lost]
        if name in taken:
            outcome.lost.update({rival.place: (name, None) for rival in rivals})
        elif rivals:
            winner, draw = _winner(rivals, winners, generator)
            winners.add(winner.place)
            outcome.lost.update({rival.place: (name, draw) for rival in rivals if rival is not winner})
            if draw:
                outcome.draws[winner.place] = (name, draw)
    return outcome


def _winner(
    rivals: Sequence[Trigger], winners: Collection[tuple[int, int]], generator: random.Random
) -> tuple[Trigger, tuple[float, float] | None]:
    """A rival that won another group or is sticky; if there is none, by score, by order, by weight."""
    for settled in (
        [rival for rival in rivals if rival.place in winners],
        [rival for rival in rivals if rival.reason == "sticky"],
    ):
        if settled:
            return settled[0], None
    best = max(rival.match.score for rival in rivals)
    rivals = [rival for rival in rivals if not rival.uses_score or rival.match.score == best]
    preferred = [rival for rival in rivals if rival.rule.entry.group_override]
    if preferred:
        return max(preferred, key=lambda rival: rival.rule.entry.order), None
    return (rivals[0], None) if len(rivals) == 1 else _drawn(rivals, generator)


def _drawn(rivals: Sequence[Trigger], generator: random.Random) -> tuple[Trigger, tuple[float, float]]:
    weights = [max(0.0, rival.rule.entry.group_weight) for rival in rivals]
    if not sum(weights):
        weights = [1.0] * len(rivals)
    draw = generator.random() * sum(weights)
    reached = 0.0
    for rival, weight in zip(rivals, weights, strict=True):
        reached += weight
        if draw < reached:
            return rival, (draw, sum(weights))
    return rivals[-1], (draw, sum(weights))
