"""Nodes and edges for another program's lists, and the lists again for nodes and edges.

A list such as `likes` becomes edges of one relation to nodes whose ids begin with the list's name:
``like:green-tea``. So two lists of one relation stay apart, and the way back needs to know nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roleagent.formats.foreign import MAX_LABEL, table_of, text_of, texts_of
from roleagent.formats.plain_json import MAX_ITEMS, default_summary
from roleagent.formats.report import Report
from roleagent.graph.schema import CORE_RELATIONS, LITERAL
from roleagent.persona.identity import persona_id, plain_id
from roleagent.types import PUBLIC, Relation

_NOT_IN_ID = re.compile(r"[\W_]+")
_LONGEST_ID = 60
_OWN_WORDS = ("You ", "Your ", "You're ", "I ", "I'm ", "My ")


class GraphParts:
    """Gathers the nodes and edges of a document; what was said already is not said again.

    Args:
        node_id: the character's own node.
        name: its label.
    """

    def __init__(self, node_id: str, name: str) -> None:
        self.node_id = node_id
        self._nodes: dict[str, dict[str, Any]] = {node_id: {"id": node_id, "type": "person", "label": name}}
        self._edges: dict[tuple[str, str], dict[str, Any]] = {}
        self._ids: dict[tuple[str, ...], str] = {}
        self._num_of_stem: dict[str, int] = {}

    def as_document(self) -> dict[str, Any]:
        """The part of a document."""
        edges = list(self._edges.values())
        nodes = list(self._nodes.values())
        return {"node": self.node_id, "nodes": nodes, **({"edges": edges} if edges else {})}

    def relate(
        self, relation: str, prefix: str, label: str, *, node_type: str, description: str = "", text: str = ""
    ) -> None:
        """Say that the character has a relation to something, which gets a node if it has none yet.

        The node's id begins with `prefix`. `text` is the fact in its own words; labels that address the
        character are taken as such anyhow.
        """
        node_id = self._node(prefix, label, node_type, description)
        edge = {"source": self.node_id, "relation": relation, "target": node_id}
        own_words = text or (label if label.startswith(_OWN_WORDS) else "")
        self._edges.setdefault((relation, node_id), edge | ({"text": own_words} if own_words else {}))

    def value(self, relation: str, value: str) -> None:
        """Say what the literal value of a relation is."""
        if value:
            edge = {"source": self.node_id, "relation": relation, "value": value}
            self._edges.setdefault((relation, value), edge)

    def _node(self, prefix: str, label: str, node_type: str, description: str) -> str:
        key = (prefix, label, node_type, description)
        if key not in self._ids:
            node_id = self._ids[key] = self._free_id(f"{prefix}:{slug(label)}")
            said = {"description": description} if description else {}
            self._nodes[node_id] = {"id": node_id, "type": node_type, "label": label, **said}
        return self._ids[key]

    def _free_id(self, stem: str) -> str:
        number = self._num_of_stem.get(stem, 0)
        node_id = stem
        while not number or node_id in self._nodes:
            number += 1
            node_id = stem if number == 1 else f"{stem}-{number}"
        self._num_of_stem[stem] = number
        return node_id


def slug(text: str) -> str:
    """A short id for a text, in the letters it is written in.

    >>> slug("Green tea, with milk!"), slug("绿茶")
    ('green-tea-with-milk', '绿茶')
    """
    return _NOT_IN_ID.sub("-", text.casefold()).strip("-")[:_LONGEST_ID].rstrip("-") or "it"


# ── from lists to edges ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOfFacts:
    """A list of texts in another program's file, and what it is in a graph.

    Attributes:
        path: keys that lead to it.
        prefix: of its nodes' ids.
        node_type: literal for whole sentences, which nobody would mention by name.
        is_own_words: whether each text is a fact as it stands, not the object of one.
        takes_all: whether facts of the relation belong to it that no list made.
        also: further relations that a persona of other origin may say it by.
    """

    path: tuple[str, ...]
    relation: str
    prefix: str
    node_type: str
    is_own_words: bool = False
    takes_all: bool = True
    also: tuple[str, ...] = ()

    def read(self, table: Mapping[str, Any], where: str, parts: GraphParts, report: Report) -> None:
        """Make edges of a file's list."""
        for key in self.path[:-1]:
            table, where = table_of(table, key, where, report), f"{where}{key}."
        texts = texts_of(table, self.path[-1], where, report, limit=MAX_LABEL)
        if len(texts) > MAX_ITEMS:
            report.warn(
                f"{where}{self.path[-1]}", f"has {len(texts)} items: those after {MAX_ITEMS} are left out"
            )
        for text in texts[:MAX_ITEMS]:
            own_words = text if self.is_own_words else ""
            label = text if self.is_own_words else without_stop(text)
            parts.relate(self.relation, self.prefix, label, node_type=self.node_type, text=own_words)

    def write(self, document: Mapping[str, Any], *, but: Collection[str] = ()) -> list[str]:
        """The list again; nodes whose ids begin with one of `but` belong to other lists."""
        return [
            fact.label
            for fact in facts_of(document, self.relation, *self.also)
            if fact.is_of(self.prefix) or (self.takes_all and not fact.is_of(*but))
        ]


def without_stop(text: str) -> str:
    """A text without the one full stop at its end, so that it can stand inside a sentence."""
    return text[:-1].rstrip() if text.endswith(".") and not text.endswith("..") and len(text) > 1 else text


