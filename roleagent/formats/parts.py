"""The parts of a persona document that formats make: nodes and edges of lists or triples, examples of talk.

A list of another program such as `likes` becomes edges of one relation to nodes whose ids begin with the
list's name: ``like:green-tea``. So two lists of one relation stay apart on the way back.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from roleagent.formats.format import Report
from roleagent.formats.values import (
    MAX_ITEMS,
    MAX_LABEL,
    clean_text,
    default_summary,
    table_of,
    text_of,
    texts_of,
)
from roleagent.graph.schema import CORE_RELATIONS, LITERAL
from roleagent.persona.identity import persona_id, plain_id
from roleagent.types import PUBLIC, Relation

_NOT_IN_ID = re.compile(r"[\W_]+")
_LONGEST_ID = 60
_OWN_WORDS = ("You ", "Your ", "You're ", "I ", "I'm ", "My ")


class GraphParts:
    """Collects the nodes and edges of a document, each once.

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
        """Add a fact about the character; what it leads to gets a node if it has none yet.

        The node's id begins with `prefix`. `text` is the fact in its own words; labels that address the
        character are taken as such anyhow.
        """
        node_id = self._node(prefix, label, node_type, description)
        edge = {"source": self.node_id, "relation": relation, "target": node_id}
        own_words = text or (label if label.startswith(_OWN_WORDS) else "")
        self._edges.setdefault((relation, node_id), edge | ({"text": own_words} if own_words else {}))

    def value(self, relation: str, value: str) -> None:
        """Add a fact whose object is a literal value."""
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
    """A short id for a text, in its own script.

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
        node_type: ``literal`` for whole sentences, which have no name to mention them by.
        is_own_words: whether each text is a fact as it stands, not the object of one.
        takes_all: whether facts of the relation that come from no list are written here.
        also: further relations whose facts are written here.
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
    """A text without the full stop at its end, so that it fits inside a sentence."""
    return text[:-1].rstrip() if text.endswith(".") and not text.endswith("..") and len(text) > 1 else text


def read_value(
    table: Mapping[str, Any], key: str, where: str, relation: str, parts: GraphParts, report: Report
) -> str:
    """Make a literal fact of a file's text or number, and return the text."""
    value = text_of(table, key, where, report, limit=MAX_LABEL)
    parts.value(relation, value)
    return value


# ── from edges to lists ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedFact:
    """One edge of a document from the character's own node.

    Attributes:
        label: of the node it leads to.
        node: the node it leads to, as a table; a literal has no id.
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
    """A document's facts about its character by some relations, in its order.

    Only public facts that still hold: other programs know neither secrets nor dates.
    """
    nodes = {node["id"]: node for node in document["nodes"]}
    own = document.get("node") or document["id"]
    facts = []
    for edge in document.get("edges", ()):
        if edge["source"] != own or edge["relation"] not in relations or not _is_told(edge):
            continue
        node = nodes[edge["target"]] if edge.get("target") else {"type": LITERAL, "label": edge["value"]}
        label, text = str(node["label"]), edge.get("text", "")
        facts.append(StatedFact(relation=edge["relation"], label=label, node=node, text=text))
    return facts


def first_label(document: Mapping[str, Any], *relations: str) -> str:
    """The label of the node that the first fact of some relations leads to; empty if there is none."""
    return next((fact.label for fact in facts_of(document, *relations)), "")


def _is_told(edge: Mapping[str, Any]) -> bool:
    visibility = edge.get("visibility", PUBLIC)
    return visibility in (PUBLIC, [PUBLIC], (PUBLIC,)) and not edge.get("valid_to")


def filled(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A table without empty values."""
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

    Only public facts that still hold: a plain format knows neither secrets nor dates.
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


# ── examples of talk ─────────────────────────────────────────────────────────────────────────────

