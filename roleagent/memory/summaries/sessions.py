"""Episodes cut into sessions, and sessions gathered into periods. Pure.

What was said to different listeners, or at different moments of the story, is never in one of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from roleagent.store import EpisodeMark
from roleagent.types import Scope

Audience = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One conversation up to a pause.

    Attributes:
        scope: where and to whom all of it was said.
        sources: ids of its episodes, in the order of time.
    """

    scope: Scope
    sources: tuple[str, ...]
    first_at: datetime
    last_at: datetime


def audience_of(scope: Scope) -> Audience:
    """Who may be given what was said: only what has the same audience is summed up together."""
    return scope.listener, scope.as_of


def cut_sessions(marks: Iterable[EpisodeMark], *, pause: timedelta, now: datetime) -> list[Session]:
    """The sessions that are over, in the order of their ends.

    Args:
        marks: episodes in the order of time.
        pause: how long nothing is said in a conversation before a session of it is over.
        now: UTC.
    """
    open_ones: dict[Scope, list[EpisodeMark]] = {}
    done: list[list[EpisodeMark]] = []
    for mark in marks:
        current = open_ones.get(mark.scope)
        if current is not None and mark.at - current[-1].at <= pause:
            current.append(mark)
            continue
        if current is not None:
            done.append(current)
        open_ones[mark.scope] = [mark]
    done += [marks for marks in open_ones.values() if now - marks[-1].at > pause]
    return sorted(map(_session, done), key=lambda session: (session.last_at, session.sources))


def group_by_period(
    sessions: Iterable[Session], period: Literal["week", "month"]
) -> dict[tuple[Audience, tuple[int, int]], list[Session]]:
    """Sessions by their audience and the week or month in which they ended."""
    groups: defaultdict[tuple[Audience, tuple[int, int]], list[Session]] = defaultdict(list)
    for session in sessions:
        groups[audience_of(session.scope), period_of(session.last_at, period)].append(session)
    return dict(groups)


def period_of(at: datetime, period: Literal["week", "month"]) -> tuple[int, int]:
    """The year and the number of the month, or of the ISO week, of a moment in UTC.

    >>> period_of(datetime(2026, 12, 31), "month"), period_of(datetime(2026, 12, 31), "week")
    ((2026, 12), (2026, 53))
    """
    if period == "month":
        return at.year, at.month
    year, week, _ = at.isocalendar()
    return year, week


def all_sources(sessions: Sequence[Session]) -> tuple[str, ...]:
    """Ids of the episodes of several sessions."""
    return tuple(source for session in sessions for source in session.sources)


def _session(marks: Sequence[EpisodeMark]) -> Session:
    return Session(
        scope=marks[0].scope,
        sources=tuple(mark.id for mark in marks),
        first_at=marks[0].at,
        last_at=marks[-1].at,
    )
