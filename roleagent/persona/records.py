"""The graph as it was on record at another moment: before a fact was learned, ended or taken back."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime

from roleagent.errors import InputError
from roleagent.persona.graph import PersonaGraph
from roleagent.persona.overlay import Learned
from roleagent.types import Fact


def on_record(graph: PersonaGraph, moment: datetime) -> PersonaGraph:
    """The graph as it was on record at a moment: of each fact the version whose recorded interval holds it.

    The interval runs from `recorded_at` (always, if None) until `superseded_at`, the latter not included.
    Nodes stay, and the history ends at the moment. A fact of the layer ``current`` that a learned version
    took the place of is back before that one was recorded.

    Raises:
        InputError: the moment has no zone.
    """
    if moment.tzinfo is None:
        raise InputError(f"{moment!r} has no zone: pass an aware datetime.")
    base = graph.base
    if base.cached("records", lambda: _has_records(base)):
        return _flat_on_record(graph, moment)
    return _learned_on_record(graph, moment)


def _is_on_record(fact: Fact, moment: datetime) -> bool:
    begun = fact.recorded_at is None or fact.recorded_at <= moment
    return begun and (fact.superseded_at is None or moment < fact.superseded_at)


def _has_records(graph: PersonaGraph) -> bool:
    facts = graph.facts.values()
    return bool(graph.history) or any(fact.recorded_at or fact.superseded_at for fact in facts)


def _versions(facts: Iterable[Fact], graph: PersonaGraph, moment: datetime) -> dict[str, Fact]:
    """By id the version on record, of some facts before the history."""
    found: dict[str, Fact] = {}
    for fact in (*facts, *graph.history):
        is_whole = fact.subject in graph.nodes and fact.object in graph.nodes
        if is_whole and _is_on_record(fact, moment):
            found.setdefault(fact.id, fact)
    return found


def _former(graph: PersonaGraph, facts: Iterable[Fact], moment: datetime) -> tuple[Fact, ...]:
    every = (*graph.history, *facts)
    return tuple(fact for fact in every if fact.superseded_at is not None and fact.superseded_at <= moment)


def _flat_on_record(graph: PersonaGraph, moment: datetime) -> PersonaGraph:
    hidden = [graph.base.facts[fact_id] for fact_id in graph.learned.hidden_facts]
    facts = _versions(graph.facts.values(), graph, moment)
    for fact in hidden:
        if _is_on_record(fact, moment):
            facts.setdefault(fact.id, fact)
    return PersonaGraph(
        nodes=graph.nodes.values(),
        facts=facts.values(),
        relations=graph.relations,
        history=_former(graph, graph.facts.values(), moment),
    )


def _learned_on_record(graph: PersonaGraph, moment: datetime) -> PersonaGraph:
    learned = graph.learned
    facts = {
        fact_id: fact
        for fact_id, fact in _versions(learned.facts.values(), graph, moment).items()
        if _may_stand(graph, fact_id)
    }
    if not graph.history and len(facts) == len(learned.facts):
        return graph
    begun = _begun(learned.facts.values(), graph.history, moment)
    layer = Learned(
        nodes=learned.nodes,
        facts=facts,
        hidden_facts=frozenset(
            fact_id for fact_id in {*learned.hidden_facts, *facts} if _is_hidden(graph, fact_id, facts, begun)
        ),
        hidden_nodes=learned.hidden_nodes,
    )
    return graph.base.overlaid(layer, history=_former(graph, learned.facts.values(), moment))


def _may_stand(graph: PersonaGraph, fact_id: str) -> bool:
    """Whether a version may be shown: the base has no such fact, or one that gave way."""
    there = graph.base.facts.get(fact_id)
    return there is None or fact_id in graph.learned.hidden_facts or _gives_way(there)


def _gives_way(fact: Fact) -> bool:
    return fact.layer == "current" and not fact.fixed


def _begun(facts: Iterable[Fact], history: Iterable[Fact], moment: datetime) -> set[str]:
    """Ids of the facts that had a version before or at a moment."""
    return {f.id for f in (*facts, *history) if f.recorded_at is None or f.recorded_at <= moment}


def _is_hidden(graph: PersonaGraph, fact_id: str, facts: Container[str], begun: Container[str]) -> bool:
    return fact_id in graph.base.facts and (fact_id in facts or fact_id in begun)
