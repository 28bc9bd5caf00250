"""What a reader of a text hands to the rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import LITERAL
from roleagent.types import Fact, GraphUpdate, Speaker

USER = "user"
"""Id of the node that stands for the user in every graph."""

USER_LABELS = {"en": "the user", "zh": "用户"}

Stance = Literal["holds", "began", "held", "ended", "never"]
"""How the words stand to the value.

``holds``: it is so now ("I live in Lyon"). ``began``: it became so, and may be history by now ("I moved to
Lyon in 2015"). ``held``: it was so and is no more ("I used to live in Rome"). ``ended``: it is so no longer
("I don't live in Rome any more"). ``never``: it was never so ("I never lived in Rome", "I made that up").
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One thing that a text may teach.

    Attributes:
        relation: name of a relation; None if the words name none ("I meant Lyon, not Lille"), and then
            the fact they correct says which.
        value: label of the object; None in an end or denial that names no value ("I got divorced").
        node_type: what the object becomes if the graph has no such node.
        aliases: other names of the object.
        subject: node id of whom it is about.
        instead_of: label of the value that was wrong; it never held.
        corrects: what was said before was wrong, whichever value it was.
        replaces: it takes the place of what was, though the relation may hold several ("my new job").
        is_vague: it describes rather than names ("a small flat"), so it stands against no named value.
        valid_from: ISO 8601 date of any precision, if the words say since when.
        valid_to: the same for until when.
        confidence: 0–1.
        evidence: ids of the episodes it was read off.
        speaker: whose words they were; only the user's count.
    """

    relation: str | None
    value: str | None
    node_type: str = LITERAL
    aliases: tuple[str, ...] = ()
    subject: str = USER
    stance: Stance = "holds"
    instead_of: str | None = None
    corrects: bool = False
    replaces: bool = False
    is_vague: bool = False
    valid_from: str | None = None
    valid_to: str | None = None
    confidence: float = 1.0
    evidence: tuple[str, ...] = ()
    speaker: Speaker = "user"


def applied(graph: PersonaGraph, update: GraphUpdate, *, at: datetime) -> PersonaGraph:
    """A new graph: added facts join, ended and merged ones take the place of what they were.

    What the record said before goes to the history, superseded at `at`; a fact that was taken back as never
    having held goes there altogether.
    """
    nodes = dict(graph.nodes)
    for node in update.nodes:
        nodes.setdefault(node.id, node)
    facts = dict(graph.facts)
    history: list[Fact] = []
    for fact in update.superseded:
        history.append(replace(facts.pop(fact.id), superseded_at=at))
        if fact.superseded_at is None:
            facts[fact.id] = replace(fact, recorded_at=at)
    for fact in (*update.merged, *update.added):
        facts[fact.id] = fact
    return PersonaGraph(
        nodes=nodes.values(),
        facts=facts.values(),
        relations=graph.relations,
        history=(*graph.history, *history),
    )
