"""What speaks for an episode whatever is asked: that it is new, that it matters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roleagent.memory.ranking import Scores

_NOBODY_JUDGED = 0.5


def importance_or_middle(importance: NDArray[np.float64]) -> Scores:
    """Importance above or below the middle: [num_episodes], -0.5–0.5; 0 where nobody judged.

    The second of the three signs of Park et al., "Generative Agents", arXiv:2304.03442.

    >>> importance_or_middle(np.array([1.0, np.nan])).tolist()
    [0.5, 0.0]
    """
    judged: Scores = np.nan_to_num(importance - _NOBODY_JUDGED, nan=0.0).astype(np.float32)
    return judged
