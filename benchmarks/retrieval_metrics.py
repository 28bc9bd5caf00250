"""How well a ranking finds what is relevant: recall, nDCG, reciprocal rank, and how sure a mean is."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np

_T_975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145)
"""Quantiles .975 of Student's t for 1, 2, … degrees of freedom; for more, the last is a little too wide."""


def recall_at(ranked: Sequence[str], relevant: Collection[str], limit: int) -> float:
    """Share of what is relevant among the first `limit`.

    >>> recall_at(["a", "b", "c"], {"c", "x"}, 3)
    0.5
    """
    return len(set(ranked[:limit]) & set(relevant)) / len(relevant)


def ndcg_at(ranked: Sequence[str], relevant: Collection[str], limit: int) -> float:
    """Normalised discounted cumulative gain with gains of 0 and 1 (Järvelin and Kekäläinen 2002).

    >>> ndcg_at(["a", "b"], {"a"}, 2), round(ndcg_at(["b", "a"], {"a"}, 2), 3)
    (1.0, 0.631)
    """
    gain = sum(1 / math.log2(place + 2) for place, each in enumerate(ranked[:limit]) if each in relevant)
    return gain / sum(1 / math.log2(place + 2) for place in range(min(limit, len(relevant))))


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str]) -> float:
    """One over the place of the first relevant, 0 where there is none.

    >>> reciprocal_rank(["b", "a"], {"a"}), reciprocal_rank(["b"], {"a"})
    (0.5, 0.0)
    """
    return next((1 / (place + 1) for place, each in enumerate(ranked) if each in relevant), 0.0)


def bootstrap_interval(
    values: Sequence[float], *, seed: int, num_samples: int = 2_000
) -> tuple[float, float]:
    """The middle 95 % of the means of samples drawn with replacement (Efron 1979)."""
    rng = np.random.default_rng(seed)
    drawn = rng.choice(np.asarray(values, float), size=(num_samples, len(values)))
    low, high = np.percentile(drawn.mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def t_interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of a mean of a few independent values, by Student's t (1908); endless for one.

    >>> [round(end, 3) for end in t_interval([0.90, 0.91, 0.92])]
    [0.885, 0.935]
    """
    number = len(values)
    if number < 2:
        return -math.inf, math.inf
    mean = float(np.mean(values))
    half = _T_975[min(number - 1, len(_T_975)) - 1] * float(np.std(values, ddof=1)) / math.sqrt(number)
    return mean - half, mean + half
