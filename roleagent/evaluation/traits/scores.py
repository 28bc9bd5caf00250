"""Scores of traits with intervals, their distance from what is declared, and signs of bad answers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from roleagent.evaluation.traits.asking import Rating
from roleagent.persona.traits import TRAITS

# Two-sided 95 % points of Student's t, for 1, 2, … degrees of freedom; beyond, the last one serves.
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A trait as the answers show it.

    Attributes:
        n: statements that were answered.
        value: their mean, 0–1; 0.5 if none was answered.
        interval: 95 %, over the statements (Student's t), cut to 0–1.
    """

    n: int
    value: float
    interval: tuple[float, float]

    @classmethod
    def of(cls, scores: Sequence[float]) -> Score:
        """The mean of scores, with its interval.

        >>> Score.of([0.5, 0.7, 0.6])
        Score(n=3, value=0.6, interval=(0.352, 0.848))
        """
        n = len(scores)
        value = fmean(scores) if scores else 0.5
        if n < 2:
            return cls(n=n, value=round(value, 4), interval=(0.0, 1.0))
        spread = _T[min(n - 1, len(_T)) - 1] * stdev(scores) / math.sqrt(n)
        low, high = max(0.0, value - spread), min(1.0, value + spread)
        return cls(n=n, value=round(value, 4), interval=(round(low, 3), round(high, 3)))


def scores_of(ratings: Iterable[Rating]) -> dict[str, Score]:
    """A score for each of the five traits."""
    answered: dict[str, list[float]] = {trait: [] for trait in TRAITS}
    for rating in ratings:
        if rating.score is not None:
            answered[rating.item.trait].append(rating.score)
    return {trait: Score.of(scores) for trait, scores in answered.items()}


def mean_absolute_error(found: Mapping[str, float], declared: Mapping[str, float]) -> float | None:
    """How far values are from the declared ones, 0–1 on average; None if none is declared."""
    gaps = [abs(found[trait] - value) for trait, value in declared.items()]
    return round(fmean(gaps), 4) if gaps else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """Signs that answers say something else than what the statements ask.

    Attributes:
        yes_saying: mean agreement with all statements, 0–1. Half of them contradict the other half, so who
            minds what they say is at 0.5.
        keys_apart: mean distance 0–1 between the statements that fit a trait and those that contradict it,
            both as scores of the trait. Who means what they say is near 0.
        order_gap: mean distance 0–1 between the answers to the two directions of the scale.
        on_scale: mean probability that the answer is one of the five numbers at all.
        unanswered: statements answered with no number, in either direction.
    """

    yes_saying: float
    keys_apart: float
    order_gap: float
    on_scale: float
    unanswered: int


def signs_of(ratings: Sequence[Rating]) -> Signs:
    """What the answers show of their own worth."""
    agreed = [rating.agreement for rating in ratings if rating.agreement is not None]
    gaps = [
        abs(rating.upright - rating.upside_down)
        for rating in ratings
        if rating.upright is not None and rating.upside_down is not None
    ]
    return Signs(
        yes_saying=_mean(agreed),
        keys_apart=_mean([_between_keys(ratings, trait) for trait in TRAITS]),
        order_gap=_mean(gaps),
        on_scale=_mean([rating.on_scale for rating in ratings]),
        unanswered=sum(rating.agreement is None for rating in ratings),
    )


def _between_keys(ratings: Sequence[Rating], trait: str) -> float:
    keyed: dict[bool, list[float]] = {True: [], False: []}
    for rating in ratings:
        if rating.item.trait == trait and rating.score is not None:
            keyed[rating.item.is_reversed].append(rating.score)
    return abs(fmean(keyed[True]) - fmean(keyed[False])) if all(keyed.values()) else 0.0


def _mean(values: Sequence[float]) -> float:
    return round(fmean(values), 4) if values else 0.0
