"""Admit the triggered entries that fit the budgets, and record why."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from roleagent.lore.activation import Decision, Insertion, LoreSettings, Reason
from roleagent.lore.book import Lorebook
from roleagent.lore.gates import Match, Moment, Trigger, name_of
from roleagent.lore.index import Rule, index_of
from roleagent.lore.macros import expand, hidden_keys
from roleagent.lore.scan import Documents, RegexClock, Scanner

_ALL = -1


class Budget:
    """Counts tokens. A budget that was once exceeded stays closed: nothing smaller slips in afterwards."""

    def __init__(self, total: int | None, by_book: Sequence[int | None]) -> None:
        bounds = {_ALL: total, **dict(enumerate(by_book))}
        self._left = {purse: bound for purse, bound in bounds.items() if bound is not None}
        self._closed: set[int] = set()
        self.num_spent = 0

    @property
    def is_used_up(self) -> bool:
        """Whether every budget is closed."""
        return _ALL in self._closed

    def left(self, book: int) -> int | None:
        """Tokens left for a book; None for no bound."""
        bounds = [self._left[purse] for purse in (_ALL, book) if purse in self._left]
        return max(0, min(bounds)) if bounds else None

    def is_closed(self, book: int) -> bool:
        """Whether a book's budget is closed."""
        return not self._closed.isdisjoint((_ALL, book))

    def fits(self, book: int, num_tokens: int) -> bool:
        """Whether an entry of a book fits the budgets."""
        return all(self._left[purse] >= num_tokens for purse in (_ALL, book) if purse in self._left)

    def lacks_of_its_own(self, book: int, num_tokens: int) -> bool:
        """Whether an entry exceeds the book's own budget, not counting the common one."""
        return book in self._left and self._left[book] < num_tokens

    def spend(self, book: int, num_tokens: int) -> None:
        """Take tokens for an entry; a negative number gives tokens back."""
        self.num_spent += num_tokens
        for purse in (_ALL, book):
            if purse in self._left:
                self._left[purse] -= num_tokens

    def close(self, book: int, num_tokens: int) -> None:
        """Close the budgets that were exceeded."""
        self._closed |= {
            purse for purse in (_ALL, book) if purse in self._left and self._left[purse] < num_tokens
        }


Place = tuple[int, int]  # number of the book, position of the entry
_FINAL: frozenset[Reason] = frozenset(
    {"disabled", "empty", "trigger", "character", "dont_activate", "once", "only_after", "only_every",
     "greeting", "delay", "cooldown", "probability", "group", "budget"}
)  # fmt: skip


class BookRun:
    """One book in one activation, with the settings that hold for it.

    Attributes:
        depth: last messages looked at now.
        waiting: positions of the rules that a key or a rule has brought up, and that have not entered.
        has_conflict: whether both `max_recursion` and `min_activations` are set, which exclude each other.
    """

    def __init__(
        self, book: Lorebook, documents: Documents, settings: LoreSettings, clock: RegexClock
    ) -> None:
        self.name = book.name
        self.index = index_of(book, sections=settings.sections, whole_words=settings.whole_words)
        self.scanner = Scanner(self.index, documents, settings, clock)
        self.depth = settings.scan_depth if book.scan_depth is None else book.scan_depth
        self.recursive = settings.recursive if book.recursive is None else book.recursive
        self.min_activations = book.min_activations or settings.min_activations
        max_recursion = book.max_recursion or settings.max_recursion
        self.has_conflict = bool(self.min_activations and max_recursion)
        self.max_recursion = 0 if self.has_conflict else max_recursion
        own = book.use_group_scoring
        self.use_group_scoring = settings.use_group_scoring if own is None else own
        self.waiting: set[int] = set()
        self.num_entered = 0

    def takes_part(self, level: int) -> bool:
        """Whether entries can be triggered in a round."""
        return level == 0 or (self.recursive and not 0 < self.max_recursion < level)


