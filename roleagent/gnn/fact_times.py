"""When facts held, as the salience network reads it: what is over, and what fits a year that was named."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roleagent.embedding.text_vectors import Matrix
from roleagent.language.dates import parse_date, years_named
from roleagent.types import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When some facts held.

    Attributes:
        ended: 1 for those that are over, [num_facts].
        ended_last: 1 for those that are over and of which none with the same subject and relation ended
            later: what "before" means, [num_facts].
        first: year since which each holds, minus infinity if it always did, [num_facts].
        last: year in which it ended, infinity while it holds, [num_facts].
    """

    ended: Matrix
    ended_last: Matrix
    first: NDArray[np.float64]
    last: NDArray[np.float64]

    def fit(self, said: str) -> Matrix:
        """Whether facts held in a year that was named, [num_facts].

        Returns:
            1 if it did, -1 if it did not; 0 if no year was named or the fact has no dates.
        """
        fit = np.zeros(len(self.ended), np.float32)
        years = years_named(said)
        if not years:
            return fit
        is_dated = np.isfinite(self.first) | np.isfinite(self.last)
        fit[is_dated] = -1
        for year in years:
            fit[is_dated & (self.first <= year) & (year <= self.last)] = 1
        return fit


def times_of(facts: Sequence[Fact], *, moments: Collection[str] = ()) -> Times:
    """When some facts held.

    Args:
        facts: in any order.
        moments: relations of what happens at a date, such as `visited`; others hold from it on.
    """
    ended = np.array([fact.valid_to is not None for fact in facts], np.float32)
    latest: dict[tuple[str, str], tuple[int, ...]] = {}
    for fact in facts:
        end = _parts(fact.valid_to)
        if end:
            slot = fact.subject, fact.relation
            latest[slot] = max(latest.get(slot, end), end)
    ended_last = [
        bool(fact.valid_to) and _parts(fact.valid_to) == latest.get((fact.subject, fact.relation))
        for fact in facts
    ]
    return Times(
        ended=ended,
        ended_last=np.array(ended_last, np.float32),
        first=np.array([_year(fact.valid_from, -math.inf) for fact in facts]),
        last=np.array([_last_year(fact, fact.relation in moments) for fact in facts]),
    )


def _parts(date: str | None) -> tuple[int, ...]:
    return (parse_date(date) if date else None) or ()


def _last_year(fact: Fact, is_moment: bool) -> float:
    last = _year(fact.valid_to, math.inf)
    return _year(fact.valid_from, last) if is_moment and fact.valid_to is None else last


def _year(date: str | None, otherwise: float) -> float:
    parts = _parts(date)
    return float(parts[0]) if parts else otherwise
