"""The persona graph: what a character is and knows, as typed nodes and facts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from roleagent.persona.mentions import MentionFinder
from roleagent.types import Fact, Node, Relation

if TYPE_CHECKING:
    import networkx as nx


class PersonaGraph:
    """An immutable multigraph of nodes and facts; every change gives a new graph.

    Args:
        nodes: every node that a fact names must be among them.
        facts: ids are unique.
        relations: the vocabulary, by name.

    Raises:
        ValueError: a fact names a node that is not there, or two facts share an id.
    """

    def __init__(
        self, *, nodes: Iterable[Node], facts: Iterable[Fact], relations: Mapping[str, Relation]
    ) -> None:
        self._nodes = {node.id: node for node in nodes}
        self._facts: dict[str, Fact] = {}
        self._facts_of: dict[str, list[Fact]] = {node_id: [] for node_id in self._nodes}
        self._relations = dict(relations)
        for fact in facts:
            self._link(fact)

    def _link(self, fact: Fact) -> None:
        if fact.id in self._facts:
            raise ValueError(f"Two facts are called {fact.id!r}.")
        for end in (fact.subject, fact.object):
            if end not in self._nodes:
                raise ValueError(f"Fact {fact.id!r} names {end!r}, which is not a node.")
        self._facts[fact.id] = fact
        for end in {fact.subject, fact.object}:
            self._facts_of[end].append(fact)

    @property
    def nodes(self) -> Mapping[str, Node]:
        """Nodes by id."""
        return MappingProxyType(self._nodes)

    @property
    def facts(self) -> Mapping[str, Fact]:
        """Facts by id, ended ones included."""
        return MappingProxyType(self._facts)

    @property
    def relations(self) -> Mapping[str, Relation]:
        """The vocabulary by name."""
        return MappingProxyType(self._relations)

    def facts_of(self, node_id: str) -> tuple[Fact, ...]:
        """The facts in which a node is subject or object; none for an unknown node."""
        return tuple(self._facts_of.get(node_id, ()))

    def values(self, subject: str, relation: str) -> tuple[Fact, ...]:
        """The facts that hold now for a subject and a relation."""
        found = self._facts_of.get(subject, ())
        return tuple(
            fact
            for fact in found
            if fact.subject == subject and fact.relation == relation and fact.valid_to is None
        )

    def is_functional(self, relation: str) -> bool:
        """Whether a relation holds one value at a time."""
        known = self._relations.get(relation)
        return known is not None and known.cardinality == "functional"

    def mentioned_in(self, text: str) -> tuple[str, ...]:
        """Ids of the nodes that a text names by label or alias, in order of first mention."""
        return self._mentions.find(text)

    def neighbourhood(self, node_ids: Iterable[str], *, radius: int = 1) -> tuple[Fact, ...]:
        """Facts within `radius` steps of some nodes, nearest first.

        The cost grows with the neighbourhood, not with the graph.
        """
        distance = {node_id: 0 for node_id in node_ids if node_id in self._nodes}
        queue = deque(distance)
        found: dict[str, Fact] = {}
        while queue:
            node_id = queue.popleft()
            if distance[node_id] == radius:
                continue
            for fact in self._facts_of[node_id]:
                found.setdefault(fact.id, fact)
                for end in (fact.subject, fact.object):
                    if end not in distance:
                        distance[end] = distance[node_id] + 1
                        queue.append(end)
        return tuple(found.values())

    def with_learned(self, nodes: Iterable[Node], facts: Iterable[Fact]) -> PersonaGraph:
        """A new graph with learned nodes and facts laid over this one; canon wins a shared id."""
        merged_nodes = {node.id: node for node in nodes} | self._nodes
        merged_facts = {fact.id: fact for fact in facts} | self._facts
        return PersonaGraph(
            nodes=merged_nodes.values(), facts=merged_facts.values(), relations=self._relations
        )

    def to_networkx(self) -> nx.MultiDiGraph[str]:
        """A networkx copy: nodes carry type and label, edges (keyed by fact id) relation and text."""
        import networkx as nx

        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        for node in self._nodes.values():
            graph.add_node(node.id, type=node.type, label=node.label)
        for fact in self._facts.values():
            graph.add_edge(fact.subject, fact.object, key=fact.id, relation=fact.relation, text=fact.text)
        return graph

    @cached_property
    def _mentions(self) -> MentionFinder:
        return MentionFinder(self._nodes.values())

    def __eq__(self, other: object) -> bool:
        """Whether two graphs have the same nodes, facts and relations, in whatever order."""
        if not isinstance(other, PersonaGraph):
            return NotImplemented
        return (self._nodes, self._facts, self._relations) == (other._nodes, other._facts, other._relations)

    def __hash__(self) -> int:
        """Agrees with equality; cheap rather than fine."""
        return hash((len(self._nodes), len(self._facts)))

    def __len__(self) -> int:
        """How many facts there are."""
        return len(self._facts)

    def __repr__(self) -> str:
        return f"PersonaGraph({len(self._nodes)} nodes, {len(self._facts)} facts)"
