"""What is said beside a hit: an answer seldom repeats the words of its question."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roleagent.memory.ranking import Scores
from roleagent.memory.recall.layout import NOBODY, Layout

_MEANING_BEFORE, _MEANING_AFTER = 0.4, 0.2  # how much of its neighbours' meaning an utterance has


def blend_meaning(cosines: Scores, layout: Layout) -> Scores:
    """Cosines of utterances in their surroundings, brought back to the spread that they had.

    Stands in for embedding each utterance together with the one before it, at no cost when it is written.

    Args:
        cosines: [num_episodes], standardised.
        layout: who is beside whom.
    """
    mixed = (
        cosines
        + _MEANING_BEFORE * _taken(cosines, layout.previous)
        + _MEANING_AFTER * _taken(cosines, layout.following)
    )
    spread = mixed.std() if mixed.size else 0.0
    blended: Scores = mixed * (cosines.std() / spread) if spread > 0 else mixed
    return blended


def share_with_neighbours(
    scores: Scores, asks: NDArray[np.float32], layout: Layout, *, answer: float, before: float
) -> Scores:
    """Scores with those of the neighbours: a question's goes on to its answer.

    Args:
        scores: [num_episodes].
        asks: [num_episodes], how much of each is a question, 0–1; any question at all counts.
        layout: who is beside whom.
        answer: share of a question's score that goes to what was said next.
        before: share of an episode's score that goes to the one before.
    """
    questions = np.where(asks > 0, scores, np.float32(0))
    shared: Scores = (
        scores + answer * _taken(questions, layout.previous) + before * _taken(scores, layout.following)
    )
    return shared


def _taken(scores: Scores, places: NDArray[np.intp]) -> Scores:
    """Scores at other places, 0 where there is none: [num_episodes]."""
    if not scores.size:
        return scores
    taken: Scores = np.where(places == NOBODY, np.float32(0), scores[places])
    return taken
