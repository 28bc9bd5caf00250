"""What the talk is about: attention pooling over its last utterances.

    h = softmax(Q Kᵀ / √d) V

Q is the cue's vector, K and V the vectors of the last utterances (scaled dot-product attention, Vaswani et
al., arXiv:1706.03762). Nothing is trained: queries, keys and values are the embedder's own vectors, scaled
from unit length to √d, where each of their d numbers has variance one, as the formula supposes.

A cue that says enough by itself is left alone: what came before it would only lead away. "And when was that?"
says next to nothing, and means what was talked of.
"""

from __future__ import annotations

import numpy as np

from roleagent.language.scripts import has_unspaced, num_unspaced
from roleagent.language.tokens import STOP_WORDS, terms
from roleagent.memory.recall.pool import Vector

MAX_TURNS = 6  # of the history, the last
_SAYS_ENOUGH = 4.0  # telling words, from which on a cue needs no help
_SAYS_NOTHING = 2.0  # and up to which it needs all
_CHARS_A_WORD = 2  # in Chinese, about


def need_of(text: str) -> float:
    """How much a cue leans on what was said before it, 0–1, by how few telling words it has.

    >>> need_of("And when was that?"), need_of("Who is Ann?"), need_of("When did Ann paint the old boat?")
    (1.0, 1.0, 0.0)
    >>> need_of("后来呢？"), need_of("安去年夏天给旧船刷了什么颜色？")
    (1.0, 0.0)
    """
    words = {term for term in terms(text) if term not in STOP_WORDS and not has_unspaced(term)}
    num_words = len(words) + num_unspaced(text) / _CHARS_A_WORD
    need = (_SAYS_ENOUGH - num_words) / (_SAYS_ENOUGH - _SAYS_NOTHING)
    return min(max(need, 0.0), 1.0)


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
