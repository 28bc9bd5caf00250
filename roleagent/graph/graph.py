"""The persona graph: what a character is and knows, as typed nodes and facts."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from roleagent.graph.cache import LastUsed
from roleagent.graph.mentions import MentionFinder, Names, find_mentions
from roleagent.graph.overlay import Layered, Learned, links
from roleagent.types import Fact, Node, Relation

if TYPE_CHECKING:
    import networkx as nx
    from torch_geometric.data import Data

    from roleagent.graph.query import Binding, Path, Pattern
    from roleagent.graph.search import Hit, SearchIndex

_NUM_CUTS = 16  # dates and audiences of which a graph keeps the view
_NUM_READINGS = 16  # what others computed of its facts

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class PersonaGraph:
    """An immutable multigraph of nodes and facts; every change returns a new graph.

    What is learned lies over a base that stays as it is, so that a turn costs in proportion to what was
    learned. The two read as one graph: what was learned comes first, then the base in its own order.

    Args:
        nodes: every node that a fact names must be among them.
        facts: ids are unique.
        relations: the vocabulary, by name.
        history: former versions of facts, with `Fact.superseded_at`; ids may repeat.

    Raises:
        ValueError: a fact names a node that is not there, or two facts share an id.
    """

    def __init__(
        self,
        *,
        nodes: Iterable[Node],
        facts: Iterable[Fact],
        relations: Mapping[str, Relation],
        history: Iterable[Fact] = (),
    ) -> None:
        by_id: dict[str, Fact] = {}
        for fact in facts:
            if fact.id in by_id:
                raise ValueError(f"Two facts are called {fact.id!r}.")
            by_id[fact.id] = fact
        learned = Learned(nodes=_NOTHING, facts=_NOTHING)
        self._set({node.id: node for node in nodes}, by_id, dict(relations), tuple(history), learned)
        self._check_ends(by_id.values())

    def _set(
        self,
        nodes: Mapping[str, Node],
        facts: Mapping[str, Fact],
        relations: Mapping[str, Relation],
        history: tuple[Fact, ...],
        learned: Learned,
        base: PersonaGraph | None = None,
    ) -> None:
        self._nodes, self._facts = nodes, facts
        self._relations = relations
        self._history = history
        self._learned, self._base = learned, base
        self._links = links((facts if base is None else learned.facts).values())
        self._wider: PersonaGraph | None = None  # the graph that this one is a part of, and has the names of
        self._cuts, self._readings = LastUsed(_NUM_CUTS), LastUsed(_NUM_READINGS)

    def _check_ends(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            for end in (fact.subject, fact.object):
                if end not in self._nodes:
                    raise ValueError(f"Fact {fact.id!r} names {end!r}, which is not a node.")

    # ── what there is ────────────────────────────────────────────────────────────────────────

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

    @property
    def history(self) -> tuple[Fact, ...]:
        """Former versions of facts; ids may repeat."""
        return self._history

    @property
    def base(self) -> PersonaGraph:
        """The graph without what was learned; this one if nothing was."""
        return self if self._base is None else self._base

    @property
    def learned(self) -> Learned:
        """What lies over the base."""
        return self._learned

    def facts_of(self, node_id: str) -> tuple[Fact, ...]:
        """The facts in which a node is subject or object; none for an unknown node."""
        return tuple(self._facts_at(node_id))

    def _facts_at(self, node_id: str) -> Sequence[Fact]:
        own = self._links.get(node_id, ())
        if self._base is None:
            return own
        below = self._base._links.get(node_id, ())
        hidden = self._learned.hidden_facts
        if hidden:
            below = [fact for fact in below if fact.id not in hidden]
        return [*own, *below] if own else below

    def values(self, subject: str, relation: str) -> tuple[Fact, ...]:
        """The facts that hold now for a subject and a relation."""
        return tuple(
            fact
            for fact in self._facts_at(subject)
            if fact.subject == subject and fact.relation == relation and fact.valid_to is None
        )

    def is_functional(self, relation: str) -> bool:
        """Whether a relation holds one value at a time."""
        known = self._relations.get(relation)
        return known is not None and known.cardinality == "functional"

    # ── around what a text names ─────────────────────────────────────────────────────────────

    def mentioned_in(self, text: str) -> tuple[str, ...]:
        """Ids of the nodes that a text names by label or alias, in order of first mention."""
        return find_mentions(text, self._names)

    @property
    def _names(self) -> list[Names]:
        if self._base is None:
            return [(self._finder, None if self._wider is None else self._nodes)]
        hidden = self._learned.hidden_nodes
        [(finder, among)] = self._base._names
        if hidden:
            among = Layered(_NOTHING, self._base._nodes, hidden)
        return [(self._finder, None), (finder, among)]

    @cached_property
    def _finder(self) -> MentionFinder:
        if self._wider is not None:
            return self._wider._finder
        return MentionFinder((self._nodes if self._base is None else self._learned.nodes).values())

    def neighbourhood(self, node_ids: Iterable[str], *, radius: int = 1) -> tuple[Fact, ...]:
        """Facts within `radius` steps of some nodes, nearest first.

        The cost grows with the neighbourhood, not with the graph.
        """
        return tuple(self.around(node_ids, radius=radius))

    def around(self, node_ids: Iterable[str], *, radius: int = 1) -> Iterator[Fact]:
        """The same one by one: whoever needs only the first few pays for no more."""
        distance = {node_id: 0 for node_id in node_ids if node_id in self._nodes}
        queue = deque(distance)
        found: set[str] = set()
        while queue:
            node_id = queue.popleft()
            if distance[node_id] == radius:
                continue
            for fact in self._facts_at(node_id):
                if fact.id not in found:
                    found.add(fact.id)
                    yield fact
                for end in (fact.subject, fact.object):
                    if end not in distance:
                        distance[end] = distance[node_id] + 1
                        queue.append(end)

    # ── questions ────────────────────────────────────────────────────────────────────────────

    def paths(
        self, source: str, target: str, *, max_length: int = 4, limit: int = 10, ended: bool = False
    ) -> tuple[Path, ...]:
        """How two nodes are connected: chains of facts, the shortest first; see `query.find_paths`."""
        from roleagent.graph.query import find_paths

        return find_paths(self, source, target, max_length=max_length, limit=limit, ended=ended)

    def match(
        self, patterns: Sequence[Pattern], *, limit: int = 100, ended: bool = False
    ) -> tuple[Binding, ...]:
        """What the variables of some patterns can stand for; see `query.find_matches`."""
        from roleagent.graph.query import find_matches

        return find_matches(self, patterns, limit=limit, ended=ended)

    def search(self, text: str, limit: int = 10) -> tuple[Hit, ...]:
        """Nodes and facts whose words are those of a text, best first; see `roleagent.graph.search`."""
        from roleagent.graph.search import search

        indexes: dict[SearchIndex, Sequence[int]] = {self.search_index: ()}
        if self._base is not None:
            below = self._base.search_index
            indexes[below] = below.hidden_by(self._learned)
        return search(text, indexes, nodes=self._nodes, facts=self._facts, limit=limit)

    @cached_property
    def search_index(self) -> SearchIndex:
        """The words of what this graph adds to its base; of the whole graph if it has no base."""
        from roleagent.graph.search import SearchIndex

        whole = self._base is None
        nodes = self._nodes if whole else self._learned.nodes
        facts = self._facts if whole else self._learned.facts
        return SearchIndex(nodes.values(), facts.values())

    @cached_property
    def facts_by_relation(self) -> Mapping[str, Sequence[Fact]]:
        """The facts of each relation, of what this graph adds to its base or of the whole."""
        found: dict[str, list[Fact]] = {}
        for fact in (self._facts if self._base is None else self._learned.facts).values():
            found.setdefault(fact.relation, []).append(fact)
        return found

    # ── other graphs ─────────────────────────────────────────────────────────────────────────

    def with_learned(
        self, nodes: Iterable[Node], facts: Iterable[Fact], history: Iterable[Fact] = ()
    ) -> PersonaGraph:
        """A new graph with learned nodes and facts laid over this one.

        If an id is taken, what is there stays. Only a fact of the layer ``current`` that is not fixed gives
        way to the learned version. The cost grows with what was learned, not with the graph.

        Args:
            nodes: nodes that the facts need and the graph may lack.
            facts: as they stand now.
            history: former versions of facts, for `as_of`.

        Raises:
            ValueError: a fact names a node that is not there.
        """
        below, own = self.base._facts, self._learned
        new_nodes = {node.id: node for node in nodes if node.id not in self._nodes}
        new_facts = {fact.id: fact for fact in facts if self._gives_way(fact.id)}
        history = tuple(history)
        if not (new_nodes or new_facts or history):
            return self
        kept = {fact_id: fact for fact_id, fact in own.facts.items() if fact_id not in new_facts}
        learned = Learned(
            nodes={**new_nodes, **own.nodes},
            facts={**new_facts, **kept},
            hidden_facts=own.hidden_facts | {fact_id for fact_id in new_facts if fact_id in below},
            hidden_nodes=own.hidden_nodes,
        )
        graph = self.base.overlaid(learned, history=(*self._history, *history))
        graph._check_ends(new_facts.values())
        return graph

    def _gives_way(self, fact_id: str) -> bool:
        """Whether a learned fact may take an id: it is free, or its fact says how things stood at first."""
        there = self._facts.get(fact_id)
        return there is None or (there.layer == "current" and not there.fixed)

    def overlaid(self, learned: Learned, *, history: tuple[Fact, ...] = ()) -> PersonaGraph:
        """Lay something over this base; it must fit, as `Learned` and `Layered` say."""
        graph = PersonaGraph.__new__(PersonaGraph)
        nodes = Layered(learned.nodes, self._nodes, learned.hidden_nodes)
        facts = Layered(learned.facts, self._facts, learned.hidden_facts)
        graph._set(nodes, facts, self._relations, history, learned, base=self)
        return graph

    def narrowed(
        self, *, nodes: Iterable[Node], facts: Iterable[Fact], history: Iterable[Fact]
    ) -> PersonaGraph:
        """A graph of some of this base's nodes, in their order; it shares the index of names."""
        graph = PersonaGraph(nodes=nodes, facts=facts, relations=self._relations, history=history)
        graph._wider = self
        return graph

    def rebuilt(self, *, facts: Iterable[Fact], history: Iterable[Fact]) -> PersonaGraph:
        """A graph of the same nodes and relations in one layer, with other facts."""
        return PersonaGraph(
            nodes=self._nodes.values(), facts=facts, relations=self._relations, history=history
        )

    def cached(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """A view of this graph that is asked for every turn; the last few are kept."""
        return self._cuts.get(key, make)

    def reading(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What somebody computes of this graph, such as vectors of its facts; the last few are kept."""
        return self._readings.get(key, make)

    def as_of(
        self, *, valid: str | None = None, recorded: datetime | None = None, own: str = ""
    ) -> PersonaGraph:
        """The graph at another time.

        Args:
            valid: an ISO 8601 date of any precision: what holds at it; see `timeline.holding_at`.
            recorded: an aware moment: what was on record then; see `cuts.on_record`.
            own: id of the character's own node, which stays even if none of its facts do.

        Raises:
            InputError: `valid` is no date, or `recorded` has no zone.
        """
        from roleagent.graph.cuts import on_record
        from roleagent.graph.timeline import holding_at

        graph = self if recorded is None else on_record(self, recorded)
        return graph if valid is None else holding_at(graph, valid, own=own)

    def to_networkx(self) -> nx.MultiDiGraph[str]:
        """A networkx copy with all attributes; edges are keyed by fact id."""
        from roleagent.graph.tensors import as_networkx

        return as_networkx(self)

    def to_pyg(self) -> Data:
        """A torch_geometric copy; shapes are in `tensors.as_pyg`."""
        from roleagent.graph.tensors import as_pyg

        return as_pyg(self)

    # ── as a value ───────────────────────────────────────────────────────────────────────────

    def __eq__(self, other: object) -> bool:
        """Whether two graphs have the same nodes, facts, relations and history, in any order."""
        if not isinstance(other, PersonaGraph):
            return NotImplemented
        if self is other:
            return True
        return (
            self._nodes == other._nodes
            and self._facts == other._facts
            and self._relations == other._relations
            and set(self._history) == set(other._history)
        )

    def __hash__(self) -> int:
        """Agrees with equality; cheap rather than fine."""
        return hash((len(self._nodes), len(self._facts)))

    def __len__(self) -> int:
        """How many facts there are."""
        return len(self._facts)

    def __repr__(self) -> str:
        return f"PersonaGraph({len(self._nodes)} nodes, {len(self._facts)} facts)"
