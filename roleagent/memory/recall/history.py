"""What the talk is about: attention pooling over its last utterances.

    h = softmax(Q Kᵀ / √d) V

Q is the cue's vector, K and V the vectors of the last utterances (scaled dot-product attention, Vaswani et
al., arXiv:1706.03762). Nothing is trained: queries, keys and values are the embedder's own vectors, scaled
from unit length to √d, where each of their d numbers has variance one, as the formula supposes.
"""

from __future__ import annotations

import numpy as np

from roleagent.memory.recall.pool import Vector

MAX_TURNS = 6  # of the history, the last


def attended(query: Vector, turns: Vector) -> Vector:
    """The pooled vector of the turns, of unit length: [dim].

    Args:
        query: [dim], of unit length.
        turns: [num_turns, dim], of unit length; at least one.
    """
    logits = np.sqrt(len(query)) * (turns @ query)  # (√d q)·(√d k) / √d
    weights = np.exp(logits - logits.max())
    pooled = weights @ turns
    unit: Vector = (pooled / max(float(np.linalg.norm(pooled)), 1e-12)).astype(np.float32)
    return unit


def with_history(query: Vector, turns: Vector, weight: float) -> Vector:
    """The cue's vector, moved towards what the talk is about: [dim], of unit length."""
    if not len(turns):
        return query
    moved = query + weight * attended(query, turns)
    unit: Vector = (moved / np.linalg.norm(moved)).astype(np.float32)
    return unit
