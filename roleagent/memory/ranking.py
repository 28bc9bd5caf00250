"""From what each search says of an episode to one score: pure functions over arrays.

    score = 0.4 * z(cosine)  +  0.6 * z(BM25)  +  0.1 * 2^(-age / 30 days)

where z counts standard deviations above the mean of all episodes, for the query at hand. A weighted sum of
normalised scores serves better than fusing ranks, and which normalisation matters little (Bruch, Gai and
Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", arXiv:2210.11934). The age term is the recency
of Park et al., "Generative Agents", arXiv:2304.03442, kept small: it decides between equals and does not
drown what is old and right.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

MEANING_WEIGHT = 0.4
WORDS_WEIGHT = 0.6
RECENCY_WEIGHT = 0.1
RECENCY_HALF_LIFE_S = 30 * 24 * 3600.0
_FLAT = 1e-6  # a spread below this is rounding: nothing stands out


def fuse(cosine: Scores, words: Scores, at: NDArray[np.float64]) -> Scores:
    """One score for each episode, higher is better; scores of different queries do not compare.

    Args:
        cosine: [num_episodes], -1–1; NaN where the vector search did not reach, which counts as the mean.
        words: [num_episodes], BM25, 0 where no word is shared.
        at: [num_episodes], seconds; age is counted from the newest.
    """
    weighted = MEANING_WEIGHT * standardise(cosine) + WORDS_WEIGHT * standardise(words)
    scores: Scores = (weighted + RECENCY_WEIGHT * recency(at)).astype(np.float32)
    return scores


def standardise(scores: Scores) -> Scores:
    """Standard deviations above the mean; 0 for NaN, and for all where none stands out.

    >>> standardise(np.array([1.0, 3.0, np.nan], np.float32)).tolist()
    [-1.0, 1.0, 0.0]
    """
    known = scores[~np.isnan(scores)]
    if not known.size or known.std() < _FLAT:
        return np.zeros_like(scores)
    standard: Scores = np.nan_to_num((scores - known.mean()) / known.std(), nan=0.0)
    return standard


def recency(at: NDArray[np.float64]) -> Scores:
    """1 for the newest episode, half of that for one 30 days older, and so on.

    >>> recency(np.array([0.0, 30 * 24 * 3600.0])).tolist()
    [0.5, 1.0]
    """
    if not at.size:
        return np.zeros(0, np.float32)
    freshness: Scores = np.exp2((at - at.max()) / RECENCY_HALF_LIFE_S).astype(np.float32)
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
