"""Writes the summaries that the plan asks for, one step at a time. If it is stopped, the next run goes on.

Each summary is a transaction of its own, under an id made of its sources. Nothing is dropped before
everything that replaces it is there, so a run that is stopped or killed leaves nothing twice and nothing
half done.

Sessions and periods are summed up by a `Summariser`. Reflections, what follows from several sessions, need
no model: a change is two facts of which one ended when the other began, and a name that comes up again and
again is counted. Each reflection names the episodes it rests on, all of them said in one sight.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from roleagent.errors import RoleAgentError
from roleagent.graph.graph import PersonaGraph
from roleagent.learning.rules import USER
from roleagent.memory.summaries.extract import line_of_summary, lines_of, pick
from roleagent.memory.summaries.plan import Planned, Session, SummaryPolicy, cut_sessions, plan, summary_id
from roleagent.protocols import Line, Passage, Summariser
from roleagent.store import EpisodeMark, Store
from roleagent.types import Fact, Owner, Sight, Summary

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
class Finding:
    """What follows, and from which episodes.

    Attributes:
        about: what tells findings of the same episodes apart.
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
        marks: where the audience's episodes stand, in the order of time.
        sessions: the audience's.
        policy: how often something is named before it is said.
        language: ``en`` or ``zh``.
    """
    words = _WORDS["zh" if language.startswith("zh") else "en"]
    by_id = {mark.id: mark for mark in marks}
    found = [*_changes(graph, by_id, words), *_often_named(graph, marks, sessions, policy, words)]
    return sorted(found, key=lambda each: (each.sources[-1].at, each.about))


def as_summary(finding: Finding, *, now: datetime) -> Summary:
    """A finding as it is kept."""
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
        sources = _in_order([*_told(old, marks), *(_told(new, marks) if new else ())])
        text = words["changed" if new else "ended"].format(
            day=old.valid_to, old=old.text, new=new.text if new else ""
        )
        yield Finding(about=f"{old.id} {new.id if new else ''}", text=text, sources=sources)


def _follows(new: Fact, old: Fact) -> bool:
    same = (new.subject, new.relation) == (old.subject, old.relation)
    return same and new.id != old.id and new.valid_from is not None and new.valid_from == old.valid_to


def _told(fact: Fact, marks: Mapping[str, EpisodeMark]) -> list[EpisodeMark]:
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


def _in_order(marks: Iterable[EpisodeMark]) -> tuple[EpisodeMark, ...]:
    return tuple(sorted(set(marks), key=lambda mark: (mark.at, mark.id)))


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
