"""Facts of a persona graph said with another value, which is certainly wrong."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import LITERAL
from roleagent.persona.persona import Persona
from roleagent.types import Fact

_YEARS = ("born_on", "died_on")
_WITHIN = ("located_in", "part_of", "lives_in")
_MAX_WORDS = 5


def flipped(
    persona: Persona,
    frames: Mapping[str, Mapping[str, list[str]]],
    rng: random.Random,
) -> Iterator[tuple[Fact, str, str]]:
    """A fact, a sentence that says it with a wrong value, and the same sentence with the right one; no end.

    Args:
        persona: whose graph.
        frames: relation -> ``me``, ``other`` or ``author`` -> sentences with ``{value}``, and ``{subject}``
            or ``{author}``.
        rng: draws all of it.
    """
    graph, own = persona.graph, persona.node_id
    choices = []
    for fact in graph.facts.values():
        wordings = frames.get(fact.relation, {})
        keys = ("author",) if "author" in wordings else ("me" if fact.subject == own else "other",)
        if fact.valid_to is None and any(key in wordings for key in keys) and _is_short(fact, graph):
            choices.append((fact, keys[0], wordings[keys[0]]))
    by_relation: dict[str, list[Any]] = {}  # Any: the choices above
    for choice in choices:
        by_relation.setdefault(choice[0].relation, []).append(choice)
    while by_relation:
        fact, key, wordings = rng.choice(by_relation[rng.choice(sorted(by_relation))])
        frame = rng.choice(wordings)
        end = "author" if key == "author" else "value"
        wrong = _other_person(fact, graph, rng) if key == "author" else _other_value(fact, graph, rng)
        if not wrong:
            continue
        labels = {
            "subject": graph.nodes[fact.subject].label,
            "author": graph.nodes[fact.subject].label,
            "value": graph.nodes[fact.object].label,
        }
        yield fact, _put(frame, {**labels, end: wrong}), _put(frame, labels)


def _put(frame: str, labels: Mapping[str, str]) -> str:
    said = frame.format(**labels)
    return said[:1].upper() + said[1:]


def _is_short(fact: Fact, graph: PersonaGraph) -> bool:
    ends = (graph.nodes[fact.subject].label, graph.nodes[fact.object].label)
    return all(len(label.split()) <= _MAX_WORDS and len(label) <= 40 for label in ends)


def _other_value(fact: Fact, graph: PersonaGraph, rng: random.Random) -> str:
    right = graph.nodes[fact.object]
    if fact.relation in _YEARS:
        year = int(right.label[:4]) if right.label[:4].isdigit() else 1850
        return str(year + rng.choice((-31, -17, -8, 9, 14, 23)))
    if fact.relation == "aged":
        return rng.choice([age for age in ("28", "37", "52", "76") if age != right.label])
    if right.type == LITERAL:
        ids = {each.object for each in graph.facts.values() if each.relation == fact.relation}
        pool = [graph.nodes[each].label for each in ids]
        if fact.relation == "is_called":
            pool = [node.label for node in graph.nodes.values() if node.type == "person"]
    else:
        pool = [node.label for node in graph.nodes.values() if node.type == right.type]
    avoided = {graph.nodes[each].label for each in _true_values(fact, graph)}
    words = {word for label in avoided for word in label.casefold().split() if len(word) > 3}
    wrong = [
        label
        for label in sorted(set(pool) - avoided)
        if len(label.split()) <= _MAX_WORDS and not words & set(label.casefold().split())
    ]
    return rng.choice(wrong) if wrong else ""


def _true_values(fact: Fact, graph: PersonaGraph) -> set[str]:
    """Nodes that may be said in place of the object: what is or was so, and what lies in or around it."""
    found = {each.object for each in graph.facts_of(fact.subject) if each.relation == fact.relation}
    found |= {fact.subject}
    for _ in range(3):
        near = [each for node in found for each in graph.facts_of(node) if each.relation in _WITHIN]
        found |= {end for each in near for end in (each.subject, each.object) if each.subject != fact.subject}
    return found


def _other_person(fact: Fact, graph: PersonaGraph, rng: random.Random) -> str:
    have = {each.subject for each in graph.facts_of(fact.object)} | {
        each.object for each in graph.facts_of(fact.object)
    }
    pool = [
        node.label
        for node in graph.nodes.values()
        if node.type == "person" and node.id not in have and len(node.label.split()) <= _MAX_WORDS
    ]
    return rng.choice(sorted(pool)) if pool else ""
