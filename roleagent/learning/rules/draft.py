"""A graph update while it grows: what is added, ended, taken back, merged and held back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from roleagent.errors import InputError
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS, LITERAL, fact_sentence
from roleagent.language.dates import is_before, parse_date
from roleagent.learning.rules.candidates import USER, USER_LABELS, Candidate
from roleagent.learning.rules.labels import label_key, same_value
from roleagent.types import Fact, GraphUpdate, HeldBack, Node, Relation

_FIRST = datetime.min.replace(tzinfo=UTC)  # canon was always on record


def day(at: datetime) -> str:
    """The date of a moment, ISO 8601."""
    return at.date().isoformat()


def certainly_before(first: str | None, second: str | None) -> bool:
    """Whether one date is certainly before another; False if either is unknown.

    >>> certainly_before("2019", "2021-03"), certainly_before("2021", "2021-03")
    (True, False)
    """
    if first is None or second is None or parse_date(first) is None or parse_date(second) is None:
        return False
    return is_before(first, second)


def known_since(fact: Fact) -> str | None:
    """The first day on which a fact is on record as holding: its beginning, else the day it was learned."""
    if fact.valid_from is not None or fact.recorded_at is None:
        return fact.valid_from
    return day(fact.recorded_at)


def first_version(graph: PersonaGraph, fact: Fact) -> Fact:
    """What the record said of a fact at first, before it noted an end."""
    versions = [old for old in graph.history if old.id == fact.id and old.recorded_at is not None]
    return min((*versions, fact), key=lambda version: version.recorded_at or _FIRST)


def is_retracted(fact: Fact) -> bool:
    """Whether a fact was taken back as never having held: its time is empty, from a date to the same date."""
    return fact.valid_to is not None and fact.valid_to == fact.valid_from


def retracted(fact: Fact, *, at: datetime) -> Fact:
    """A fact taken back: it held at no time, and the record says since when it is known to be wrong.

    Its interval is empty, and `superseded_at` tells it from something that held for a day.
    """
    never = fact.valid_from or known_since(fact) or day(at)
    return replace(fact, valid_from=never, valid_to=never, superseded_at=at)


def ended(fact: Fact, when: str) -> Fact:
    """A fact that held until a date, or until its own beginning if that is later."""
    if certainly_before(when, fact.valid_from):
        return replace(fact, valid_to=fact.valid_from)
    return replace(fact, valid_to=when)


MAX_EVIDENCE = 32  # sources kept for one fact
_OWN_VALUES = frozenset({"is_called", "aged", "born_on"})  # never a node of the persona's world


def is_firm(fact: Fact) -> bool:
    """Whether no talk may move a fact: canon, or fixed in whichever layer."""
    return fact.fixed or fact.layer == "canon"


@dataclass(slots=True, kw_only=True)
class Draft:
    """What the candidates so far would change in a graph."""

    graph: PersonaGraph
    at: datetime
    language: str
    nodes: dict[str, Node] = field(default_factory=dict)
    added: dict[str, Fact] = field(default_factory=dict)
    superseded: dict[str, Fact] = field(default_factory=dict)
    merged: dict[str, Fact] = field(default_factory=dict)
    held_back: list[HeldBack] = field(default_factory=list)

    @property
    def today(self) -> str:
        """The date of the update."""
        return day(self.at)

    def as_update(self) -> GraphUpdate:
        """What has been gathered, with the nodes it needs and no others."""
        needed = {end for fact in self.added.values() for end in (fact.subject, fact.object)}
        return GraphUpdate(
            nodes=tuple(node for node in self.nodes.values() if node.id in needed),
            added=tuple(self.added.values()),
            superseded=tuple(self.superseded.values()),
            merged=tuple(fact for fact in self.merged.values() if fact.id not in self.superseded),
            held_back=tuple(self.held_back),
        )

    # ── looking ──────────────────────────────────────────────────────────────────────────────

    def relation(self, name: str) -> Relation:
        """A relation of the graph's vocabulary or the core one.

        Raises:
            InputError: there is none of that name.
        """
        found = self.graph.relations.get(name) or CORE_RELATIONS.get(name)
        if found is None:
            known = ", ".join(sorted(self.graph.relations or CORE_RELATIONS))
            raise InputError(f"{name!r} is no relation of the graph. Known: {known}.")
        return found

    def live(self, subject: str, relation: str) -> list[Fact]:
        """The facts that hold now for a subject and a relation, this draft included, told from either end."""
        return [fact for fact in self.history(subject, relation) if fact.valid_to is None]

    def history(self, subject: str, relation: str) -> list[Fact]:
        """All facts of a subject and a relation, ended ones too, told from either end."""
        known = self.relation(relation)
        return [fact for fact in self._about(subject) if _says(fact, subject, known)]

    def learned_live(self, subject: str) -> list[Fact]:
        """What holds now of a subject and was learned or stands as current, whatever the relation."""
        return [fact for fact in self._about(subject) if fact.valid_to is None and not is_firm(fact)]

    def node(self, node_id: str) -> Node:
        """A node of the graph or of this draft."""
        return self.graph.nodes.get(node_id) or self.nodes[node_id]

    def is_named(self, fact: Fact, subject: str, label: str) -> bool:
        """Whether the end of a fact that is not the subject goes by a label."""
        node = self.node(fact.subject if fact.object == subject else fact.object)
        return any(same_value(label, name, node_type=node.type) for name in (node.label, *node.aliases))

    def _about(self, subject: str) -> Iterator[Fact]:
        """Facts of a subject as they stand with this draft."""
        for fact in self.graph.facts_of(subject):
            changed = self.superseded.get(fact.id) or self.merged.get(fact.id)
            yield changed or fact
        for fact in self.added.values():
            if subject in (fact.subject, fact.object):
                yield fact

    # ── changing ─────────────────────────────────────────────────────────────────────────────

    def make(
        self, candidate: Candidate, relation: str, *, valid_from: str | None, valid_to: str | None = None
    ) -> Fact:
        """The fact that a candidate would become; only `add` puts it into the draft."""
        subject, value = self._subject(candidate), self._object(candidate, relation)
        known = self.relation(relation)
        text = fact_sentence(
            known, subject_label=subject.label, object_label=value.label, language=self.language
        )
        return Fact(
            id=self._free_id(f"{subject.id}.{relation}.{value.id}", valid_from or self.today),
            subject=subject.id,
            relation=relation,
            object=value.id,
            text=text,
            layer="learned",
            confidence=candidate.confidence,
            valid_from=valid_from,
            valid_to=valid_to,
            recorded_at=self.at,
            evidence=candidate.evidence[:MAX_EVIDENCE],
        )

    def add(self, fact: Fact) -> None:
        """Add a fact to the update."""
        self.added[fact.id] = fact

    def merge(self, known: Fact, candidate: Candidate) -> None:
        """Keep a candidate's sources with the fact that says the same, and the date it adds."""
        fresh = tuple(source for source in candidate.evidence if source not in known.evidence)
        since = candidate.valid_from if known.valid_from is None else known.valid_from
        if is_firm(known) or (not fresh and since == known.valid_from):
            return
        self._revise(
            replace(
                known,
                evidence=(*known.evidence, *fresh)[:MAX_EVIDENCE],
                valid_from=since,
                confidence=max(known.confidence, candidate.confidence),
            )
        )

    def begin_at(self, fact: Fact, when: str) -> None:
        """Note that a fact cannot have begun before a date, if its beginning is open."""
        is_over = certainly_before(fact.valid_to, when)
        if not is_firm(fact) and fact.valid_from is None and not is_over and not is_retracted(fact):
            self._revise(replace(fact, valid_from=when))

    def end_earlier(self, fact: Fact, when: str) -> None:
        """Note that a fact that is over, and had begun before a date, was over by that date."""
        is_within = certainly_before(fact.valid_from, when) and certainly_before(when, fact.valid_to)
        if is_within and not is_firm(fact):
            shorter = replace(fact, valid_to=when)
            place = self.added if fact.id in self.added else self.superseded
            place[fact.id] = shorter

    def end(self, fact: Fact, when: str) -> None:
        """End a fact. One that may not end is held back; one that this draft added is dropped."""
        if self.added.pop(fact.id, None) is not None:
            return
        over = ended(fact, when)
        if is_firm(fact):
            self.hold_back(over, "The persona's file says so, and a talk cannot end it.", fact)
        elif self.relation(fact.relation).cardinality == "append-only":
            self.hold_back(over, "What has happened does not end.", fact)
        else:
            self.superseded[fact.id] = over

    def retract(self, fact: Fact) -> None:
        """Take a fact back as never having held."""
        if self.added.pop(fact.id, None) is not None:
            return
        never = retracted(fact, at=self.at)
        if is_firm(fact):
            self.hold_back(never, "The persona's file says so, and a talk cannot deny it.", fact)
        else:
            self.superseded[fact.id] = never

    def bring_back(self, wrong: Fact, evidence: tuple[str, ...]) -> None:
        """Restore the value that ended only because of one that is now taken back."""
        if self.live(wrong.subject, wrong.relation):
            return
        before = [
            fact
            for fact in self.history(wrong.subject, wrong.relation)
            if fact.valid_to is not None and fact.valid_to == wrong.valid_from and not is_retracted(fact)
        ]
        for fact in before[-1:]:
            again = replace(
                fact,
                id=self._free_id(fact.id.partition("@")[0], fact.valid_to or self.today),
                valid_from=fact.valid_to,
                valid_to=None,
                recorded_at=self.at,
                evidence=(*fact.evidence, *evidence)[:MAX_EVIDENCE],
            )
            self.add(again)

    def hold_back(self, fact: Fact, reason: str, because_of: Fact | None = None) -> None:
        """Note a proposal that is not accepted, with the reason."""
        self.held_back.append(
            HeldBack(fact=fact, reason=reason, because_of=because_of.id if because_of else None)
        )

    def _revise(self, fact: Fact) -> None:
        place = self.added if fact.id in self.added else self.merged
        place[fact.id] = fact

    # ── nodes and ids ────────────────────────────────────────────────────────────────────────

    def _free_id(self, wanted: str, since: str) -> str:
        """The id itself; with the date if a fact has it already, and with a number if several do."""
        taken = self.graph.facts.keys() | self.added.keys() | self.superseded.keys()
        if wanted not in taken:
            return wanted
        dated = f"{wanted}@{since}"
        number, free = 1, dated
        while free in taken:
            number += 1
            free = f"{dated}.{number}"
        return free

    def _subject(self, candidate: Candidate) -> Node:
        if candidate.subject == USER:
            label = USER_LABELS.get(self.language, USER_LABELS["en"])
            return self._known_or_new(Node(id=USER, type="person", label=label))
        if candidate.subject not in self.graph.nodes:
            raise InputError(f"The subject {candidate.subject!r} of a candidate is no node of the graph.")
        return self.graph.nodes[candidate.subject]

    def _object(self, candidate: Candidate, relation: str) -> Node:
        label = candidate.value or ""
        known = self._said_before(candidate, relation) or self._of_this_world(candidate, relation)
        if known is not None:
            return known
        node = Node(
            id=f"{candidate.node_type}:{label}",
            type=candidate.node_type,
            label=label,
            aliases=candidate.aliases,
        )
        return self._known_or_new(node)

    def _said_before(self, candidate: Candidate, relation: str) -> Node | None:
        """The node of the same label that an earlier fact names, so that no second one is made."""
        ends = (
            self.node(fact.subject if fact.object == candidate.subject else fact.object)
            for fact in self.history(candidate.subject, relation)
        )
        return next((node for node in ends if node.label == candidate.value), None)

    def _of_this_world(self, candidate: Candidate, relation: str) -> Node | None:
        """A node of the persona's world with exactly this label; the user's cat or uncle is never one."""
        label = candidate.value or ""
        is_own = candidate.node_type == "person" and " " not in label
        if candidate.node_type == "animal" or is_own or relation in _OWN_VALUES:
            return None
        folded = label.casefold()
        nodes = self.graph.nodes.values()
        return next(
            (node for node in nodes if node.type != LITERAL and node.label.casefold() == folded), None
        )

    def _known_or_new(self, node: Node) -> Node:
        return self.graph.nodes.get(node.id) or self.nodes.setdefault(node.id, node)


