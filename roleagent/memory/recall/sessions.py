"""A session that holds one good hit is likely to hold another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roleagent.memory.ranking import Scores


def best_of_session(scores: Scores, session: NDArray[np.intp]) -> Scores:
    """The best score of each episode's session: [num_episodes].

    >>> best_of_session(np.array([1.0, 3.0, 2.0], np.float32), np.array([0, 0, 1])).tolist()
    [3.0, 3.0, 2.0]
    """
    if not scores.size:
        return scores
    highest = np.full(int(session.max()) + 1, -np.inf, np.float32)
    np.maximum.at(highest, session, scores)
    return highest[session]
