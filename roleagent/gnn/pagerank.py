"""Personalised PageRank over facts that meet where they share an end, in numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roleagent.embedding.text_vectors import Matrix

DAMPING = 0.85
"""Share of the weight that moves on in each step; the rest returns to the start."""

_NUM_STEPS = 12  # what moves on after them is under 0.15 of the weight
_FEWEST = 1e-12


def page_rank(
    start: Matrix,
    subject: NDArray[np.int64],
    object_: NDArray[np.int64],
    is_closed: NDArray[np.bool_],
    *,
    damping: float = DAMPING,
) -> Matrix:
    """Where weight comes to lie that starts at some facts and moves along shared ends.

    A fact passes its weight to both of its ends in equal parts, and an end to all of its facts (Page and
    others, "The PageRank citation ranking", 1999; personalised as by Haveliwala, 2002).

    Args:
        start: weights, not negative, one row a question, [num_questions, num_facts].
        subject: index of each fact's subject among the ends, [num_facts].
        object_: likewise.
        is_closed: ends through which nothing moves, [num_ends]: the character, say, since half of all facts
            meet there, which says nothing.
        damping: 0–1.

    Returns:
        Weights, [num_questions, num_facts]; each row sums up to 1 at most.
    """
    num_ends = len(is_closed)
    degrees = np.bincount(subject, minlength=num_ends) + np.bincount(object_, minlength=num_ends)
    passes = np.where(is_closed, 0.0, 0.5 / np.maximum(degrees, 1)).astype(np.float32)
    ends = np.concatenate([subject, object_])
    order = np.argsort(ends, kind="stable")
    reached, first = np.unique(ends[order], return_index=True)
    start = start / np.maximum(start.sum(axis=1, keepdims=True), _FEWEST)
    rank: Matrix = start.astype(np.float32)
    at_ends = np.zeros((len(start), num_ends), np.float32)
    for _ in range(_NUM_STEPS):
        at_ends[:, reached] = np.add.reduceat(np.tile(rank, 2)[:, order], first, axis=1)
        moved = (at_ends * passes)[:, subject] + (at_ends * passes)[:, object_]
        rank = (np.float32(1 - damping) * start + np.float32(damping) * moved).astype(np.float32)
    return rank
