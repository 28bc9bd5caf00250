"""A graph in two layers: a base that stays as it is, and what was learned laid over it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

from roleagent.types import Fact, Node, Relation

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """The upper layer of a graph; its content never changes.

    Attributes:
        nodes: nodes that the base lacks, by id.
        facts: facts by id, including those that replace one of the base.
        hidden_facts: ids of the base's facts that are gone or replaced.
        hidden_nodes: ids of the base's nodes that are gone.
    """

    nodes: Mapping[str, Node]
    facts: Mapping[str, Fact]
    hidden_facts: frozenset[str] = frozenset()
    hidden_nodes: frozenset[str] = frozenset()


class LayeredGraph(Protocol):
    """What questions to a graph and cuts of it need; `PersonaGraph` says what each member means."""

    @property
    def nodes(self) -> Mapping[str, Node]:
        """Nodes by id."""

    @property
    def facts(self) -> Mapping[str, Fact]:
        """Facts by id."""

    @property
    def relations(self) -> Mapping[str, Relation]:
        """The vocabulary by name."""

    @property
    def history(self) -> tuple[Fact, ...]:
        """Former versions of facts."""

    @property
    def base(self) -> Self:
        """The graph without what was learned."""

    @property
    def learned(self) -> Learned:
        """What lies over the base."""

    @property
    def facts_by_relation(self) -> Mapping[str, Sequence[Fact]]:
        """The facts of each relation, of what this graph adds to its base or of the whole."""

    def facts_of(self, node_id: str) -> tuple[Fact, ...]:
        """The facts in which a node is subject or object."""

    def cached(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """A result that is kept with the graph."""

    def overlaid(self, learned: Learned, *, history: tuple[Fact, ...] = ()) -> Self:
        """The base with something laid over it."""

    def narrowed(self, *, nodes: Iterable[Node], facts: Iterable[Fact], history: Iterable[Fact]) -> Self:
        """A graph of some of this base's nodes."""

    def rebuilt(self, *, facts: Iterable[Fact], history: Iterable[Fact]) -> Self:
        """A graph of the same nodes in one layer, with other facts."""


class Layered(Mapping[str, _Item]):
    """Two mappings seen as one: the upper's items, then those of the lower that are not hidden.

    Args:
        upper: shares no key with what is seen of `lower`.
        lower: holds every hidden key.
    """

    def __init__(
        self, upper: Mapping[str, _Item], lower: Mapping[str, _Item], hidden: Collection[str]
    ) -> None:
        self._upper, self._lower, self._hidden = upper, lower, hidden

    def __getitem__(self, key: str) -> _Item:
        """The item of a key, the upper's before the lower's."""
        if key in self._upper:
            return self._upper[key]
        if key in self._hidden:
            raise KeyError(key)
        return self._lower[key]

    def __contains__(self, key: object) -> bool:
        return key in self._upper or (key in self._lower and key not in self._hidden)

    def __iter__(self) -> Iterator[str]:
        yield from self._upper
        if not self._hidden:
            yield from self._lower
            return
        for key in self._lower:
            if key not in self._hidden:
                yield key

    def __len__(self) -> int:
        return len(self._upper) + len(self._lower) - len(self._hidden)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self)!r})"


def links(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    """The facts of each node that one names, in their order; a fact about itself is there once."""
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        found.setdefault(fact.subject, []).append(fact)
        if fact.object != fact.subject:
            found.setdefault(fact.object, []).append(fact)
    return found
