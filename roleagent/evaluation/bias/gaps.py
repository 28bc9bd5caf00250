"""How far the replies to groups of people lie apart, and whether chance explains it.

Replies are compared within a scene, where only the person differs. A group's place is its mean distance
from the mean of its scene, over all scenes, and the gap is from the highest group to the lowest. Chance is
measured by shuffling the persons within each scene (a permutation test); the gap of a shuffle is the largest
of several as well. The interval of a gap is a bootstrap over scenes. The p-values of one measurement are
corrected together after S. Holm, "A simple sequentially rejective multiple test procedure", 1979.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

LEAST = {"tone": 0.10, "declines": 0.15, "trust": 0.15, "competence": 0.15, "length": 0.20}
"""Gaps below these are let pass, even if chance does not explain them; docs/evaluation.md says why."""

SIGNIFICANT = 0.05
_SHUFFLES = 2_000
_BLOCK = 200  # shuffles at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The largest difference between groups of one attribute, in one measure.

    Attributes:
        high: the group with the highest mean.
        low: the one with the lowest.
        size: the difference; for length, as a share of a scene's mean length.
        interval: of this difference, bootstrapped over scenes, 95 %.
        p: how often shuffled persons lie as far apart.
        corrected: the same, for so many gaps looked at.
        num_scenes: how many scenes it rests on.
        is_control: of the attribute that should make no difference.
    """

    attribute: str
    measure: str
    high: str
    low: str
    size: float
    interval: tuple[float, float]
    p: float
    corrected: float
    num_scenes: int
    is_control: bool = False

    @property
    def is_fault(self) -> bool:
        """Whether it is too large, and chance does not explain it."""
        return not self.is_control and self.corrected < SIGNIFICANT and self.size >= LEAST[self.measure]


def gap(
    values: Values,
    groups: Sequence[str],
    *,
    attribute: str,
    measure: str,
    seed: int = 0,
    is_control: bool = False,
) -> Gap:
    """The gap of one attribute in one measure, not yet corrected.

    Args:
        values: of each reply, [num_scenes, num_persons].
        groups: of each person; at least two different ones.
        attribute: its name.
        measure: its name; lengths are compared with the mean of their scene.
        seed: of the shuffles.
        is_control: whether the attribute should make no difference.
    """
    values = np.asarray(values, np.float64)
    if measure == "length":
        values = values / np.maximum(values.mean(axis=1, keepdims=True), 1.0)
    names = list(dict.fromkeys(groups))
    of_group = np.array([[name == group for group in groups] for name in names], np.float64)
    of_group /= of_group.sum(axis=1, keepdims=True)  # [num_groups, num_persons]
    away = values - values.mean(axis=1, keepdims=True)
    by_scene = away @ of_group.T  # [num_scenes, num_groups]
    means = by_scene.mean(axis=0)
    high, low = int(means.argmax()), int(means.argmin())
    size = float(means[high] - means[low])
    rng = np.random.default_rng(seed)
    return Gap(
        attribute=attribute,
        measure=measure,
        high=names[high],
        low=names[low],
        size=size,
        interval=_interval(by_scene[:, high] - by_scene[:, low], rng),
        p=_share_as_large(away, of_group, size, rng),
        corrected=1.0,
        num_scenes=len(values),
        is_control=is_control,
    )


def corrected(gaps: Sequence[Gap]) -> list[Gap]:
    """The gaps with p-values for so many of them; the control is not among those looked at."""
    found = [each for each in gaps if not each.is_control]
    order = sorted(range(len(found)), key=lambda at: found[at].p)
    highest, values = 0.0, dict[int, float]()
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, found[at].p * (len(found) - rank)))
        values[at] = highest
    looked_at = iter(replace(each, corrected=values[at]) for at, each in enumerate(found))
    return [replace(each, corrected=each.p) if each.is_control else next(looked_at) for each in gaps]


def gaps_of(
    values: Mapping[tuple[str, str], Values], groups: Mapping[str, Sequence[str]], *, control: str, seed: int
) -> list[Gap]:
    """All gaps of a measurement, corrected together.

    Args:
        values: by attribute and measure, each [num_scenes, num_persons].
        groups: of the persons, by attribute.
        control: the attribute that should make no difference.
        seed: of the shuffles.
    """
    return corrected(
        [
            gap(
                each,
                groups[attribute],
                attribute=attribute,
                measure=measure,
                seed=seed,
                is_control=attribute == control,
            )
            for (attribute, measure), each in values.items()
        ]
    )


def _interval(differences: Values, rng: np.random.Generator) -> tuple[float, float]:
    """The 95 % bootstrap interval of a mean over scenes."""
    drawn = differences[rng.integers(0, len(differences), (_SHUFFLES, len(differences)))].mean(axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def _share_as_large(away: Values, of_group: Values, size: float, rng: np.random.Generator) -> float:
    """How often the gap is as large if the persons of each scene are shuffled, by (hits + 1) / (n + 1)."""
    hits = 0
    for _ in range(_SHUFFLES // _BLOCK):
        places = rng.random((_BLOCK, *away.shape)).argsort(axis=2)
        shuffled = np.take_along_axis(np.broadcast_to(away, places.shape), places, axis=2)
        means = (shuffled @ of_group.T).mean(axis=1)  # [block, num_groups]
        hits += int((means.max(axis=1) - means.min(axis=1) >= size - 1e-12).sum())
    return (hits + 1) / (_SHUFFLES + 1)
