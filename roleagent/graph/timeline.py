"""The graph at another date: what held at it, and what was known by then.

Dates may be known to the year, the month or the day; two of them are compared at the coarser precision. A
fact holds from `valid_from` until `valid_to`, the latter not included: a person who lived here until 1840 and
there from 1840 lives there in 1840. If both dates lie in the year asked for, the fact holds in that year. A
fact of an append-only relation, such as an event, holds from its date on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from roleagent.errors import InputError
from roleagent.graph.cuts import Cut, cut_base, cut_over
from roleagent.graph.overlay import LayeredGraph
from roleagent.graph.schema import DATE_RELATIONS, LITERAL, fact_sentence
from roleagent.language.dates import parse_date
from roleagent.types import Fact, Node, Relation

_Date = tuple[int, ...]
_Graph = TypeVar("_Graph", bound=LayeredGraph)

_BEGINNINGS = frozenset({"born_on", "happened_on"})  # of their subject, on the date that is their object
_MAKINGS = frozenset({"made", "wrote"})  # of their object, from the date since which they hold
_PASSING = frozenset({"event", "person", "animal", "machine", "work", LITERAL})
"""Types of nodes that do not exist before the first fact about them; a place, for example, did."""

# ── one fact and a date ──────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=10_000)
def _parsed(text: str) -> _Date | None:
    return parse_date(text)


def _is_before(first: _Date | None, second: _Date | None) -> bool:
    """Whether a date is certainly before another; False if one is not known."""
    if first is None or second is None:
        return False
    shared = min(len(first), len(second))
    return first[:shared] < second[:shared]


def starts_after(fact: Fact, date: _Date) -> bool:
    """Whether a fact has certainly not begun at a date."""
    return bool(fact.valid_from) and _is_before(date, _parsed(fact.valid_from or ""))


def ends_after(fact: Fact, date: _Date) -> bool:
    """Whether a fact certainly ends after a date."""
    return bool(fact.valid_to) and _is_before(date, _parsed(fact.valid_to or ""))


def has_ended_by(fact: Fact, date: _Date) -> bool:
    """Whether a fact is over at a date; one that begins and ends within it is not."""
    end = _parsed(fact.valid_to) if fact.valid_to else None
    if end is None:
        return False
    shared = min(len(end), len(date))
    if end[:shared] != date[:shared]:
        return end[:shared] < date[:shared]
    start = _parsed(fact.valid_from) if fact.valid_from else None
    return start is None or start[:shared] != end[: min(shared, len(start))]


def is_within(fact: Fact, year: int) -> bool:
    """Whether a year lies between the beginning and the end of a fact, both of which are known."""
    start, end = (_parsed(date) if date else None for date in (fact.valid_from, fact.valid_to))
    return start is not None and end is not None and start[0] <= year <= end[0]


# ── what holds, and what is known, at a date ─────────────────────────────────────────────────────


def cut_time(graph: _Graph, valid: str, *, own: str = "") -> Cut[_Graph]:
    """Take out what a character that lives at a date cannot know yet, and say what it was.

    Gone are facts that begin later, and all facts about an event, a person or a work whose beginning
    (`happened_on`, `born_on`, the date since which somebody `made` or `wrote` it) is later; `died_on` and
    `died_in` if the death is later; and nodes that come later, or about which nothing else was
    known. A fact's future end is removed, and its sentence is built again, unless it is in the author's own
    words. Facts that were over by then stay, as the past; `holding_at` removes them too. When a
    node of the base began is for the base to say, not for what was learned.

    Args:
        graph: the whole.
        valid: ISO 8601 date of any precision.
        own: id of the character's own node, which stays.

    Raises:
        InputError: `valid` is no date.
    """
    date = parse_date(valid)
    if date is None:
        raise InputError(f"{valid!r} is not a date: write 1881, 1881-03 or 1881-03-04.")
    below: Cut[_Graph]
    rule, below = graph.base.cached(("time", date, own), lambda: _cut_base(graph.base, date, own))
    if graph.base is graph:
        return below
    return cut_over(graph, below, rule.joined(graph))


def holding_at(graph: _Graph, valid: str, *, own: str = "") -> _Graph:
    """A graph of what holds at a date: `cut_time`, without what was over by then."""
    known = cut_time(graph, valid, own=own).graph
    rule = _StandingRule(graph.relations)
    below: Cut[_Graph] = known.base.cached("standing", lambda: cut_base(known.base, rule))
    return cut_over(known, below, rule).graph


def _cut_base(graph: _Graph, date: _Date, own: str) -> tuple[_TimeRule, Cut[_Graph]]:
    facts = graph.facts.values()
    rule = _TimeRule(
        date=date,
        own=own,
        nodes=graph.nodes,
        relations=graph.relations,
        later=_later_nodes(facts, graph.nodes, date),
        dying=_dying(facts, graph.nodes, date),
    )
    return rule, cut_base(graph, rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class _TimeRule:
    """What is later than a date.

    Attributes:
        later: ids of nodes that begin later.
        dying: ids of nodes that die later.
    """

    date: _Date
    own: str
    nodes: Mapping[str, Node]
    relations: Mapping[str, Relation]
    later: frozenset[str]
    dying: frozenset[str]

    def joined(self, graph: LayeredGraph) -> _TimeRule:
        """The rule for what was learned over the base that this one is for."""
        facts = graph.learned.facts.values()
        later = _later_nodes(facts, graph.nodes, self.date).intersection(graph.learned.nodes)
        dying = _dying(facts, graph.nodes, self.date)
        return replace(self, nodes=graph.nodes, later=self.later | later, dying=self.dying | dying)

    def kept(self, fact: Fact) -> Fact | None:
        if self._is_later(fact):
            return None
        ends_later = _is_before(self.date, _parsed(fact.valid_to)) if fact.valid_to else False
        if not ends_later and (_stays(fact, self.relations) or has_ended_by(fact, self.date)):
            return fact
        relation = self.relations.get(fact.relation)
        text = fact.text if relation is None else self._retold(fact, relation)
        return replace(fact, valid_to=None, text=text)

    def drops(self, node: Node) -> bool:
        return node.id != self.own and (node.id in self.later or node.type in _PASSING)

    def _is_later(self, fact: Fact) -> bool:
        if starts_after(fact, self.date) or fact.subject in self.later or fact.object in self.later:
            return True
        if fact.relation in DATE_RELATIONS:
            return _is_before(self.date, _date_at(self.nodes, fact.object))
        return fact.relation == "died_in" and fact.subject in self.dying

    def _retold(self, fact: Fact, relation: Relation) -> str:
        """The sentence without its end, in the language that it is in; the author's own words stay."""
        for language in relation.text:
            if fact.text == self._sentence(fact, relation, language, fact.valid_to):
                return self._sentence(fact, relation, language, None)
        return fact.text

    def _sentence(self, fact: Fact, relation: Relation, language: str, valid_to: str | None) -> str:
        return fact_sentence(
            relation,
            subject_label=self.nodes[fact.subject].label,
            object_label=self.nodes[fact.object].label,
            language=language,
            valid_from=fact.valid_from,
            valid_to=valid_to,
        )


