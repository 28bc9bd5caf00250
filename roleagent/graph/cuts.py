"""Parts of a graph: what is left when a rule takes facts out, and what was on record at a moment.

A rule judges one fact at a time. The base of a graph is judged once and kept (`PersonaGraph.cached`); what
was learned is judged again for each turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from roleagent.errors import InputError
from roleagent.graph.overlay import LayeredGraph, Learned
from roleagent.types import Fact, Node

_FactOrNode = TypeVar("_FactOrNode", Fact, Node)
_Graph = TypeVar("_Graph", bound=LayeredGraph)


def on_record(graph: _Graph, moment: datetime) -> _Graph:
    """The graph as it was on record at a moment: of each fact the version whose recorded interval holds it.

    The interval runs from `recorded_at` (always, if None) until `superseded_at`, the latter not included.
    Nodes stay, and the history ends at the moment. If a learned version replaced a fact of the
    layer ``current``, that fact is back at any moment before the version was recorded.

    Raises:
        InputError: the moment has no zone.
    """
    if moment.tzinfo is None:
        raise InputError(f"{moment!r} has no zone: pass an aware datetime.")
    base = graph.base
    has_records = base.cached(
        "records",
        lambda: bool(base.history) or any(f.recorded_at or f.superseded_at for f in base.facts.values()),
    )
    if has_records:
        return _flat_on_record(graph, moment)
    return _learned_on_record(graph, moment)


def _is_on_record(fact: Fact, moment: datetime) -> bool:
    begun = fact.recorded_at is None or fact.recorded_at <= moment
    return begun and (fact.superseded_at is None or moment < fact.superseded_at)


def _versions(facts: Iterable[Fact], graph: LayeredGraph, moment: datetime) -> dict[str, Fact]:
    """The version of each fact that was on record, by id; of several, one of `facts` before the history's."""
    found: dict[str, Fact] = {}
    for fact in (*facts, *graph.history):
        is_whole = fact.subject in graph.nodes and fact.object in graph.nodes
        if is_whole and _is_on_record(fact, moment):
            found.setdefault(fact.id, fact)
    return found


def _former(graph: LayeredGraph, facts: Iterable[Fact], moment: datetime) -> tuple[Fact, ...]:
    every = (*graph.history, *facts)
    return tuple(fact for fact in every if fact.superseded_at is not None and fact.superseded_at <= moment)


def _flat_on_record(graph: _Graph, moment: datetime) -> _Graph:
    hidden = [graph.base.facts[fact_id] for fact_id in graph.learned.hidden_facts]
    facts = _versions(graph.facts.values(), graph, moment)
    for fact in hidden:
        if _is_on_record(fact, moment):
            facts.setdefault(fact.id, fact)
    return graph.rebuilt(facts=facts.values(), history=_former(graph, graph.facts.values(), moment))


def _learned_on_record(graph: _Graph, moment: datetime) -> _Graph:
    learned = graph.learned
    facts = {
        fact_id: fact
        for fact_id, fact in _versions(learned.facts.values(), graph, moment).items()
        if _may_stand(graph, fact_id)
    }
    if not graph.history and len(facts) == len(learned.facts):
        return graph
    had_begun = {
        fact.id
        for fact in (*learned.facts.values(), *graph.history)
        if fact.recorded_at is None or fact.recorded_at <= moment
    }
    hidden = {*facts, *(learned.hidden_facts & had_begun)}
    layer = Learned(
        nodes=learned.nodes,
        facts=facts,
        hidden_facts=frozenset(fact_id for fact_id in hidden if fact_id in graph.base.facts),
        hidden_nodes=learned.hidden_nodes,
    )
    return graph.base.overlaid(layer, history=_former(graph, learned.facts.values(), moment))


def _may_stand(graph: LayeredGraph, fact_id: str) -> bool:
    """Whether a version may be shown: the base has no such fact, or one that gave way."""
    there = graph.base.facts.get(fact_id)
    if there is None or fact_id in graph.learned.hidden_facts:
        return True
    return there.layer == "current" and not there.fixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut(Generic[_Graph]):
    """A graph without some of its parts.

    Attributes:
        graph: what is left.
        facts: the facts that were taken out, as they were.
        nodes: the nodes that were taken out, whose labels no text should hold; values among them.
    """

    graph: _Graph
    facts: tuple[Fact, ...] = ()
    nodes: tuple[Node, ...] = ()


class Rule(Protocol):
    """What a cut takes out."""

    def kept(self, fact: Fact) -> Fact | None:
        """The fact as it stays, or None to take it out; its ends are the same."""

    def drops(self, node: Node) -> bool:
        """Whether to take out a node that lost facts and has none left."""


def cut_base(graph: _Graph, rule: Rule) -> Cut[_Graph]:
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


def cut_over(graph: _Graph, base: Cut[_Graph], rule: Rule) -> Cut[_Graph]:
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


def _lone(graph: _Graph, base: Cut[_Graph], removed: Iterable[Fact], named: set[str]) -> set[str]:
    """The nodes that this cut leaves without a fact, and that the cut of the base did not."""
    hidden = graph.learned.hidden_facts
    taken = ends(removed)
    suspects = taken | ends(graph.base.facts[fact_id] for fact_id in hidden)
    left = base.graph
    return {
        node_id
        for node_id in suspects - named
        if node_id in graph.nodes
        and (node_id in graph.learned.nodes or node_id in left.nodes)
        and all(fact.id in hidden for fact in left.facts_of(node_id))
        # This cut or the base's took a fact of the node; something learned may have stood in for the base's.
        and (node_id in taken or any(fact.id not in left.facts for fact in graph.base.facts_of(node_id)))
    }


def _layer(
    graph: _Graph, base: Cut[_Graph], facts: dict[str, Fact], *, back: set[str], gone: set[str]
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


def _without(items: tuple[_FactOrNode, ...], ids: Set[str]) -> tuple[_FactOrNode, ...]:
    return tuple(item for item in items if item.id not in ids) if ids else items


def _history(graph: LayeredGraph, rule: Rule, taken: Iterable[Node]) -> tuple[Fact, ...]:
    """The part of the history that stays: it names nothing that was taken out."""
    if not graph.history:
        return ()
    gone = {node.id for node in taken}
    kept = (rule.kept(fact) for fact in graph.history)
    return tuple(fact for fact in kept if fact and fact.subject not in gone and fact.object not in gone)


def _nodes(graph: LayeredGraph, ids: Iterable[str]) -> tuple[Node, ...]:
    return tuple(graph.nodes[node_id] for node_id in sorted(ids))


def ends(facts: Iterable[Fact]) -> set[str]:
    """Ids of the nodes that some facts name."""
    return {end for fact in facts for end in (fact.subject, fact.object)}
