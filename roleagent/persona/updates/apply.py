"""A graph as it is once an update is committed; the store does the same on disk."""

from __future__ import annotations

from roleagent.persona.graph import PersonaGraph
from roleagent.types import GraphUpdate


def applied(graph: PersonaGraph, update: GraphUpdate) -> PersonaGraph:
    """A new graph: added facts join, ended and merged ones take the place of what they were."""
    nodes = dict(graph.nodes)
    for node in update.nodes:
        nodes.setdefault(node.id, node)
    facts = dict(graph.facts)
    for fact in (*update.superseded, *update.merged, *update.added):
        facts[fact.id] = fact
    return PersonaGraph(nodes=nodes.values(), facts=facts.values(), relations=graph.relations)
