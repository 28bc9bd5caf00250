"""Time expressions, English and Chinese: "last summer", "two days before the race", 上周.

span.py      stretches of time and the calendar
english.py   what English calls them
chinese.py   what Chinese calls them
"""

from __future__ import annotations

from datetime import datetime

from roleagent.language.times import chinese, english
from roleagent.language.times.span import Anchored, Span

_READINGS = english.READINGS + chinese.READINGS  # within each, the more exact come first


def find_time(text: str, now: datetime) -> Span | Anchored | None:
    """What time a text speaks of, seen from a moment; None if it names no time.

    Of several the most exact is taken. What lies in the future is taken as said: nothing remembered fits it.

    >>> from datetime import UTC
    >>> f"{find_time('What did we do last summer?', datetime(2026, 3, 1, tzinfo=UTC)).start:%Y-%m-%d}"
    '2025-06-01'
    """
    for pattern, reading in _READINGS:
        for match in pattern.finditer(text):
            try:
                found = reading(match, now)
            except (ValueError, OverflowError):  # a year that no calendar has
                continue
            if found is not None:
                return found
    return None
