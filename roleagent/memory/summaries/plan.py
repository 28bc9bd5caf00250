"""Which summaries there should be, given only where the episodes stand. Pure: same input, same plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal

from roleagent.store import EpisodeMark
from roleagent.types import Sight, SummaryLevel, Thread, content_id


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One conversation up to a pause.

    Attributes:
        sight: to whom, and when in the story, all of it was said.
        sources: ids of its episodes, in the order of time.
    """

    thread: Thread
    sight: Sight
    sources: tuple[str, ...]
    first_at: datetime
    last_at: datetime


def cut_sessions(marks: Iterable[EpisodeMark], *, pause: timedelta, now: datetime) -> list[Session]:
    """The sessions that are over, in the order of their ends.

    Args:
        marks: episodes in the order of time.
        pause: how long nothing is said in a conversation before a session of it is over.
        now: UTC.
    """
    open_ones: dict[tuple[Thread, Sight], list[EpisodeMark]] = {}
    done: list[list[EpisodeMark]] = []
    for mark in marks:
        place = mark.thread, mark.sight
        current = open_ones.get(place)
        if current is not None and mark.at - current[-1].at <= pause:
            current.append(mark)
            continue
        if current is not None:
            done.append(current)
        open_ones[place] = [mark]
    done += [marks for marks in open_ones.values() if now - marks[-1].at > pause]
    return sorted(map(_session, done), key=lambda session: (session.last_at, session.sources))


def group_by_period(
    sessions: Iterable[Session], period: Literal["week", "month"]
) -> dict[tuple[Sight, tuple[int, int]], list[Session]]:
    """Sessions by their sight and the week or month in which they ended."""
    groups: defaultdict[tuple[Sight, tuple[int, int]], list[Session]] = defaultdict(list)
    for session in sessions:
        groups[session.sight, period_of(session.last_at, period)].append(session)
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
        thread=marks[0].thread,
        sight=marks[0].sight,
        sources=tuple(mark.id for mark in marks),
        first_at=marks[0].at,
        last_at=marks[-1].at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A summary that there ought to be.

    Attributes:
        sessions: what it sums up, in the order of time; one of them for a session.
    """

    level: SummaryLevel
    sessions: tuple[Session, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """Ids of the episodes that it rests on."""
        return all_sources(self.sessions)

    @property
    def thread(self) -> Thread:
        """That of its latest session."""
        return self.sessions[-1].thread

    @property
    def sight(self) -> Sight:
        """That of all its sessions: only what was said in the same sight is summed up together."""
        return self.sessions[-1].sight

    @property
    def id(self) -> str:
        """Made of its sources, so that it is written once."""
        return summary_id(self.level, self.sight, self.sources)


def summary_id(level: SummaryLevel, sight: Sight, sources: Sequence[str], *, about: str = "") -> str:
    """What a summary of these sources is called; `about` tells reflections apart."""
    return content_id("summary", level, sight.listener, sight.as_of, about, *sources)


def plan(sessions: Sequence[Session], policy: SummaryPolicy, now: datetime) -> list[Planned]:
    """The latest sessions, latest first, and then the periods of what is older or over.

    A period that is over and had several sessions is summed up whole; of the running one, only the sessions
    for which there is no place.

    Args:
        sessions: that are over, in the order of their ends.
        policy: how many, and how long a period is.
        now: UTC.
    """
    long_enough = [each for each in sessions if len(each.sources) >= policy.min_episodes]
    kept = long_enough[max(len(long_enough) - policy.max_sessions, 0) :]
    singles = [Planned(level="session", sessions=(session,)) for session in reversed(kept)]
    return singles + _capped(list(_periods(sessions, kept, policy, now)), policy.max_periods)


def _periods(
    sessions: Sequence[Session], kept: Sequence[Session], policy: SummaryPolicy, now: datetime
) -> Iterable[Planned]:
    running = period_of(now, policy.period)
    own_place = {session.sources for session in kept}
    for (_, period), group in group_by_period(sessions, policy.period).items():
        without_place = [each for each in group if each.sources not in own_place]
        is_over = period != running
        told = group if is_over and len(group) > 1 else without_place
        if sum(len(each.sources) for each in told) >= policy.min_episodes:
            yield Planned(level="period", sessions=tuple(told))


def _capped(periods: list[Planned], most: int) -> list[Planned]:
    """The latest, first; where they are too many, the oldest of each sight gathered into one."""
    ordered = sorted(periods, key=lambda each: (each.sessions[-1].last_at, each.id))
    num_kept = len(ordered) if len(ordered) <= most else max(most - 1, 0)
    latest, older = ordered[len(ordered) - num_kept :], ordered[: len(ordered) - num_kept]
    gathered = sorted(_gathered(older), key=lambda each: each.sessions[-1].last_at)
    return [*reversed(latest), *list(reversed(gathered))[: max(most - num_kept, 0)]]


def _gathered(periods: Iterable[Planned]) -> Iterable[Planned]:
    def said_to(planned: Planned) -> tuple[str, str]:
        return planned.sight.listener, planned.sight.as_of

    for _, group in groupby(sorted(periods, key=said_to), key=said_to):
        sessions = [session for planned in group for session in planned.sessions]
        sessions.sort(key=lambda session: (session.last_at, session.sources))
        yield Planned(level="period", sessions=tuple(sessions))