def read_value(
    table: Mapping[str, Any], key: str, where: str, relation: str, parts: GraphParts, report: Report
) -> str:
    """Make a literal fact of a file's text or number, and give it back."""
    value = text_of(table, key, where, report, limit=MAX_LABEL)
    parts.value(relation, value)
    return value


# ── from edges to lists ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedFact:
    """One edge of a document from the character's own node.

    Attributes:
        label: of what it leads to.
        node: what it leads to, as a table; without an id where it is a literal.
        text: the fact in its own words, or empty.
    """

    relation: str
    label: str
    node: Mapping[str, Any]
    text: str

    def is_of(self, *prefixes: str) -> bool:
        """Whether the node's id begins with one of these."""
        return str(self.node.get("id", "")).startswith(tuple(f"{prefix}:" for prefix in prefixes))


def facts_of(document: Mapping[str, Any], *relations: str) -> list[StatedFact]:
    """What a document says of its character by some relations, in its order.

    Only what everybody may know and what holds to this day: other programs know neither secrets nor dates.
    """
    nodes = {node["id"]: node for node in document["nodes"]}
    own = document.get("node") or document["id"]
    edges = (edge for edge in document.get("edges", ()) if edge["source"] == own)
    return [_stated(edge, nodes) for edge in edges if edge["relation"] in relations and _is_told(edge)]


def first_label(document: Mapping[str, Any], *relations: str) -> str:
    """The label of what the first fact of some relations leads to, or nothing."""
    return next((fact.label for fact in facts_of(document, *relations)), "")


def _is_told(edge: Mapping[str, Any]) -> bool:
    visibility = edge.get("visibility", PUBLIC)
    return visibility in (PUBLIC, [PUBLIC], (PUBLIC,)) and not edge.get("valid_to")


def _stated(edge: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]]) -> StatedFact:
    node = nodes[edge["target"]] if edge.get("target") else {"type": LITERAL, "label": edge["value"]}
    return StatedFact(
        relation=edge["relation"], label=str(node["label"]), node=node, text=edge.get("text", "")
    )


def filled(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A table without the keys that say nothing."""
    return {key: value for key, value in items if value not in ("", [], {}, None)}


# ── a whole persona from plain triples ───────────────────────────────────────────────────────


def simple_document(
    name: str, triples: Iterable[Sequence[str]], *, summary: str = "", language: str = "en"
) -> dict[str, Any]:
    """A persona document from a name and facts in plain words, for a format that knows no more.

    Args:
        name: of the character.
        triples: subject, relation and object of each fact, such as ``("Ada", "friend of", "Babbage")``. A
            relation of the core vocabulary may be written with blanks; any other is taken as the words
            between subject and object. The relations decide of what types the nodes are.
        summary: who the character is.
        language: of the persona, and of relations that are not in the core vocabulary.
    """
    facts = [(subject, "_".join(words.split()), end) for subject, words, end in triples]
    types = _types_in(name, facts)
    ids: dict[str, str] = {}
    for label in types:
        stem, number = plain_id(label), 2
        ids[label] = stem
        while list(ids.values()).count(ids[label]) > 1:
            ids[label], number = f"{stem}-{number}", number + 1
    own = sorted({relation for _, relation, _ in facts} - CORE_RELATIONS.keys())
    templates = {each: f"{{subject}} {each.replace('_', ' ')} {{object}}" for each in own}
    head = {
        "roleagent": 1,
        "id": persona_id(name, mark=summary),
        "node": ids[name],
        "name": name,
        "summary": summary or default_summary(name),
        "nodes": [{"id": ids[label], "type": types[label], "label": label} for label in types],
    }
    rest = {
        "language": language if language != "en" else "",
        "relations": {relation: {"text": {language: text}} for relation, text in templates.items()},
        "edges": [
            {"source": ids[subject], "relation": relation}
            | ({"value": end} if _is_value(relation) else {"target": ids[end]})
            for subject, relation, end in dict.fromkeys(facts)
        ],
    }
    return head | filled(rest.items())


def _types_in(name: str, facts: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """The type of each label's node: the first that all relations in which it stands allow."""
    allowed: dict[str, list[str]] = {name: ["person"]}
    for subject, relation, end in facts:
        ends = [(subject, _core(relation).domain)]
        ends += [] if _is_value(relation) else [(end, _core(relation).range)]
        for label, types in ends:
            known = allowed.setdefault(label, [])
            both = [each for each in known or types if not types or each in types]
            allowed[label] = both or known
    return {label: types[0] if types else "topic" for label, types in allowed.items()}


def _core(relation: str) -> Relation:
    return CORE_RELATIONS.get(relation) or Relation(name=relation, text={})


def _is_value(relation: str) -> bool:
    return _core(relation).range == (LITERAL,)


def triples_of(document: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The facts of a document in plain words, as `simple_document` takes them.

    Only what everybody may know and what still holds: a plain format knows neither secrets nor dates.
    """
    labels = {node["id"]: str(node["label"]) for node in document["nodes"]}
    return [
        (
            labels[edge["source"]],
            edge["relation"].replace("_", " "),
            labels[edge["target"]] if "target" in edge else edge["value"],
        )
        for edge in document.get("edges", ())
        if _is_told(edge)
    ]