def _says(fact: Fact, subject: str, relation: Relation) -> bool:
    """Whether a fact tells of a subject by a relation, from its own end or from the other."""
    if (fact.subject, fact.relation) == (subject, relation.name):
        return True
    turned = relation.name if relation.symmetric else relation.inverse
    return turned is not None and (fact.object, fact.relation) == (subject, turned)


def merge_duplicates(graph: PersonaGraph, *, at: datetime) -> GraphUpdate:
    """Merge live learned facts of one subject and relation whose values mean the same.

    The older fact stays, with the evidence of both and the earlier beginning; the younger one is taken back,
    as the record now says it once.
    """
    groups: dict[tuple[str, ...], list[Fact]] = {}
    for fact in graph.facts.values():
        if fact.layer == "learned" and not fact.fixed and fact.valid_to is None:
            value = graph.nodes[fact.object]
            meaning = (fact.subject, fact.relation, value.type, label_key(value.label, value.type))
            groups.setdefault(meaning, []).append(fact)
    twice = [
        sorted(facts, key=lambda fact: (fact.recorded_at or _FIRST, fact.id))
        for facts in groups.values()
        if len(facts) > 1
    ]
    return GraphUpdate(
        merged=tuple(_joined(facts) for facts in twice),
        superseded=tuple(retracted(fact, at=at) for facts in twice for fact in facts[1:]),
    )


def _joined(facts: list[Fact]) -> Fact:
    evidence = dict.fromkeys(source for fact in facts for source in fact.evidence)
    return replace(
        facts[0],
        evidence=tuple(evidence)[:MAX_EVIDENCE],
        confidence=max(fact.confidence for fact in facts),
        valid_from=_earliest(fact.valid_from for fact in facts),
        visibility=_narrowest(facts),
    )


def _earliest(dates: Iterable[str | None]) -> str | None:
    """The earliest beginning that is known; None if one of them has always held."""
    found: str | None = None
    for index, date in enumerate(dates):
        if date is None:
            return None
        if index == 0 or certainly_before(date, found):
            found = date
    return found


def _narrowest(facts: list[Fact]) -> tuple[str, ...]:
    """Who may learn what was told twice: only those who might learn both."""
    first, *others = (fact.visibility for fact in facts)
    for other in others:
        if first == ("public",):
            first = other
        elif other != ("public",):
            first = tuple(who for who in first if who in other)
    return first
