"""How many summaries there are, how long they are, and where a session ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryPolicy:
    """What is summed up, and how far.

    Attributes:
        pause: how long a conversation rests before a session is over.
        period: what sessions are gathered into once they are many or the period is over, in UTC.
        min_episodes: a session of fewer is not summed up by itself.
        min_sessions: in how many sessions something is named before a reflection says so.
        max_sessions: of a user; older ones are gathered into periods.
        max_periods: of a user; the oldest are gathered into one.
        max_reflections: of a user, the latest.
        session_tokens: the longest text of a session, by a rough count.
        period_tokens: the longest text of a period.
        reflection_sources: how many episodes a reflection names at most, the latest.
    """

    pause: timedelta = timedelta(hours=4)
    period: Literal["week", "month"] = "month"
    min_episodes: int = 4
    min_sessions: int = 3
    max_sessions: int = 30
    max_periods: int = 24
    max_reflections: int = 20
    session_tokens: int = 90
    period_tokens: int = 120
    reflection_sources: int = 20
