"""How well a ranking finds what is relevant: recall, nDCG, reciprocal rank, and how sure a mean is."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np


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
