"""Which entries of the lorebooks enter the prompt, and why.

Rounds: the conversation first; then, while texts that entered trigger others, round after round. In each
round: conditions (`gates`) and keys (`match`), the roll, the groups (`groups`), the budget (`admission`).
Everything is bounded: texts, rounds, time for regular expressions. Equal arguments give an equal result.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from roleagent.lore.activation import (
    Activation,
    Effect,
    Insertion,
    LoreSettings,
    LoreState,
    Message,
    digest_of,
    running,
)
from roleagent.lore.admission import Admission, BookRun, Place
from roleagent.lore.book import Lorebook
from roleagent.lore.gates import ENTERS, Decisions, Match, Moment, Trigger, gate, match, settle
from roleagent.lore.index import Rule
from roleagent.lore.scan import Document, Documents, RegexClock

MAX_ROUNDS = 100
POSITIONS = (
    "before_char", "personality", "scenario", "after_char", "before_examples", "after_examples", "note_top",
    "note_bottom", "at_depth", "outlet",
)  # fmt: skip
_NOTHING = Match(reason="no_match")


def activate(
    books: Sequence[Lorebook],
    messages: Sequence[Message],
    *,
    state: LoreState,
    settings: LoreSettings,
    generator: random.Random,
    count_tokens: Callable[[str], int],
    texts: Mapping[str, str] | None = None,
    num_messages: int | None = None,
    num_replies: int | None = None,
) -> Activation:
    """Decide which entries enter the prompt.

    Args:
        books: without what the listener must not learn (see `visible_books`). If two entries rank equally,
            the one in the earlier book comes first.
        messages: the conversation's last messages, oldest first, including the user's newest one.
        state: the `Activation.state` of the conversation's last prompt.
        settings: for whatever a book leaves open.
        generator: draws rolls, group winners and macros.
        count_tokens: tokens of a text, for the budget.
        texts: texts beside the conversation that entries may ask to search; see `LoreEntry.also_in`.
        num_messages: messages of the whole conversation; default: those given.
        num_replies: replies of the character in it; default: those given.
    """
    replies = sum(message.role == "assistant" for message in messages)
    length = len(messages) if num_messages is None else num_messages
    moment = Moment(
        settings=settings,
        effects=running(state.effects, length),
        num_messages=length,
        num_replies=replies if num_replies is None else num_replies,
    )
    documents = Documents(messages, texts or {}, settings)
    clock = RegexClock(settings.regex_time_s)
    runs = [BookRun(book, documents, settings, clock) for book in books]
    admission = Admission(runs, documents, moment, generator, count_tokens)
    rounds = _Rounds(runs, documents, moment, generator, admission)
    rounds.run(num_available=len(messages))
    return _activation(runs, moment, admission, rounds.notes)


class _Rounds:
    """Runs the rounds of one activation, and decides in each which entries are triggered and win."""

    def __init__(
        self,
        books: Sequence[BookRun],
        documents: Documents,
        moment: Moment,
        generator: random.Random,
        admission: Admission,
    ) -> None:
        self._books, self._documents, self._moment = books, documents, moment
        self._generator, self._admission = generator, admission
        self._open_delay = 0  # entries that wait for recursion up to this level are open
        self._opens = False  # whether that level opens in this round
        self.notes: list[str] = []

    def run(self, *, num_available: int) -> None:
        """Search the conversation, then recurse and look further back until nothing new is found."""
        delays = sorted({delay for book in self._books for delay in book.index.delays})
        self._round(0)
        level, num_read = 0, 0
        while not self._admission.budget.is_used_up:
            fresh = self._documents.entries[num_read:]
            further = [] if fresh else self._look_further_back(num_available)
            if any(further):
                self._round(0, further)
                continue
            if not fresh and not delays:
                return
            if level == MAX_ROUNDS:
                self.notes.append(f"recursion was stopped after {MAX_ROUNDS} rounds")
                return
            self._opens = bool(delays) and (not fresh or level == 0)
            if self._opens:
                self._open_delay = delays.pop(0)
            level, num_read = level + 1, len(self._documents.entries)
            self._round(level, [fresh for _ in self._books])

    def _look_further_back(self, num_available: int) -> list[Sequence[Document]]:
        """Let each book with too few entries see one more message; return the new message for each."""
        furthest = min(self._moment.settings.max_scan_depth or num_available, num_available)
        newly_seen: list[Sequence[Document]] = []
        for book in self._books:
            is_short = book.num_entered < book.min_activations and book.depth < furthest
            book.depth += is_short
            newly_seen.append(self._documents.newest(book.depth)[-1:] if is_short else ())
        return newly_seen

    def _round(self, level: int, fresh: Sequence[Sequence[Document]] | None = None) -> None:
        """One round; `fresh` holds what is new to each book, None for the first round."""
        triggers = [
            trigger
            for number, book in enumerate(self._books)
            if book.takes_part(level)
            for trigger in self._triggers_of(number, level, None if fresh is None else fresh[number])
        ]
        rolled = [trigger for trigger in map(self._roll, triggers) if trigger is not None]
        self._admission.admit(self._winners(rolled))

    # ── which are triggered ──────────────────────────────────────────────────────────────────

    def _triggers_of(self, number: int, level: int, fresh: Sequence[Document] | None) -> list[Trigger]:
        book = self._books[number]
        if fresh is None:
            book.waiting |= self._brought_up(book)
            concerned = set(book.waiting)
        else:
            book.waiting |= book.scanner.rules_hit(fresh)
            concerned = book.scanner.rules_concerned(book.waiting, fresh)
            if level > 0 and self._opens:  # add the rules that have waited for this level of recursion
                concerned |= {
                    position
                    for position in book.waiting
                    if book.index.rules[position].entry.delay_until_recursion == self._open_delay
                }
        gone = self._admission.closed | self._admission.entered.keys()
        concerned -= {position for position in concerned if (number, position) in gone}
        judged = (self._judge((number, position), level) for position in sorted(concerned))
        return [trigger for trigger in judged if trigger is not None]

    def _brought_up(self, book: BookRun) -> set[int]:
        """Positions of the rules that the conversation may trigger, or that need no key."""
        depth = max(book.depth, book.index.deepest)
        seen = [*self._documents.newest(depth), *self._documents.texts.values()]
        found = book.scanner.rules_hit(seen).union(book.index.always, book.index.unindexed)
        lasting = {entry for name, entry in self._moment.effects if name == book.name}
        if lasting:
            found |= {rule.position for rule in book.index.rules if rule.original.id in lasting}
        return found

    def _judge(self, place: Place, level: int) -> Trigger | None:
        """The trigger if the rule is triggered; otherwise record why not."""
        book, rule = self._admission.rule_at(place)
        reason, found = gate(rule, book.name, self._moment), _NOTHING
        delay = rule.entry.delay_until_recursion
        if reason is None and delay and (level == 0 or delay > self._open_delay):
            reason = "recursion_only"
        if reason is None:
            found = match(rule, self._reach(book, rule, level), book.scanner)
            reason = found.reason
        if reason not in ENTERS and not found.is_triggered:
            self._admission.keep_out(place, reason, found, level=level)
            return None
        own = rule.entry.use_group_scoring
        uses_score = book.use_group_scoring if own is None else own
        return Trigger(place=place, rule=rule, reason=reason, match=found, level=level, uses_score=uses_score)

    def _reach(self, book: BookRun, rule: Rule, level: int) -> list[Document]:
        """The documents in which a rule's keys are looked for."""
        depth = book.depth if rule.entry.scan_depth is None else rule.entry.scan_depth
        texts = self._documents.texts
        beside = [texts[name] for name in rule.entry.also_in if name in texts]
        entries = self._documents.entries if level and not rule.entry.exclude_recursion else []
        return [*self._documents.newest(depth), *beside, *entries]

    # ── which of these win ───────────────────────────────────────────────────────────────────

    def _roll(self, trigger: Trigger) -> Trigger | None:
        """The trigger, if its roll is low enough. Each entry rolls once per prompt."""
        probability = trigger.rule.entry.probability
        if probability >= 100 or trigger.reason in ENTERS:
            return trigger
        roll = self._generator.random() * 100
        if roll < probability:
            return replace(trigger, roll=roll)
        self._admission.keep_out(trigger.place, "probability", trigger.match, level=trigger.level, roll=roll)
        return None

    def _winners(self, triggers: Sequence[Trigger]) -> list[Trigger]:
        taken = {group for trigger, _ in self._admission.entered.values() for group in trigger.groups}
        outcome = settle(triggers, taken, self._generator)
        winners = []
        for trigger in triggers:
            if trigger.place not in outcome.lost:
                group, draw = outcome.draws.get(trigger.place, (", ".join(trigger.groups), None))
                winners.append(replace(trigger, group=group, draw=draw))
                continue
            group, draw = outcome.lost[trigger.place]
            self._admission.keep_out(
                trigger.place,
                "group",
                trigger.match,
                level=trigger.level,
                roll=trigger.roll,
                group=group,
                group_draw=draw,
                score=trigger.match.score if trigger.uses_score else None,
            )
        return winners


