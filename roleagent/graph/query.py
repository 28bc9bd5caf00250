"""Questions to a graph: how two nodes are connected, and what fits a pattern.

A search looks at a limited number of facts. One that needs more raises an error instead of giving half an
answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from roleagent.errors import InputError
from roleagent.graph.overlay import LayeredGraph
from roleagent.types import Fact

Path = tuple[Fact, ...]
Pattern = tuple[str, str, str]
Binding = Mapping[str, str]

MAX_PATH_LENGTH = 8
MAX_PATTERNS = 12
MAX_LOOKED_AT = 500_000
"""Facts that one question may look at."""


class _Steps:
    """Counts the facts looked at, and stops a question that never ends."""

    def __init__(self, question: str) -> None:
        self._question, self._left = question, MAX_LOOKED_AT

    def take(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise InputError(
                f"{self._question} looked at {MAX_LOOKED_AT:,} facts and did not finish: "
                "name more nodes, or ask for less."
            )


def _holds(graph: LayeredGraph, fact: Fact) -> bool:
    """Whether a fact is not over: it has no end, or its relation is append-only."""
    if fact.valid_to is None:
        return True
    relation = graph.relations.get(fact.relation)
    return relation is not None and relation.cardinality == "append-only"


# ── paths ────────────────────────────────────────────────────────────────────────────────────────


def find_paths(
    graph: LayeredGraph,
    source: str,
    target: str,
    *,
    max_length: int = 4,
    limit: int = 10,
    ended: bool = False,
) -> tuple[Path, ...]:
    """Chains of facts from one node to another, the shortest first; none between unknown nodes.

    A path may follow a fact from either end, and comes to no node twice.

    Args:
        graph: where to look.
        source: id of the first node.
        target: id of the last.
        max_length: most facts in a path, up to `MAX_PATH_LENGTH`.
        limit: most paths.
        ended: whether facts that are over count.

    Raises:
        InputError: `max_length` is out of range, or the search looked at `MAX_LOOKED_AT` facts.
    """
    if not 1 <= max_length <= MAX_PATH_LENGTH:
        raise InputError(f"max_length is {max_length!r}: it must be from 1 to {MAX_PATH_LENGTH}.")
    if source == target or source not in graph.nodes or target not in graph.nodes:
        return ()
    search = _PathSearch(graph, source, target, ended=ended)
    found: list[Path] = []
    for length in range(1, max_length + 1):
        for path in search.of_length(length):
            if len(found) >= limit:
                return tuple(found)
            found.append(path)
    return tuple(found)


class _PathSearch:
    """Walks from the source only to nodes from which the target is near enough.

    Args:
        ended: whether facts that are over count.
    """

    def __init__(self, graph: LayeredGraph, source: str, target: str, *, ended: bool) -> None:
        self._graph, self._source, self._target, self._ended = graph, source, target, ended
        self._steps = _Steps(f"A search for paths from {source!r} to {target!r}")
        self._distance = {target: 0}  # facts between a node and the target, as far as is known
        self._reached = 0  # distance up to which all nodes are known
        self._edge = deque([target])

    def of_length(self, length: int) -> Iterator[Path]:
        """Paths of exactly `length` facts."""
        while self._reached < length - 1 and self._edge:
            self._widen()
        if self._near(self._source, length):
            yield from self._walk(self._source, length, [], {self._source})

    def _widen(self) -> None:
        """Learn which nodes are one step further from the target."""
        self._reached += 1
        edge, self._edge = self._edge, deque()
        for node_id in edge:
            for _, other in self._around(node_id):
                if other not in self._distance:
                    self._distance[other] = self._reached
                    self._edge.append(other)

    def _near(self, node_id: str, left: int) -> bool:
        """Whether the target may be at most `left` facts away."""
        return self._distance.get(node_id, self._reached + 1) <= left

    def _walk(self, node_id: str, left: int, path: list[Fact], seen: set[str]) -> Iterator[Path]:
        for fact, other in self._around(node_id):
            if other in seen or not self._near(other, left - 1):
                continue
            if other == self._target:
                if left == 1:
                    yield (*path, fact)
                continue
            yield from self._walk(other, left - 1, [*path, fact], {*seen, other})

    def _around(self, node_id: str) -> Iterator[tuple[Fact, str]]:
        for fact in self._graph.facts_of(node_id):
            self._steps.take()
            if self._ended or _holds(self._graph, fact):
                yield fact, fact.object if fact.subject == node_id else fact.subject


# ── patterns ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Term:
    """An end of a pattern: a node's id, or a variable.

    Attributes:
        name: the id, or the variable's name without its mark.
        node_type: what a variable may stand for; empty for anything.
    """

    name: str
    is_variable: bool
    node_type: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    subject: _Term
    relation: _Term
    object: _Term

    def known_ends(self, bound: Mapping[str, str]) -> list[str]:
        """The nodes that its ends stand for, without the ends that are still open."""
        values = (_value(end, bound) for end in (self.subject, self.object))
        return [node_id for node_id in values if node_id is not None]


def find_matches(
    graph: LayeredGraph, patterns: Sequence[Pattern], *, limit: int = 100, ended: bool = False
) -> tuple[Binding, ...]:
    """What the variables of some patterns stand for, so that a fact says each of them.

    A pattern is (subject, relation, object). An end is a node's id, a variable ``?who``, or one of a type
    ``?who:person``; a relation is a name or a variable. Symmetric relations fit both ways, and relations with
    an inverse fit the inverse's facts from the other end.

    Args:
        graph: where to look.
        patterns: up to `MAX_PATTERNS`.
        limit: most bindings.
        ended: whether facts that are over count.

    Returns:
        Variable (without its mark) -> node id or relation name; each binding once.

    Raises:
        InputError: a pattern is malformed, or the search looked at `MAX_LOOKED_AT` facts.
    """
    if not 1 <= len(patterns) <= MAX_PATTERNS:
        raise InputError(f"match takes 1 to {MAX_PATTERNS} patterns, and got {len(patterns)}.")
    search = _Matching(graph, ended=ended)
    found: dict[tuple[tuple[str, str], ...], Binding] = {}
    if limit < 1:
        return ()
    for binding in search.bindings([_asked(pattern) for pattern in patterns], {}):
        found.setdefault(tuple(sorted(binding.items())), binding)
        if len(found) >= limit:
            break
    return tuple(found.values())


def _asked(pattern: Pattern) -> _Asked:
    if len(pattern) != 3 or not all(isinstance(part, str) and part.strip("?: ") for part in pattern):
        raise InputError(f"{pattern!r} is not a pattern: write (subject, relation, object).")
    subject, relation, object_ = map(_term, pattern)
    if relation.node_type:
        raise InputError(f"The relation {pattern[1]!r} of {pattern!r} has no type: write a name or ?name.")
    return _Asked(subject, relation, object_)


def _term(text: str) -> _Term:
    if not text.startswith("?"):
        return _Term(text, is_variable=False)
    name, _, node_type = text[1:].partition(":")
    if not name:
        raise InputError(f"The variable {text!r} has no name: write ?name or ?name:type.")
    return _Term(name, is_variable=True, node_type=node_type)


class _Matching:
    """Fills in one pattern after the other, the one with the fewest candidates first."""

    def __init__(self, graph: LayeredGraph, *, ended: bool) -> None:
        self._graph, self._ended = graph, ended
        self._steps = _Steps("A match")
        self._inverses = _inverses(graph)

    def bindings(self, asked: Sequence[_Asked], bound: dict[str, str]) -> Iterator[Binding]:
        """Every way to fill in some patterns, with what is bound already."""
        if not asked:
            yield bound
            return
        first = min(asked, key=lambda each: self._num_open(each, bound))
        rest = [each for each in asked if each is not first]
        for filled in self._fill(first, bound):
            yield from self.bindings(rest, filled)

    def _num_open(self, asked: _Asked, bound: Mapping[str, str]) -> tuple[int, int]:
        """How many ends are not known yet, and how many facts there are to look at."""
        known = asked.known_ends(bound)
        if known:
            return 2 - len(known), min(len(self._graph.facts_of(node_id)) for node_id in known)
        return 2, 0 if _value(asked.relation, bound) is not None else 1

    def _fill(self, asked: _Asked, bound: dict[str, str]) -> Iterator[dict[str, str]]:
        for fact in self._candidates(asked, bound):
            self._steps.take()
            if not self._ended and not _holds(self._graph, fact):
                continue
            for subject, relation, object_ in self._readings(fact):
                filled = self._bind(asked.subject, subject, bound)
                filled = self._bind(asked.relation, relation, filled, is_node=False)
                filled = self._bind(asked.object, object_, filled)
                if filled is not None:
                    yield filled

    def _candidates(self, asked: _Asked, bound: Mapping[str, str]) -> Iterator[Fact]:
        graph = self._graph
        known = asked.known_ends(bound)
        if known:
            yield from min(map(graph.facts_of, known), key=len)
            return
        relation = _value(asked.relation, bound)
        if relation is None:
            yield from graph.facts.values()
            return
        for name in (relation, *self._inverses.get(relation, ())):
            yield from graph.facts_by_relation.get(name, ())
            if graph.base is not graph:
                below = graph.base.facts_by_relation.get(name, ())
                yield from (fact for fact in below if fact.id not in graph.learned.hidden_facts)

    def _readings(self, fact: Fact) -> Iterator[tuple[str, str, str]]:
        """What a fact says: itself, and the same from the other end."""
        yield fact.subject, fact.relation, fact.object
        relation = self._graph.relations.get(fact.relation)
        if relation is not None and relation.symmetric:
            yield fact.object, fact.relation, fact.subject
        for name in self._inverses.get(fact.relation, ()):
            yield fact.object, name, fact.subject

    def _bind(
        self, term: _Term, value: str, bound: dict[str, str] | None, *, is_node: bool = True
    ) -> dict[str, str] | None:
        """The bindings with one more, or None if it does not fit."""
        if bound is None:
            return None
        if not term.is_variable:
            return bound if term.name == value else None
        if is_node and term.node_type and self._graph.nodes[value].type != term.node_type:
            return None
        if bound.get(term.name, value) != value:
            return None
        return {**bound, term.name: value}


def _value(term: _Term, bound: Mapping[str, str]) -> str | None:
    return bound.get(term.name) if term.is_variable else term.name


def _inverses(graph: LayeredGraph) -> dict[str, set[str]]:
    """The relations that say the same from the other end, whichever of the two declares it."""
    found: dict[str, set[str]] = {}
    for relation in graph.relations.values():
        if relation.inverse is not None:
            found.setdefault(relation.name, set()).add(relation.inverse)
            found.setdefault(relation.inverse, set()).add(relation.name)
    return found
