"""Turn a persona into the document that a persona file holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from roleagent.graph.schema import CORE_RELATIONS, LITERAL
from roleagent.persona.document import EdgeEntry, fact_ids, literal_id, sentence_of
from roleagent.persona.fields import NOBODY, VERSION
from roleagent.persona.fields import to_document as lorebook_document
from roleagent.persona.persona import Example, Persona, Rendering
from roleagent.types import PUBLIC, UNKNOWN, Fact, Node, Relation

_VISIBILITY_WORDS = {(PUBLIC,): "", (): NOBODY, (UNKNOWN,): UNKNOWN}  # public is the default, so left out


def persona_document(persona: Persona, *, for_tools: bool = False) -> dict[str, Any]:  # Any: as in a file
    """A persona as plain data in the layout of `PersonaDocument`.

    Args:
        persona: of canon only.
        for_tools: write what graph tools need and people do not: literals as nodes, and every edge's id.
    """
    graph = persona.graph
    objects = () if for_tools else (graph.nodes[fact.object] for fact in graph.facts.values())
    # A literal that says nothing but its label is written as the `value` of its edges.
    values = {
        node.id for node in objects if node == Node(id=literal_id(node.label), type=LITERAL, label=node.label)
    }
    return _filled(
        {
            **_header(persona),
            "relations": _relations(graph.relations),
            "nodes": [_node(node) for node in graph.nodes.values() if node.id not in values],
            "edges": _edges(persona, values, with_ids=for_tools),
        }
    )


def _header(persona: Persona) -> dict[str, Any]:
    return {
        "roleagent": VERSION,
        "id": persona.id,
        "name": persona.name,
        "nickname": persona.nickname,
        "language": persona.language,
        "node": "" if persona.node_id == persona.id else persona.node_id,
        "summary": persona.summary,
        "personality": persona.personality,
        "scenario": persona.scenario,
        "greeting": persona.greeting,
        "greetings": persona.greetings,
        "group_greetings": persona.group_greetings,
        "system_prompt": persona.system_prompt,
        "post_history_instructions": persona.post_history_instructions,
        "speech": persona.speech,
        "rules": persona.rules,
        "fall_backs": persona.fall_backs,
        "examples": _examples(persona.examples),
        "horizon": _filled(asdict(persona.horizon)),
        "chapters": [_filled(asdict(chapter)) for chapter in persona.chapters],
        "lorebooks": [lorebook_document(book) for book in persona.lorebooks],
        "assets": [_filled(asdict(asset)) for asset in persona.assets],
        "credits": _filled({**asdict(persona.credits), "notes_in": dict(persona.credits.notes_in)}),
        "renderings": {each.language: _rendering(each) for each in persona.renderings},
        "extensions": {extension.name: extension.text for extension in persona.extensions},
        "node_types": persona.node_types,
    }


def _examples(examples: Iterable[Example]) -> list[dict[str, str]]:
    return [
        ({"user": example.user} if example.user else {}) | {"reply": example.reply} for example in examples
    ]


def _rendering(rendering: Rendering) -> dict[str, Any]:
    tables = {"labels": dict(rendering.labels), "texts": dict(rendering.texts)}
    table = {**asdict(rendering), "examples": _examples(rendering.examples), **tables}
    del table["language"]
    return _filled(table)


def _relations(relations: Mapping[str, Relation]) -> dict[str, Any]:
    written = {}
    for name, relation in relations.items():
        core = CORE_RELATIONS.get(name)
        if core is None:
            written[name] = _relation(relation)
        elif relation.text != core.text:
            added = {code: text for code, text in relation.text.items() if core.text.get(code) != text}
            written[name] = {"text": added}
    return written


def _relation(relation: Relation) -> dict[str, Any]:
    return _filled(
        {
            "text": dict(relation.text),
            "cardinality": relation.cardinality,
            "domain": relation.domain,
            "range": relation.range,
            "inverse": relation.inverse,
            "symmetric": relation.symmetric,
        }
    )


def _node(node: Node) -> dict[str, Any]:
    return _filled(
        {
            "id": node.id,
            "type": node.type,
            "label": node.label,
            "aliases": node.aliases,
            "description": node.description,
        }
    )


def _edges(persona: Persona, values: set[str], *, with_ids: bool) -> list[dict[str, Any]]:
    facts = list(persona.graph.facts.values())
    entries = [_entry(fact) for fact in facts]
    default_ids = [""] * len(facts) if with_ids else fact_ids(entries)
    return [
        _edge(fact, entry, default_id, persona, as_value=fact.object in values)
        for fact, entry, default_id in zip(facts, entries, default_ids, strict=True)
    ]


def _entry(fact: Fact) -> EdgeEntry:
    """What tells an edge's default id and sentence."""
    return EdgeEntry(
        source=fact.subject,
        relation=fact.relation,
        target=fact.object,
        valid_from=fact.valid_from,
        valid_to=fact.valid_to,
    )


def _edge(
    fact: Fact, entry: EdgeEntry, default_id: str, persona: Persona, *, as_value: bool
) -> dict[str, Any]:
    graph = persona.graph
    labels = {end: graph.nodes[end].label for end in (fact.subject, fact.object)}
    sentence = sentence_of(entry, labels, graph.relations[fact.relation], persona.language)
    return _filled(
        {
            "source": fact.subject,
            "relation": fact.relation,
            "value" if as_value else "target": labels[fact.object] if as_value else fact.object,
            "id": None if fact.id == default_id else fact.id,
            "valid_from": fact.valid_from,
            "valid_to": fact.valid_to,
            "confidence": None if fact.confidence == 1 else float(fact.confidence),
            "fixed": fact.fixed,
            "visibility": _VISIBILITY_WORDS.get(fact.visibility, fact.visibility),
            "layer": "" if fact.layer == "canon" else fact.layer,
            "text": None if fact.text == sentence else fact.text,
        }
    )


def _filled(table: dict[str, Any]) -> dict[str, Any]:
    """A table without empty entries, its tuples as lists."""
    filled = {key: value for key, value in table.items() if value or type(value) in (int, float)}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in filled.items()}
