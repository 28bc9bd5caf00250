"""Reflections: what follows from several sessions, read off the learned facts and the names in the talk.

No language model: a change is two facts of which the one ended when the other began; what is named again and
again is counted. Each names the episodes it rests on, all of them said to one audience.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from roleagent.graph.graph import PersonaGraph
from roleagent.learning.rules import USER
from roleagent.memory.summaries.plan import Session, summary_id
from roleagent.memory.summaries.policy import SummaryPolicy
from roleagent.store import EpisodeMark
from roleagent.types import Fact, Summary

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