class Admission:
    """Admits triggered entries while they fit, and keeps a decision for each that was triggered.

    Attributes:
        entered: by place, in the order in which they entered.
        decisions: by place.
        closed: places of entries that cannot enter any more.
    """

    def __init__(
        self,
        books: Sequence[BookRun],
        documents: Documents,
        moment: Moment,
        generator: random.Random,
        count_tokens: Callable[[str], int],
    ) -> None:
        self._books, self._documents, self._moment = books, documents, moment
        self._generator, self._count_tokens = generator, count_tokens
        by_book = [book.index.book.token_budget for book in books]
        self.budget = Budget(moment.settings.token_budget, by_book)
        self.entered: dict[Place, tuple[Trigger, Insertion]] = {}
        self.decisions: dict[Place, Decision] = {}
        self.closed: set[Place] = set()

    def admit(self, triggers: Sequence[Trigger]) -> None:
        """Admit what fits, the most important first."""
        for trigger in sorted(triggers, key=_rank):
            insertion = self._insertion(trigger)
            if self._makes_room(trigger, insertion.num_tokens):
                self._enter(trigger, insertion)
            else:
                self._over_budget(trigger, insertion.num_tokens)

    def keep_out(
        self,
        place: Place,
        reason: Reason,
        found: Match,
        **details: Any,  # Any: fields of `Decision`
    ) -> None:
        """Record why an entry does not enter; it may in a later round unless the reason is final."""
        if reason in _FINAL:
            self.closed.add(place)
        self.decisions[place] = self._decision(place, reason, found, entered=False, **details)

    def rule_at(self, place: Place) -> tuple[BookRun, Rule]:
        """The book and the rule at a place."""
        book = self._books[place[0]]
        return book, book.index.rules[place[1]]

    # ── room ─────────────────────────────────────────────────────────────────────────────────

    def _makes_room(self, trigger: Trigger, num_tokens: int) -> bool:
        """Whether an entry fits; if necessary, entries with ``@@ignore_on_max_context`` make room."""
        number = trigger.place[0]
        if trigger.rule.entry.ignore_budget:
            return True
        if self.budget.is_closed(number):
            return False
        goes_first = trigger.rule.directives.ignore_on_max_context
        while not self.budget.fits(number, num_tokens) and not goes_first:
            removable = self._removable(number, num_tokens)
            if removable is None:
                break
            self._take_out(removable)
        if not self.budget.fits(number, num_tokens) and not goes_first:
            self.budget.close(number, num_tokens)
        return self.budget.fits(number, num_tokens)

    def _removable(self, number: int, num_tokens: int) -> Trigger | None:
        """The least important entry that may be removed; of this book, if its own budget is exceeded."""
        is_own = self.budget.lacks_of_its_own(number, num_tokens)
        rivals = [
            trigger
            for trigger, _ in self.entered.values()
            if trigger.rule.directives.ignore_on_max_context
            and not trigger.rule.entry.ignore_budget
            and (trigger.place[0] == number or not is_own)
        ]
        return max(rivals, key=_rank, default=None)

    def _take_out(self, trigger: Trigger) -> None:
        _, insertion = self.entered.pop(trigger.place)
        self.budget.spend(trigger.place[0], -insertion.num_tokens)
        self._books[trigger.place[0]].num_entered -= 1
        self._over_budget(trigger, insertion.num_tokens)

    def _over_budget(self, trigger: Trigger, num_tokens: int) -> None:
        left = self.budget.left(trigger.place[0])
        details = {"level": trigger.level, "roll": trigger.roll, "num_tokens": num_tokens, "left": left}
        self.keep_out(trigger.place, "budget", trigger.match, **details)

    # ── entering ─────────────────────────────────────────────────────────────────────────────

    def _enter(self, trigger: Trigger, insertion: Insertion) -> None:
        book, rule = self.rule_at(trigger.place)
        self.budget.spend(trigger.place[0], insertion.num_tokens)
        self.entered[trigger.place] = (trigger, insertion)
        book.num_entered += 1
        self.decisions[trigger.place] = self._decision(
            trigger.place,
            trigger.reason,
            trigger.match,
            entered=True,
            level=trigger.level,
            roll=trigger.roll,
            group=trigger.group,
            group_draw=trigger.draw,
            num_tokens=insertion.num_tokens,
            score=trigger.match.score if trigger.uses_score and trigger.groups else None,
        )
        if book.recursive and not rule.entry.prevent_recursion:
            keys = hidden_keys(rule.entry.content)
            self._documents.add_entry(rule.original.id, "\n".join((insertion.text, *keys)))

    def _insertion(self, trigger: Trigger) -> Insertion:
        book, rule = self.rule_at(trigger.place)
        entry, settings = rule.entry, self._moment.settings
        text = expand(
            entry.content,
            char=settings.char,
            user=settings.user,
            generator=self._generator,
            seed_of_pick=f"{book.name}\x1f{entry.id}",
            texts={name: document.text for name, document in self._documents.texts.items()},
            now=settings.now,
            language=settings.language,
        ).strip()
        reverse = rule.directives.reverse_depth
        return Insertion(
            book=book.name,
            entry=entry.id,
            name=name_of(rule),
            text=text,
            position=entry.position,
            depth=entry.depth if reverse is None else max(0, self._moment.num_messages - reverse),
            role=entry.role,
            outlet=entry.outlet,
            order=entry.order,
            num_tokens=self._count_tokens(text) if text else 0,
        )

    def _decision(
        self,
        place: Place,
        reason: Reason,
        found: Match,
        *,
        entered: bool,
        **details: Any,  # Any: fields of `Decision`
    ) -> Decision:
        book, rule = self.rule_at(place)
        notes = (*rule.notes, *book.scanner.notes.get(rule.position, {}))
        if rule.directives.greeting is not None and self._moment.settings.greeting is None:
            notes = (*notes, "@@is_greeting is ignored: the greeting is not known")
        return Decision(
            book=book.name,
            entry=rule.original.id,
            name=name_of(rule),
            entered=entered,
            reason=reason,
            key=found.key,
            source=found.document.source if found.document else None,
            where=found.document.where if found.document else "",
            other_keys=found.other_keys,
            probability=rule.entry.probability,
            notes=notes,
            **details,
        )


def _rank(trigger: Trigger) -> tuple[object, ...]:
    """Constant entries first, then higher priority (or order, if there is none), then as in the books."""
    entry = trigger.rule.entry
    rank = entry.order if entry.priority is None else entry.priority
    goes_first = trigger.rule.directives.ignore_on_max_context
    return goes_first, not entry.constant, -rank, -entry.order, trigger.place
