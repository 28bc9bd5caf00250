"""What two personas differ in, by what it means: texts, nodes and facts, whatever the files look like."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from roleagent.persona.as_document import persona_document
from roleagent.persona.persona import Persona
from roleagent.types import Fact, Node

Kind = Literal["added", "removed", "changed"]
Json = Any  # Any: a part of a persona document
_NOTHING = object()
_NODE_FIELDS = ("type", "label", "aliases", "description")
_FACT_FIELDS = (
    "text", "subject", "relation", "object", "layer", "fixed", "confidence", "valid_from", "valid_to",
    "visibility",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference.

    Attributes:
        where: ``greeting``, ``speech``, ``nodes.ada.label``, ``facts.ada.knows.bo`` …
        before: as the first persona has it; empty for what was added.
        after: as the second has it; empty for what was removed.
    """

    kind: Kind
    where: str
    before: str = ""
    after: str = ""


def diff_personas(one: Persona, other: Persona) -> tuple[Change, ...]:
    """The changes that make one persona the other: header first, then nodes, then facts.

    The order of nodes and facts says nothing; that of greetings and the like does.
    """
    heads = [_header(each) for each in (one, other)]
    nodes = [{node.id: node for node in each.graph.nodes.values()} for each in (one, other)]
    return (
        *_changes("", heads[0], heads[1]),
        *_entries("nodes", nodes[0], nodes[1], _NODE_FIELDS, _node_text),
        *_entries("facts", one.graph.facts, other.graph.facts, _FACT_FIELDS, _fact_text),
    )


def _header(persona: Persona) -> dict[str, Json]:
    document = persona_document(persona)
    return {key: value for key, value in document.items() if key not in ("nodes", "edges")}


def _entries(
    name: str,
    one: Mapping[str, Node] | Mapping[str, Fact],
    other: Mapping[str, Node] | Mapping[str, Fact],
    fields: tuple[str, ...],
    text_of: Any,  # Any: of a node or of a fact, as the mappings hold
) -> Iterator[Change]:
    for key in dict.fromkeys([*one, *other]):
        where = f"{name}.{key}"
        if key not in other:
            yield Change(kind="removed", where=where, before=text_of(one[key]))
        elif key not in one:
            yield Change(kind="added", where=where, after=text_of(other[key]))
        else:
            tables = [{field: getattr(each[key], field) for field in fields} for each in (one, other)]
            yield from _changes(where, tables[0], tables[1])


def _node_text(node: Node) -> str:
    return f"{node.label} ({node.type})"


def _fact_text(fact: Fact) -> str:
    return fact.text


def _changes(where: str, one: Json, other: Json) -> Iterator[Change]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in dict.fromkeys([*one, *other]):
            path = f"{where}.{key}" if where else str(key)
            yield from _changes(path, one.get(key, _NOTHING), other.get(key, _NOTHING))
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple):
        yield from _list_changes(where, list(one), list(other))
    elif isinstance(one, Mapping | list) and other is _NOTHING:
        yield from _changes(where, one, type(one)())
    elif one is _NOTHING and isinstance(other, Mapping | list):
        yield from _changes(where, type(other)(), other)
    elif one != other:
        yield _change(where, one, other)


def _change(where: str, one: Json, other: Json) -> Change:
    before, after = ("" if _says_nothing(value) else _text(value) for value in (one, other))
    kind: Kind = "added" if not before else "changed" if after else "removed"
    return Change(kind=kind, where=where, before=before, after=after)


def _says_nothing(value: Json) -> bool:
    return value is _NOTHING or value is None or value == ""


def _list_changes(where: str, one: list[Json], other: list[Json]) -> Iterator[Change]:
    """Items that went and came; where none did, whether the order changed."""
    before, after = ([_text(item) for item in items] for items in (one, other))
    were, are = set(before), set(after)
    gone = [text for text in before if text not in are]
    new = [text for text in after if text not in were]
    yield from (Change(kind="removed", where=where, before=text) for text in gone)
    yield from (Change(kind="added", where=where, after=text) for text in new)
    if not gone and not new and before != after:
        yield Change(kind="changed", where=where, before=" | ".join(before), after=" | ".join(after))


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