@dataclass(frozen=True, slots=True)
class _StandingRule:
    relations: Mapping[str, Relation]

    def kept(self, fact: Fact) -> Fact | None:
        return fact if _stays(fact, self.relations) else None

    def drops(self, node: Node) -> bool:
        return False


def _stays(fact: Fact, relations: Mapping[str, Relation]) -> bool:
    """Whether a fact that has begun holds still."""
    relation = relations.get(fact.relation)
    return fact.valid_to is None or (relation is not None and relation.cardinality == "append-only")


def _later_nodes(facts: Iterable[Fact], nodes: Mapping[str, Node], date: _Date) -> frozenset[str]:
    """Nodes all of whose known beginnings are after a date."""
    is_later: dict[str, bool] = {}
    for fact in facts:
        if fact.relation in _BEGINNINGS:
            node_id, start = fact.subject, _date_at(nodes, fact.object)
        elif fact.relation in _MAKINGS and fact.valid_from:
            node_id, start = fact.object, _parsed(fact.valid_from)
        else:
            continue
        is_later[node_id] = is_later.get(node_id, True) and _is_before(date, start)
    return frozenset(node_id for node_id, later in is_later.items() if later)


def _dying(facts: Iterable[Fact], nodes: Mapping[str, Node], date: _Date) -> frozenset[str]:
    dates = ((fact.subject, _date_at(nodes, fact.object)) for fact in facts if fact.relation == "died_on")
    return frozenset(subject for subject, death in dates if _is_before(date, death))


def _date_at(nodes: Mapping[str, Node], node_id: str) -> _Date | None:
    """The date that a value node holds; None if it holds no date."""
    node = nodes.get(node_id)
    return _parsed(node.label) if node is not None and node.type == LITERAL else None
