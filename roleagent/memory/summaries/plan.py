"""Which summaries there should be, and what the reflections say. Pure: the same input, the same plan.

Sessions and periods follow from where the episodes stand. Reflections say what follows from several sessions
and need no model: a change is two facts of which one ended when the other began, and a name that comes up
again and again is counted. Each reflection names the episodes it rests on, all of them said in one sight.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal

from roleagent.graph.graph import PersonaGraph
from roleagent.learning.rules import USER
from roleagent.store import EpisodeMark
from roleagent.types import Fact, Sight, Summary, SummaryLevel, Thread, content_id

MADE_BY = "facts"
_WORDS = {
    "en": {
        "changed": "Since {day} it is so: “{new}” Before, it was so: “{old}”",
        "ended": "Since {day} this holds no more: “{old}”",
        "named": "{label} was spoken of in {num} conversations, from {first} to {last}.",
    },
    "zh": {
        "changed": "自{day}起：“{new}”此前：“{old}”",
        "ended": "自{day}起不再如此：“{old}”",
        "named": "从{first}到{last}，有{num}次谈话说到{label}。",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryPolicy:
    """How many summaries there are, and how long.

    Attributes:
        pause: how long a conversation rests before a session is over.
        period: what sessions are gathered into once they are many or the period is over, in UTC.
        min_episodes: a session of fewer is not summed up by itself.
        min_sessions: in how many sessions something must be named before a reflection says so.
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
    """A summary that should exist.

    Attributes:
        sessions: what it sums up, in the order of time; exactly one if the level is ``session``.
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
        """Made from its sources, so that it is written once."""
        return summary_id(self.level, self.sight, self.sources)


def summary_id(level: SummaryLevel, sight: Sight, sources: Sequence[str], *, about: str = "") -> str:
    """The id of a summary of these sources; `about` distinguishes reflections."""
    return content_id("summary", level, sight.listener, sight.as_of, about, *sources)


def plan(sessions: Sequence[Session], policy: SummaryPolicy, now: datetime) -> list[Planned]:
    """The latest sessions, the latest first, and then the periods that are over or hold older sessions.

    A period that is over and had several sessions is summed up as a whole. Of the present period, only the
    sessions beyond `max_sessions` are.

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
    """The latest periods, the latest first; if there are too many, the oldest of each sight become one."""
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


# ── reflections ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a reflection says, and the episodes it follows from.

    Attributes:
        about: distinguishes findings with the same episodes.
        sources: in the order of time.
    """

    about: str
    text: str
    sources: tuple[EpisodeMark, ...]


def findings(
    graph: PersonaGraph,
    marks: Sequence[EpisodeMark],
    sessions: Sequence[Session],
    policy: SummaryPolicy,
    *,
    language: str,
) -> list[Finding]:
    """What follows for one audience, the latest last.

    Args:
        graph: as the audience meets it, with what was learned.
        marks: the audience's episodes, in the order of time.
        sessions: the audience's.
        policy: how often something must be named.
        language: ``en`` or ``zh``.
    """
    words = _WORDS["zh" if language.startswith("zh") else "en"]
    by_id = {mark.id: mark for mark in marks}
    found = [*_changes(graph, by_id, words), *_often_named(graph, marks, sessions, policy, words)]
    return sorted(found, key=lambda each: (each.sources[-1].at, each.about))


def as_summary(finding: Finding, *, now: datetime) -> Summary:
    """A finding as the summary that is stored."""
    latest = finding.sources[-1]
    sources = tuple(mark.id for mark in finding.sources)
    return Summary(
        id=summary_id("reflection", latest.sight, sources, about=finding.about),
        thread=latest.thread,
        sight=latest.sight,
        level="reflection",
        text=finding.text,
        sources=sources,
        first_at=finding.sources[0].at,
        last_at=latest.at,
        made_at=now,
        made_by=MADE_BY,
    )


def _changes(
    graph: PersonaGraph, marks: Mapping[str, EpisodeMark], words: Mapping[str, str]
) -> Iterator[Finding]:
    learned = [fact for fact in graph.facts.values() if fact.layer == "learned"]
    for old in learned:
        if old.valid_to is None or not _told(old, marks):
            continue
        new = next((fact for fact in learned if _follows(fact, old) and _told(fact, marks)), None)
        told = {*_told(old, marks), *(_told(new, marks) if new else ())}
        in_order = sorted(told, key=lambda mark: (mark.at, mark.id))
        text = words["changed" if new else "ended"].format(
            day=old.valid_to, old=old.text, new=new.text if new else ""
        )
        yield Finding(about=f"{old.id} {new.id if new else ''}", text=text, sources=tuple(in_order))


def _follows(new: Fact, old: Fact) -> bool:
    """Whether a fact took the place of another: the same subject and relation, begun when the other ended."""
    same = (new.subject, new.relation) == (old.subject, old.relation)
    return same and new.id != old.id and new.valid_from is not None and new.valid_from == old.valid_to


def _told(fact: Fact, marks: Mapping[str, EpisodeMark]) -> list[EpisodeMark]:
    """The episodes that a fact was learned from, of those in `marks`."""
    return [marks[source] for source in fact.evidence if source in marks]


def _often_named(
    graph: PersonaGraph,
    marks: Iterable[EpisodeMark],
    sessions: Sequence[Session],
    policy: SummaryPolicy,
    words: Mapping[str, str],
) -> Iterator[Finding]:
    session_of = {source: number for number, session in enumerate(sessions) for source in session.sources}
    named: defaultdict[str, list[EpisodeMark]] = defaultdict(list)
    for mark in marks:
        if mark.id in session_of:
            for node_id in mark.mentions:
                named[node_id].append(mark)
    for node_id, where in named.items():
        num = len({session_of[mark.id] for mark in where})
        if num >= policy.min_sessions and node_id in graph.nodes and node_id != USER:
            text = words["named"].format(
                label=graph.nodes[node_id].label,
                num=num,
                first=where[0].at.date(),
                last=where[-1].at.date(),
            )
            yield Finding(about=node_id, text=text, sources=tuple(where[-policy.reflection_sources :]))
