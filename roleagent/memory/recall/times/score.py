"""Episodes by how well their time fits a span."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roleagent.memory.ranking import Scores
from roleagent.memory.recall.times.span import Span

_HALF_LIFE_AFTER_S = 7 * 24 * 3600.0  # people tell what happened some days later


def fit_of(at: NDArray[np.float64], span: Span) -> Scores:
    """1 within the span, half as much a week after its end, and so on; 0 before it.

    Args:
        at: [num_episodes], seconds since 1970.
        span: the stretch of time that is spoken of.
    """
    late_s = np.maximum(at - span.end.timestamp(), 0.0).astype(np.float32)
    fits: Scores = np.exp2(-late_s / np.float32(_HALF_LIFE_AFTER_S))
    fits[at < span.start.timestamp()] = 0.0
    return fits
