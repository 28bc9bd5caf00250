"""Take out of a graph what must not be seen, and say what was taken.

A rule judges one fact at a time. The base of a graph is judged once and kept (`PersonaGraph.cached`); what
was learned is judged each turn, so that the cost of a turn grows with what was learned.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Protocol, TypeVar

from roleagent.persona.graph import PersonaGraph
from roleagent.persona.overlay import Learned
from roleagent.types import Fact, Node

_Item = TypeVar("_Item", Fact, Node)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A graph without some of its parts.

    Attributes:
        graph: what is left.
        facts: the facts that were taken out, as they were.
        nodes: the nodes that were taken out, whose labels no text should hold; values among them.
    """

    graph: PersonaGraph
    facts: tuple[Fact, ...] = ()
    nodes: tuple[Node, ...] = ()


class Rule(Protocol):
    """What a cut takes out."""

    def kept(self, fact: Fact) -> Fact | None:
        """The fact as it stays, or None to take it out; its ends are the same."""

    def drops(self, node: Node) -> bool:
        """Whether a node goes that had facts taken out and has none left."""


def cut_base(graph: PersonaGraph, rule: Rule) -> Cut:
    """Cut a graph without a learned layer; the cost grows with the graph."""
    judged = [(fact, rule.kept(fact)) for fact in graph.facts.values()]
    if all(fact is kept for fact, kept in judged) and _history(graph, rule, ()) == graph.history:
        return Cut(graph=graph)
    facts = [kept for _, kept in judged if kept is not None]
    removed = tuple(fact for fact, kept in judged if kept is None)
    lone = ends(removed) - ends(facts)
    gone = {node_id for node_id in lone if rule.drops(graph.nodes[node_id])}
    nodes = [node for node in graph.nodes.values() if node.id not in gone]
    taken = _nodes(graph, gone)
    narrow = graph.narrowed(nodes=nodes, facts=facts, history=_history(graph, rule, taken))
    return Cut(graph=narrow, facts=removed, nodes=taken)


def cut_over(graph: PersonaGraph, base: Cut, rule: Rule) -> Cut:
    """Cut a graph whose base has been cut; the cost grows with what was learned.

    Args:
        graph: the whole.
        base: the cut of `graph.base` by the same rule.
        rule: judges what was learned.
    """
    if graph.base is graph:
        return base
    judged = [(fact, rule.kept(fact)) for fact in graph.learned.facts.values()]
    facts = {kept.id: kept for _, kept in judged if kept is not None}
    removed = tuple(fact for fact, kept in judged if kept is None)
    named = ends(facts.values())
    back = {end for end in named if end not in base.graph.nodes and end not in graph.learned.nodes}
    gone = {node_id for node_id in _lone(graph, base, removed, named) if rule.drops(graph.nodes[node_id])}
    learned = _layer(graph, base, facts, back=back, gone=gone)
    nodes = _without(base.nodes, back | graph.learned.hidden_nodes)
    nodes = (*_nodes(graph, gone), *nodes) if gone else nodes
    taken = _without(base.facts, graph.learned.hidden_facts)
    return Cut(
        graph=base.graph.overlaid(learned, history=_history(graph, rule, nodes)),
        facts=(*removed, *taken) if removed else taken,
        nodes=nodes,
    )


def _lone(graph: PersonaGraph, base: Cut, removed: Iterable[Fact], named: set[str]) -> set[str]:
    """The nodes that this cut leaves without a fact, beside those that the base's cut left so."""
    hidden = graph.learned.hidden_facts
    taken = ends(removed)
    suspects = taken | ends(graph.base.facts[fact_id] for fact_id in hidden)
    return {
        node_id
        for node_id in suspects - named
        if _is_there(graph, base, node_id)
        and all(fact.id in hidden for fact in base.graph.facts_of(node_id))
        and (node_id in taken or _lost_some(graph, base, node_id))
    }


def _is_there(graph: PersonaGraph, base: Cut, node_id: str) -> bool:
    """Whether a node of the whole graph was not taken out with the base's."""
    return node_id in graph.nodes and (node_id in graph.learned.nodes or node_id in base.graph.nodes)


def _lost_some(graph: PersonaGraph, base: Cut, node_id: str) -> bool:
    """Whether the base's cut took facts of a node, though something learned may stand in their place."""
    left = base.graph.facts
    return any(fact.id not in left for fact in graph.base.facts_of(node_id))


def _layer(
    graph: PersonaGraph, base: Cut, facts: dict[str, Fact], *, back: set[str], gone: set[str]
) -> Learned:
    learned, left = graph.learned, base.graph
    own = {node_id: node for node_id, node in learned.nodes.items() if node_id not in gone}
    hidden_nodes = {*learned.hidden_nodes, *(node_id for node_id in gone if node_id not in learned.nodes)}
    return Learned(
        nodes={**{node_id: graph.nodes[node_id] for node_id in sorted(back)}, **own},
        facts=facts,
        hidden_facts=frozenset(fact_id for fact_id in learned.hidden_facts if fact_id in left.facts),
        hidden_nodes=frozenset(node_id for node_id in hidden_nodes if node_id in left.nodes),
    )


def _without(items: tuple[_Item, ...], ids: Set[str]) -> tuple[_Item, ...]:
    return tuple(item for item in items if item.id not in ids) if ids else items


def _history(graph: PersonaGraph, rule: Rule, taken: Iterable[Node]) -> tuple[Fact, ...]:
    """What of the history stays: it names nothing that was taken out."""
    if not graph.history:
        return ()
    gone = {node.id for node in taken}
    kept = (rule.kept(fact) for fact in graph.history)
    return tuple(fact for fact in kept if fact and fact.subject not in gone and fact.object not in gone)


def _nodes(graph: PersonaGraph, ids: Iterable[str]) -> tuple[Node, ...]:
    return tuple(graph.nodes[node_id] for node_id in sorted(ids))


def ends(facts: Iterable[Fact]) -> set[str]:
    """Ids of the nodes that some facts name."""
    return {end for fact in facts for end in (fact.subject, fact.object)}
