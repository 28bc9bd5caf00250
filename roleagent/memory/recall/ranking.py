"""From what each search says of an episode to numbers that can be added: pure functions over arrays.

Cosines are told in standard deviations above the mean of all episodes, BM25 in how nearly the shared words
single out one episode. Neither depends on how many episodes there are, so one set of weights serves a memory
of a week and one of years. A weighted sum of calibrated scores serves better than fusing ranks (Bruch, Gai
and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", arXiv:2210.11934).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

RECENCY_HALF_LIFE_S = 30 * 24 * 3600.0
_FLAT = 1e-6  # a spread below this is rounding: nothing stands out


def information(words: Scores) -> Scores:
    """BM25 as a share of what it takes to single out one episode: [num_episodes], about 0–2.

    BM25 sums inverse document frequencies, which are in nats; one out of n is singled out by ln n of them. So
    a score means the same whether there are a hundred episodes or a million.

    >>> information(np.full(9, math.log(10.0), np.float32)).round(3).tolist()[0]
    1.0
    """
    share: Scores = words / np.float32(math.log(1 + max(len(words), 1)))
    return share


def standardise(scores: Scores, usual: Scores | None = None) -> Scores:
    """Standard deviations above the mean; 0 for NaN, and for all where none stands out.

    Args:
        scores: [num_episodes], NaN where it is not known.
        usual: scores of some episodes that nobody chose, where those known are but the best.

    >>> standardise(np.array([1.0, 3.0, np.nan], np.float32)).tolist()
    [-1.0, 1.0, 0.0]
    >>> standardise(np.array([9.0, np.nan], np.float32), usual=np.array([1.0, 3.0], np.float32)).tolist()
    [7.0, 0.0]
    """
    known = usual if usual is not None and usual.size else scores[~np.isnan(scores)]
    spread = known.std() if known.size else 0.0
    if spread < _FLAT:
        return np.zeros_like(scores)
    standard: Scores = np.nan_to_num((scores - known.mean()) / spread, copy=False, nan=0.0)
    return standard


def recency(at: NDArray[np.float64], half_life_s: float = RECENCY_HALF_LIFE_S) -> Scores:
    """1 for the newest episode, half of that for one that is a half-life (30 days) older, and so on.

    >>> recency(np.array([0.0, 30 * 24 * 3600.0])).tolist()
    [0.5, 1.0]
    """
    if not at.size:
        return np.zeros(0, np.float32)
    half_lives = ((at - at.max()) / half_life_s).astype(np.float32)
    freshness: Scores = np.exp2(half_lives)
    return freshness


def best(scores: Scores, limit: int) -> list[int]:
    """Places of the highest scores, best first; of equals the later place, which is the newer episode.

    >>> best(np.array([0.1, 0.9, 0.9], np.float32), 2)
    [2, 1]
    """
    limit = min(max(limit, 0), scores.size)
    if not limit:
        return []
    floor = np.partition(scores, scores.size - limit)[scores.size - limit]
    candidates = np.flatnonzero(scores >= floor)[::-1]  # later places first, kept so by the stable sort
    order = np.argsort(-scores[candidates], kind="stable")[:limit]
    return [int(place) for place in candidates[order]]
