"""From what each search says of an episode to one score: pure functions over arrays.

    score = 0.7 * max(cosine, 0)  +  0.3 * matched  +  0.05 * 2^(-age / 30 days)

A weighted sum of scores on known scales serves better than fusing ranks (Bruch, Gai and Ingber, "An Analysis
of Fusion Functions for Hybrid Retrieval", arXiv:2210.11934). The cosine needs no rescaling, and `matched` is
the share of the query's information that an episode's words cover (see `lexical`), so that scores of
different queries compare. The age term is the recency of Park et al., "Generative Agents",
arXiv:2304.03442, kept small: it decides between equals and does not drown what is old and right.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

MEANING_WEIGHT = 0.7
WORDS_WEIGHT = 0.3
RECENCY_WEIGHT = 0.05
RECENCY_HALF_LIFE_S = 30 * 24 * 3600.0


def fuse(cosine: Scores, matched: Scores, at: NDArray[np.float64]) -> Scores:
    """One score for each episode, higher is better.

    Args:
        cosine: [num_episodes], -1–1; NaN where the vector search did not reach, which counts as 0.
        matched: [num_episodes], 0–1.
        at: [num_episodes], seconds; age is counted from the newest.
    """
    meaning = np.clip(np.nan_to_num(cosine, nan=0.0), 0.0, 1.0)
    weighted = MEANING_WEIGHT * meaning + WORDS_WEIGHT * matched + RECENCY_WEIGHT * recency(at)
    scores: Scores = weighted.astype(np.float32)
    return scores


def recency(at: NDArray[np.float64]) -> Scores:
    """1 for the newest episode, half of that for one 30 days older, and so on.

    >>> recency(np.array([0.0, 30 * 24 * 3600.0])).tolist()
    [0.5, 1.0]
    """
    if not at.size:
        return np.zeros(0, np.float32)
    age = at.max() - at
    freshness: Scores = np.exp2(-age / RECENCY_HALF_LIFE_S).astype(np.float32)
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
