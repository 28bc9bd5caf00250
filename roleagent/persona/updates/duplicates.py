"""Learned facts that say one thing twice become one fact with both sources; canon and fixed ones stay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from roleagent.persona.graph import PersonaGraph
from roleagent.persona.updates.draft import MAX_EVIDENCE
from roleagent.persona.updates.intervals import certainly_before, retracted
from roleagent.persona.updates.labels import label_key
from roleagent.types import Fact, GraphUpdate


def merge_duplicates(graph: PersonaGraph, *, at: datetime) -> GraphUpdate:
    """Merge live learned facts of one subject and relation whose values mean the same.

    The older fact stays, with the evidence of both and the earlier beginning; the younger one is taken back,
    as the record now says it once.
    """
    groups: dict[tuple[str, str, str], list[Fact]] = {}
    for fact in graph.facts.values():
        if _may_merge(fact):
            groups.setdefault(_meaning(graph, fact), []).append(fact)
    twice = [sorted(facts, key=_age) for facts in groups.values() if len(facts) > 1]
    return GraphUpdate(
        merged=tuple(_joined(facts) for facts in twice),
        superseded=tuple(retracted(fact, at=at) for facts in twice for fact in facts[1:]),
    )


def _may_merge(fact: Fact) -> bool:
    return fact.layer == "learned" and not fact.fixed and fact.valid_to is None


def _meaning(graph: PersonaGraph, fact: Fact) -> tuple[str, str, str]:
    value = graph.nodes[fact.object]
    return fact.subject, fact.relation, f"{value.type}:{label_key(value.label, value.type)}"


def _age(fact: Fact) -> tuple[str, str]:
    return (fact.recorded_at.isoformat() if fact.recorded_at else "", fact.id)


def _joined(facts: list[Fact]) -> Fact:
    evidence = dict.fromkeys(source for fact in facts for source in fact.evidence)
    return replace(
        facts[0],
        evidence=tuple(evidence)[:MAX_EVIDENCE],
        confidence=max(fact.confidence for fact in facts),
        valid_from=_earliest(fact.valid_from for fact in facts),
        visibility=_narrowest(facts),
    )


def _earliest(dates: Iterable[str | None]) -> str | None:
    """The earliest beginning that is known; None if one of them has always held."""
    found: str | None = None
    for index, date in enumerate(dates):
        if date is None:
            return None
        if index == 0 or certainly_before(date, found):
            found = date
    return found


def _narrowest(facts: list[Fact]) -> tuple[str, ...]:
    """Who may learn what was told twice: only those who might learn both."""
    first, *others = (fact.visibility for fact in facts)
    for other in others:
        if first == ("public",):
            first = other
        elif other != ("public",):
            first = tuple(who for who in first if who in other)
    return first
