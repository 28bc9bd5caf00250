"""Nodes, relations and facts, of which a persona graph consists, and what a turn changes in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Layer = Literal["canon", "learned", "current"]
Cardinality = Literal["functional", "multi-valued", "append-only"]
PUBLIC = "public"
UNKNOWN = "unknown"
USER_PREFIX = "user:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A person, place, thing, trait … of a persona's world, or a literal value.

    Attributes:
        type: a node type of the schema; ``literal`` for a value without further relations.
        aliases: other names by which a text may mention it.
    """

    id: str
    type: str
    label: str
    aliases: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """The kind of an edge in the persona graph.

    Attributes:
        text: language code -> template with ``{subject}`` and ``{object}``.
        cardinality: ``functional`` (one value at a time: a new one retires the old),
            ``multi-valued`` (a new one adds) or ``append-only`` (never retired, such as an event).
        domain: node types that may be the subject; empty for any.
        range: node types that may be the object; empty for any.
        inverse: name of the relation that says the same from the object's side.
        symmetric: whether it holds in both directions.
    """

    name: str
    text: Mapping[str, str]
    cardinality: Cardinality = "multi-valued"
    domain: tuple[str, ...] = ()
    range: tuple[str, ...] = ()
    inverse: str | None = None
    symmetric: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """What lifted a fact in a ranking.

    Attributes:
        facts: ids of the facts on the path to it, the nearest last; empty for what was talked about before.
        weight: by how much, in log-odds.
    """

    facts: tuple[str, ...] = ()
    weight: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One edge of the persona graph.

    Attributes:
        id: readable for canon (``holmes.lives_at.baker_street``); unique within a graph.
        subject: node id.
        object: node id.
        text: the fact as a sentence, in the persona's language.
        layer: ``canon`` (the persona's file), ``learned`` (from talk with one user) or ``current`` (how
            things are now, such as where the character is: the file gives the start, updates change it).
        fixed: no update may ever change it.
        confidence: 0–1.
        valid_from: ISO 8601 date of any precision (``1881``, ``1881-03``); None if it always held.
        valid_to: a date like `valid_from`; None while it holds.
        recorded_at: when it was learned, UTC; None for canon, which was always on record.
        superseded_at: when a newer version replaced this one, UTC; None for the current version.
            `recorded_at` and `superseded_at` form the recorded interval, `valid_from` and `valid_to` the
            valid one.
        evidence: ids of the episodes it came from.
        visibility: who may learn it. ``("public",)`` is everybody, ``()`` nobody: the character keeps it to
            itself. Otherwise ids of persons in the graph (for whom a listener can stand) and ``user:ID`` for
            users. ``unknown`` means that the character itself does not know it.
        score: how much it matters in this turn; set by ranking, otherwise None.
        lifted_by: why it matters, as far as the ranker can tell; set by ranking.
    """

    id: str
    subject: str
    relation: str
    object: str
    text: str
    layer: Layer = "canon"
    fixed: bool = False
    confidence: float = 1.0
    valid_from: str | None = None
    valid_to: str | None = None
    recorded_at: datetime | None = None
    superseded_at: datetime | None = None
    evidence: tuple[str, ...] = ()
    visibility: tuple[str, ...] = (PUBLIC,)
    score: float | None = None
    lifted_by: tuple[Lift, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """A fact that was proposed and refused, and why.

    Attributes:
        because_of: id of the fact that contradicts it, if there is one.
    """

    fact: Fact
    reason: str
    because_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphUpdate:
    """Proposed changes to the learned facts; nothing is written until they are committed.

    Attributes:
        nodes: nodes of the added facts that the graph does not have yet.
        added: new facts.
        superseded: facts that end now, with ``valid_to`` set.
        merged: facts that were already known, with their new evidence.
        held_back: proposals that were refused.
    """

    nodes: tuple[Node, ...] = ()
    added: tuple[Fact, ...] = ()
    superseded: tuple[Fact, ...] = ()
    merged: tuple[Fact, ...] = ()
    held_back: tuple[HeldBack, ...] = ()
