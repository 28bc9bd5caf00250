"""The stages of recall in their order."""

from __future__ import annotations

import numpy as np

from roleagent.memory.ranking import best, fuse
from roleagent.memory.recall.pool import Pool
from roleagent.protocols import Cue

_CANDIDATES = 100  # how many the vector index and the words each put forward, at least


def rank(pool: Pool, cue: Cue, *, limit: int) -> list[tuple[int, float]]:
    """Places of the best episodes and their scores, best first."""
    query = cue.text
    words = pool.words(query)
    vectors = pool.embed([query]) if query.strip() else np.zeros((1, 0), np.float32)
    cosines = np.full(len(pool), np.nan, np.float32)
    if vectors.shape[1] and len(pool):
        cosines = pool.cosines(vectors[0], words, limit=max(_CANDIDATES, 2 * limit))
    scores = fuse(cosines, words, pool.at)
    return [(place, float(scores[place])) for place in best(scores, limit)]
