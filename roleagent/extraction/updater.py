"""From what the user claims of themselves to a proposed change of the learned layer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from roleagent.extraction.chinese import CHINESE
from roleagent.extraction.claims import Claim, read_claims
from roleagent.extraction.english import ENGLISH
from roleagent.persona.graph import PersonaGraph
from roleagent.persona.schema import CORE_RELATIONS, LITERAL
from roleagent.persona.sentences import fact_sentence
from roleagent.types import Fact, GraphUpdate, HeldBack, Node, Observation, Relation, Turn, content_id

USER = "user"
"""Id of the node that stands for the user in every graph."""

_USER_LABELS = {"en": "the user", "zh": "用户"}
_OPPOSITE = {"likes": "dislikes", "dislikes": "likes"}
_CJK = re.compile(r"[\u3400-\u9fff]")
_NUM_SAMPLED = 30  # facts that tell a graph's language

# How much a claim is trusted: patterns misread seldom, and a transcript may be misheard besides.
_TYPED_CONFIDENCE = 0.9
_SPOKEN_CONFIDENCE = 0.7


class PatternUpdater:
    """Reads facts about the user off their own words, by patterns, in English and Chinese.

    Evidence is what the user wrote and what was transcribed of their recordings. Captions, text read off
    pictures and the persona's own words are none.
    A functional relation retires its older learned value; what stands in the persona's file, or is fixed,
    holds against it, and the proposal is held back.
    """

    def propose(self, graph: PersonaGraph, turn: Turn, observations: Sequence[Observation]) -> GraphUpdate:
        """What the turn teaches; the same turn always proposes the same."""
        draft = _Draft(graph=graph, turn=turn)
        for text, confidence in _own_words(turn, observations):
            for claim in read_all_claims(text):
                draft.take(claim, confidence)
        return draft.as_update()


def load_pattern_updater(argument: str = "") -> PatternUpdater:
    """What the registry calls; the argument has no meaning."""
    return PatternUpdater()


def read_all_claims(text: str) -> tuple[Claim, ...]:
    """Claims in both languages; a text may mix them."""
    chinese = read_claims(text, CHINESE) if _CJK.search(text) else ()
    return (*read_claims(text, ENGLISH), *chinese)


def _own_words(turn: Turn, observations: Sequence[Observation]) -> Iterator[tuple[str, float]]:
    yield turn.text, _TYPED_CONFIDENCE
    for seen in observations:
        if seen.kind == "transcript":
            yield seen.text, _SPOKEN_CONFIDENCE


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A graph update that grows claim by claim."""

    graph: PersonaGraph
    turn: Turn
    nodes: dict[str, Node] = field(default_factory=dict)
    added: dict[str, Fact] = field(default_factory=dict)
    superseded: dict[str, Fact] = field(default_factory=dict)
    held_back: list[HeldBack] = field(default_factory=list)

    def take(self, claim: Claim, confidence: float) -> None:
        """End what the claim ends, or add what it says; a claim already known changes nothing."""
        if claim.ends:
            for fact in self._holding(claim.relation, claim.value):
                self._end(fact)
        elif not self._holding(claim.relation, claim_label(claim)):
            self._add(claim, confidence)

    def as_update(self) -> GraphUpdate:
        """What has been gathered, with the nodes it needs and no others."""
        needed = {end for fact in self.added.values() for end in (fact.subject, fact.object)}
        return GraphUpdate(
            nodes=tuple(node for node in self.nodes.values() if node.id in needed),
            added=tuple(self.added.values()),
            superseded=tuple(self.superseded.values()),
            held_back=tuple(self.held_back),
        )

    def _add(self, claim: Claim, confidence: float) -> None:
        retired = self._contradicted_by(claim)
        fact = self._fact(claim, confidence, follows=bool(retired))
        firm = next((old for old in retired if old.layer == "canon" or old.fixed), None)
        if firm is not None:
            self.held_back.append(
                HeldBack(fact=fact, reason=f"It contradicts: {firm.text}", because_of=firm.id)
            )
            return
        for old in retired:
            self._end(old)
        self.added[fact.id] = fact

    def _end(self, fact: Fact) -> None:
        if fact.id in self.added:  # said and taken back in one breath
            del self.added[fact.id]
            return
        ended = replace(fact, valid_to=self._today())
        if fact.layer == "canon" or fact.fixed:
            reason = "The persona's file says so, and a talk cannot end it."
            self.held_back.append(HeldBack(fact=ended, reason=reason, because_of=fact.id))
        else:
            self.superseded[fact.id] = ended

    def _holding(self, relation: str, label: str | None = None) -> list[Fact]:
        """Facts that now hold of the user, this draft included; of one object, if a label is given."""
        facts = (*self.graph.values(USER, relation), *self.added.values())
        return [
            fact
            for fact in facts
            if (fact.subject, fact.relation) == (USER, relation)
            and fact.id not in self.superseded
            and (label is None or self._is_named(fact.object, label))
        ]

    def _contradicted_by(self, claim: Claim) -> list[Fact]:
        """What cannot hold beside a claim: the other value of a functional relation, or the opposite."""
        opposite = _OPPOSITE.get(claim.relation)
        opposed = self._holding(opposite, claim_label(claim)) if opposite else []
        is_single = self._relation(claim.relation).cardinality == "functional"
        return [*opposed, *(self._holding(claim.relation) if is_single else ())]

    def _fact(self, claim: Claim, confidence: float, *, follows: bool) -> Fact:
        user, value = self._user(), self._node(claim)
        relation = self._relation(claim.relation)
        return Fact(
            id=self._free_id(f"{USER}.{claim.relation}.{value.id}"),
            subject=USER,
            relation=claim.relation,
            object=value.id,
            text=fact_sentence(
                relation, subject_label=user.label, object_label=value.label, language=_language(self.graph)
            ),
            layer="learned",
            confidence=confidence,
            valid_from=self._today() if follows else None,
            recorded_at=self.turn.at,
            evidence=(content_id(self.turn.id, "user"),),
        )

    def _free_id(self, wanted: str) -> str:
        """The id itself, unless a fact that has ended bears it."""
        return f"{wanted}@{self.turn.id[:8]}" if wanted in self.graph.facts else wanted

    def _user(self) -> Node:
        label = _USER_LABELS[_language(self.graph)]
        return self._known_or_new(Node(id=USER, type="person", label=label))

    def _node(self, claim: Claim) -> Node:
        label = claim_label(claim)
        known = self._same_thing(claim, label)
        if known is not None:
            return known
        aliases = (claim.value,) if claim.kind and claim.value else ()
        new = Node(id=f"{claim.node_type}:{label}", type=claim.node_type, label=label, aliases=aliases)
        return self._known_or_new(new)

    def _same_thing(self, claim: Claim, label: str) -> Node | None:
        """A node of the persona's world that the claim names in full: the user's cat or uncle is none."""
        is_private = claim.node_type == "animal" or (claim.node_type == "person" and " " not in label)
        if is_private or claim.relation in ("is_called", "aged", "born_on"):
            return None
        folded = label.casefold()
        nodes = self.graph.nodes.values()
        return next(
            (node for node in nodes if node.type != LITERAL and node.label.casefold() == folded), None
        )

    def _known_or_new(self, node: Node) -> Node:
        return self.graph.nodes.get(node.id) or self.nodes.setdefault(node.id, node)

    def _is_named(self, node_id: str, label: str) -> bool:
        node = self.graph.nodes.get(node_id) or self.nodes[node_id]
        return label.casefold() in {name.casefold() for name in (node.label, *node.aliases)}

    def _relation(self, name: str) -> Relation:
        return self.graph.relations.get(name) or CORE_RELATIONS[name]

    def _today(self) -> str:
        return self.turn.at.date().isoformat()


def claim_label(claim: Claim) -> str:
    """What the value's node is called: "Tom (cat)" for a cat called Tom."""
    value = claim.value or ""
    if not claim.kind:
        return value
    return f"{value}（{claim.kind}）" if _CJK.search(claim.kind) else f"{value} ({claim.kind})"


def _language(graph: PersonaGraph) -> str:
    """Chinese where most of the graph's first facts are told in it, else English."""
    sample = [fact.text for fact in islice(graph.facts.values(), _NUM_SAMPLED) if fact.layer == "canon"]
    num_chinese = sum(1 for text in sample if _CJK.search(text))
    return "zh" if num_chinese * 2 > len(sample) else "en"