# ── the result ───────────────────────────────────────────────────────────────────────────────


def _activation(
    books: Sequence[BookRun], moment: Moment, admission: Admission, notes: Sequence[str]
) -> Activation:
    entered = sorted(admission.entered.items(), key=lambda item: _prompt_rank(item[1][1], item[0]))
    prompts = (name for _, (trigger, _) in entered for name in trigger.rule.directives.disabled_prompts)
    conflicts = (
        f"the book {book.name!r} has max_recursion and min_activations: max_recursion is ignored"
        for book in books
        if book.has_conflict
    )
    return Activation(
        insertions=tuple(insertion for _, (_, insertion) in entered if insertion.text),
        state=_new_state(moment, admission),
        decisions=Decisions([book.index for book in books], admission.decisions, moment),
        disabled_prompts=tuple(dict.fromkeys(prompts)),
        num_tokens=admission.budget.num_spent,
        notes=(*notes, *conflicts),
    )


def _prompt_rank(insertion: Insertion, place: Place) -> tuple[object, ...]:
    depth = -insertion.depth if insertion.position == "at_depth" else 0
    return POSITIONS.index(insertion.position), depth, insertion.order, place


def _new_state(moment: Moment, admission: Admission) -> LoreState:
    """Effects that continue, then those that begin; an effect that continues does not restart."""
    effects = dict(moment.effects)
    for place in sorted(admission.entered):
        book, rule = admission.rule_at(place)
        effect = _effect_of(book.name, rule, moment.num_messages)
        if effect is not None and moment.effect_on(book.name, rule) is None:
            effects.pop((book.name, rule.original.id), None)  # so that it comes last
            effects[(book.name, rule.original.id)] = effect
    return LoreState(effects=tuple(effects.values()))


def _effect_of(book: str, rule: Rule, num_messages: int) -> Effect | None:
    entry, directives = rule.original, rule.directives
    is_kept = directives.keep_after_match or directives.once
    if not (entry.sticky or entry.cooldown or is_kept):
        return None
    sticky_until = num_messages + entry.sticky if entry.sticky else 0
    return Effect(
        book=book,
        entry=entry.id,
        digest=digest_of(book, entry),
        start=num_messages,
        sticky_until=sticky_until,
        rests_until=max(num_messages, sticky_until) + entry.cooldown if entry.cooldown else 0,
        is_kept=is_kept,
    )