_START = re.compile(
    r"(?:<|&lt;)[ \t]{0,9}start[ \t]{0,9}/?(?:>|&gt;)|^[ \t]{0,9}\[start[^\]\n]{0,40}\][ \t]{0,9}$",
    re.I | re.M,
)
_NAMED = re.compile(r"([^:：\n]{1,200})[:：]")
_STRANGER = re.compile(r"\{\{(?:user\d?|random_user_\d)\}\}")
_USER_NAMES = frozenset({"<user>", "user", "you"})
_CHARACTER_NAMES = frozenset({"{{char}}", "<bot>", "<char>"})
_Turn = tuple[str, str]  # "user", "char" or "" for nobody; what is said


def read_examples(talk: str, names: Iterable[str], field: str, report: Report) -> list[dict[str, str]]:
    """The exchanges of user and character in a card's ``mes_example``.

    If the character speaks unasked, the exchange has no `user`; the same holds for a block after ``<START>``
    without names. A line of the user's without an answer is reported.

    Args:
        talk: the text.
        names: what the character is called, beside ``{{char}}``.
        field: the name of the text in reports.
        report: takes the turns that are not used.
    """
    speakers = dict.fromkeys(_USER_NAMES, "user") | dict.fromkeys(_CHARACTER_NAMES, "char")
    speakers |= {name.strip().casefold(): "char" for name in names if name.strip()}
    examples, num_alone = [], 0
    preface, *blocks = _START.split(talk)
    for number, block in enumerate((preface, *blocks)):
        turns = _joined(_turns(block, speakers))
        if len(turns) == 1 and not turns[0][0] and (number or not blocks):
            turns = [("char", turns[0][1])]
        found = [
            {"user": said, "reply": reply} if speaker == "user" else {"reply": reply}
            for (speaker, said), (other, reply) in pairwise([("", ""), *turns])
            if other == "char"
        ]
        examples += found
        num_alone += len(turns) - sum(map(len, found))
    if num_alone:
        report.warn(field, f"{num_alone} of its turns have no reply, or no speaker: kept, not used")
    return examples


def write_examples(examples: Iterable[Mapping[str, Any]]) -> str:
    """The exchanges as a card has them, each a block of its own."""
    return "\n".join(f"<START>\n{talk_of(each)}" for each in examples)


def talk_of(example: Mapping[str, Any], *, user: str = "{{user}}", char: str = "{{char}}") -> str:
    """One exchange, a turn for each speaker."""
    asked = f"{user}: {example['user']}\n" if example.get("user") else ""
    return f"{asked}{char}: {example['reply']}"


def _turns(block: str, speakers: Mapping[str, str]) -> Iterator[_Turn]:
    """Each line with who says it; a line without a name belongs to the speaker above."""
    speaker = ""
    for line in block.split("\n"):
        named = _NAMED.match(line)
        found = _speaker(named[1], speakers) if named else None
        if named is None or found is None:
            yield speaker, line
            continue
        speaker = found
        num_stars = len(named[1]) - len(named[1].lstrip("*"))  # as in "**Ada:** Hello."
        yield speaker, line[named.end() :].removeprefix("*" * num_stars).lstrip(" ")


def _speaker(name: str, speakers: Mapping[str, str]) -> str | None:
    name = name.strip().strip("*").strip().casefold()
    if name.startswith("{{"):
        name = "".join(name.split())
    return "user" if _STRANGER.fullmatch(name) else speakers.get(name)


def _joined(turns: Iterable[_Turn]) -> list[_Turn]:
    """Join consecutive turns of one speaker, and drop empty ones."""
    joined: list[tuple[str, list[str]]] = []
    for speaker, line in turns:
        if joined and joined[-1][0] == speaker:
            joined[-1][1].append(line)
        else:
            joined.append((speaker, [line]))
    cleaned = [(speaker, clean_text("\n".join(lines))) for speaker, lines in joined]
    return [(speaker, said) for speaker, said in cleaned if said]
