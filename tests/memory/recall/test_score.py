"""Tests of how well an episode's time fits."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from roleagent.language.times.span import Span
from roleagent.memory.recall.pipeline import fit_of


def test_what_is_told_soon_after_fits_too() -> None:
    """Half as much a week after the end, and nothing before the start."""
    start = datetime(2023, 7, 1, tzinfo=UTC)
    span = Span(start=start, end=start + timedelta(days=1))
    days = np.array([-1.0, 0.5, 8.0, 15.0])
    at = start.timestamp() + days * 24 * 3600
    assert fit_of(at, span).tolist() == pytest.approx([0.0, 1.0, 0.5, 0.25])
