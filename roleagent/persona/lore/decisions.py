"""The decisions on all entries, made when asked for: most entries of a large book had nothing to decide."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import overload

from roleagent.persona.lore.activation import Decision
from roleagent.persona.lore.gates import ENTERS, Moment, gate
from roleagent.persona.lore.index import BookIndex, Rule


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
