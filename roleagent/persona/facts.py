"""From the entries of a persona file to nodes, facts and relations."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping

from roleagent.graph.schema import CORE_RELATIONS, LITERAL, fact_sentence
from roleagent.persona.document import EdgeEntry, NodeEntry, RelationEntry, bounded_id, literal_id
from roleagent.types import Fact, Node, Relation


def fact_ids(edges: Iterable[EdgeEntry]) -> list[str]:
    """The id of each edge's fact: its own, or ``source.relation.target``.

    Where several edges link the same ends by the same relation, the dates they hold from tell them apart.
    """
    edges = list(edges)
    links = [(edge.source, edge.relation, edge.object_id) for edge in edges]
    times = Counter(links)
    return [
        edge.id or _default_id(link, edge.valid_from if times[link] > 1 else None)
        for edge, link in zip(edges, links, strict=True)
    ]


def _default_id(link: tuple[str, str, str], valid_from: str | None) -> str:
    name = ".".join(link)
    return bounded_id(f"{name}@{valid_from}" if valid_from else name)


def make_relations(entries: Mapping[str, RelationEntry]) -> dict[str, Relation]:
    """The core vocabulary with a file's additions."""
    return dict(CORE_RELATIONS) | {name: _relation(name, entry) for name, entry in entries.items()}


def _relation(name: str, entry: RelationEntry) -> Relation:
    core = CORE_RELATIONS.get(name)
    if core is not None:
        return dataclasses.replace(core, text={**core.text, **entry.text})
    return Relation(
        name=name,
        text=entry.text,
        cardinality=entry.cardinality,
        domain=entry.domain,
        range=entry.range,
        inverse=entry.inverse,
        symmetric=entry.symmetric,
    )


def make_nodes(nodes: Iterable[NodeEntry], edges: Iterable[EdgeEntry]) -> list[Node]:
    """The nodes of a file, then one for each literal value that an edge names."""
    made = {entry.id: _node(entry) for entry in nodes}
    for edge in edges:
        if edge.value is not None:
            node_id = literal_id(edge.value)
            made.setdefault(node_id, Node(id=node_id, type=LITERAL, label=edge.value))
    return list(made.values())


def _node(entry: NodeEntry) -> Node:
    return Node(
        id=entry.id,
        type=entry.type,
        label=entry.label,
        aliases=entry.aliases,
        description=entry.description,
    )


def make_facts(
    edges: Iterable[EdgeEntry],
    *,
    labels: Mapping[str, str],
    relations: Mapping[str, Relation],
    language: str,
) -> list[Fact]:
    """The facts of a file, each with its sentence in a language; labels are by node id."""
    edges = list(edges)
    return [
        _fact(edge, fact_id, edge.text or sentence_of(edge, labels, relations[edge.relation], language))
        for edge, fact_id in zip(edges, fact_ids(edges), strict=True)
    ]


def sentence_of(edge: EdgeEntry, labels: Mapping[str, str], relation: Relation, language: str) -> str:
    """What the relation's template makes of an edge."""
    return fact_sentence(
        relation,
        subject_label=labels[edge.source],
        object_label=labels[edge.object_id],
        language=language,
        valid_from=edge.valid_from,
        valid_to=edge.valid_to,
    )


def _fact(edge: EdgeEntry, fact_id: str, text: str) -> Fact:
    return Fact(
        id=fact_id,
        subject=edge.source,
        relation=edge.relation,
        object=edge.object_id,
        text=text,
        layer=edge.layer,
        fixed=edge.fixed,
        visibility=edge.visibility,
        confidence=edge.confidence,
        valid_from=edge.valid_from,
        valid_to=edge.valid_to,
    )
