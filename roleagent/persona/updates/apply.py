"""A graph as it is once an update is committed; the store does the same on disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from roleagent.persona.graph import PersonaGraph
from roleagent.types import Fact, GraphUpdate


def applied(graph: PersonaGraph, update: GraphUpdate, *, at: datetime) -> PersonaGraph:
    """A new graph: added facts join, ended and merged ones take the place of what they were.

    What the record said before goes to the history, superseded at `at`; a fact that was taken back as never
    having held goes there altogether.
    """
    nodes = dict(graph.nodes)
    for node in update.nodes:
        nodes.setdefault(node.id, node)
    facts = dict(graph.facts)
    history: list[Fact] = []
    for fact in update.superseded:
        history.append(replace(facts.pop(fact.id), superseded_at=at))
        if fact.superseded_at is None:
            facts[fact.id] = replace(fact, recorded_at=at)
    for fact in (*update.merged, *update.added):
        facts[fact.id] = fact
    return PersonaGraph(
        nodes=nodes.values(),
        facts=facts.values(),
        relations=graph.relations,
        history=(*graph.history, *history),
    )
