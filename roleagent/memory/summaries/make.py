"""Brings the summaries of one user to the plan, step by step: whatever stops it, the next run goes on.

Each summary is a transaction of its own, under an id made of its sources; nothing is dropped before all that
takes its place is there. So a run that is stopped or killed leaves nothing twice and nothing half.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from roleagent.errors import RoleAgentError
from roleagent.graph.graph import PersonaGraph
from roleagent.memory.summaries.extract import line_of_summary, lines_of, pick
from roleagent.memory.summaries.plan import Planned, Session, cut_sessions, plan
from roleagent.memory.summaries.policy import SummaryPolicy
from roleagent.memory.summaries.reflect import as_summary, findings
from roleagent.protocols import Line, Passage, Summariser
from roleagent.store import EpisodeMark, Store
from roleagent.types import Owner, Sight, Summary

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What summaries are made with.

    Attributes:
        summariser: what is asked first.
        extract: what serves where it fails or stands by nothing.
        graph_of: the persona's graph as whoever listens meets it.
        language: of reflections.
        now: UTC.
        stop: says whether to give up; asked before every step.
    """

    store: Store
    owner: Owner
    summariser: Summariser
    extract: Summariser
    graph_of: Callable[[Sight], PersonaGraph]
    policy: SummaryPolicy
    language: str
    now: datetime
    stop: Callable[[], bool]


def bring_up_to_date(shop: Workshop) -> list[Summary]:
    """Make what is missing and drop what has no place any more; gives what is new."""
    marks = shop.store.episode_marks(shop.owner)
    sessions = cut_sessions(marks, pause=shop.policy.pause, now=shop.now)
    wanted = plan(sessions, shop.policy, shop.now)
    reflections = _reflections(shop, marks, sessions)
    kept = {summary.id: summary for summary in shop.store.summaries(shop.owner)}
    new: list[Summary] = []
    for summary in _missing(shop, wanted, kept):
        if shop.store.write_summaries(shop.owner, [summary]):
            new.append(summary)
        kept[summary.id] = summary
    if shop.stop():
        return new
    fresh = [each for each in reflections if each.id not in kept]
    wanted_ids = {*(each.id for each in wanted), *(each.id for each in reflections)}
    drop = [id_ for id_ in kept if id_ not in wanted_ids]
    if fresh or drop:
        shop.store.write_summaries(shop.owner, fresh, drop=drop)
    return [*new, *fresh]


def _missing(shop: Workshop, wanted: Sequence[Planned], kept: dict[str, Summary]) -> Iterator[Summary]:
    """What is planned and not there, each made when it is asked for."""
    for planned in wanted:
        if planned.id in kept:
            continue
        if shop.stop():
            return
        summary = _make(shop, planned, kept)
        if summary is not None:
            yield summary


def _make(shop: Workshop, planned: Planned, kept: dict[str, Summary]) -> Summary | None:
    is_session = planned.level == "session"
    lines = _session_lines(shop, planned.sessions[0]) if is_session else _period_lines(shop, planned, kept)
    if not lines:
        return None
    max_tokens = shop.policy.session_tokens if is_session else shop.policy.period_tokens
    passage = Passage(lines=tuple(lines), max_tokens=max_tokens, stop=shop.stop)
    text, made_by = _sum_up(shop, passage)
    if not text:
        return None
    return Summary(
        id=planned.id,
        thread=planned.thread,
        sight=planned.sight,
        level=planned.level,
        text=text,
        sources=planned.sources,
        first_at=min(session.first_at for session in planned.sessions),
        last_at=planned.sessions[-1].last_at,
        made_at=shop.now,
        made_by=made_by,
    )


def _sum_up(shop: Workshop, passage: Passage) -> tuple[str, str]:
    """A summary and what made it; empty where nothing was said that carries anything, or it was stopped."""
    try:
        text = shop.summariser.summarise(passage)
    except RoleAgentError as error:
        _log.warning(
            "%s could not sum up, so sentences are taken as they were: %s", shop.summariser.name, error
        )
        text = ""
    if shop.stop():
        return "", ""
    if text:
        return text, shop.summariser.name
    return shop.extract.summarise(passage), shop.extract.name


def _session_lines(shop: Workshop, session: Session) -> list[Line]:
    episodes = shop.store.episodes_of(shop.owner, session.sources)
    return list(lines_of(episodes, taught=_taught(shop, session)))


def _taught(shop: Workshop, session: Session) -> Collection[str]:
    graph = shop.graph_of(session.sight)
    return {source for fact in graph.facts.values() if fact.layer == "learned" for source in fact.evidence}


def _period_lines(shop: Workshop, planned: Planned, kept: dict[str, Summary]) -> list[Line]:
    """The lines of what sums up its sessions already, and of the other sessions, in the order of time."""
    left = set(planned.sources)
    parts: list[tuple[datetime, list[Line]]] = []
    covering = (each for each in kept.values() if each.level != "reflection")
    for summary in sorted(covering, key=lambda each: -len(each.sources)):
        if summary.sources and left.issuperset(summary.sources):
            left.difference_update(summary.sources)
            parts.append((summary.last_at, [line_of_summary(text) for text in summary.text.split("\n")]))
    for session in planned.sessions:
        if left.issuperset(session.sources):
            lines = pick(_session_lines(shop, session), max_tokens=shop.policy.session_tokens)
            parts.append((session.last_at, lines))
    return [line for _, lines in sorted(parts, key=lambda part: part[0]) for line in lines]


def _reflections(shop: Workshop, marks: Sequence[EpisodeMark], sessions: Sequence[Session]) -> list[Summary]:
    """What follows for each sight in which something was said; of all, the latest."""
    told: defaultdict[Sight, list[EpisodeMark]] = defaultdict(list)
    for mark in marks:
        told[mark.sight].append(mark)
    found = [
        as_summary(finding, now=shop.now)
        for sight, theirs in told.items()
        for finding in findings(
            shop.graph_of(sight),
            theirs,
            [session for session in sessions if session.sight == sight],
            shop.policy,
            language=shop.language,
        )
    ]
    found.sort(key=lambda each: (each.last_at, each.id))
    return found[max(len(found) - shop.policy.max_reflections, 0) :]
