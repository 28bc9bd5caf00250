"""Check the parts of a persona file against each other: names, types of linked nodes, and dates."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from roleagent.graph.schema import CORE_RELATIONS, DATE_RELATIONS, LITERAL, NODE_TYPES
from roleagent.language.dates import is_before, parse_date
from roleagent.persona.document import EdgeEntry, NodeEntry, PersonaDocument, RelationEntry, fact_ids
from roleagent.persona.problems import Path, Place, Problems, Row, Table, line_text, locate
from roleagent.types import PUBLIC, UNKNOWN, USER_PREFIX, Relation

_Key = TypeVar("_Key")
_Entry = TypeVar("_Entry", bound=BaseModel)
_COMMA_HINT = " Or is it part of a text? One that holds a comma must stand in quotes."
_LONGEST_SHOWN = 80  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The parts of a file that are sound.

    Attributes:
        tree: the file as read, for the places.
        document: the whole, or None if any part of it is wrong.
        nodes: the sound nodes, by their index in the file.
        edges: the sound edges likewise.
        relations: the sound relations, by name.
    """

    tree: Table
    document: PersonaDocument | None
    nodes: Mapping[int, NodeEntry]
    edges: Mapping[int, EdgeEntry]
    relations: Mapping[str, RelationEntry]

    def place(self, *path: str | int, on_key: bool = False) -> Place:
        """Where something stands in the file."""
        return locate(self.tree, path, on_key=on_key)


def validate(tree: Table, problems: Problems) -> Entries:
    """Check every key and value by itself; the sound parts go on to the checks that compare them."""
    try:
        document = PersonaDocument.model_validate(tree)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _note(detail, tree, problems)
        return _sound_entries(tree)
    return Entries(
        tree=tree,
        document=document,
        nodes=dict(enumerate(document.nodes)),
        edges=dict(enumerate(document.edges)),
        relations=document.relations,
    )


def _sound_entries(tree: Table) -> Entries:
    nodes, edges, relations = (tree.get(key) for key in ("nodes", "edges", "relations"))
    return Entries(
        tree=tree,
        document=None,
        nodes=_sound(NodeEntry, enumerate(nodes) if isinstance(nodes, Row) else ()),
        edges=_sound(EdgeEntry, enumerate(edges) if isinstance(edges, Row) else ()),
        relations=_sound(RelationEntry, relations.items() if isinstance(relations, Table) else ()),
    )


def _sound(model: type[_Entry], items: Iterable[tuple[_Key, Any]]) -> dict[_Key, _Entry]:
    entries = ((key, _sound_part(model, item)) for key, item in items)
    return {key: entry for key, entry in entries if entry is not None}


def _sound_part(model: type[_Entry], item: Any) -> _Entry | None:
    """An entry without its wrong keys; None if one of them is required.

    The wrong keys were noted when the whole document was validated.
    """
    try:
        return model.model_validate(item)
    except ValidationError as error:
        wrong = {detail["loc"][0] for detail in error.errors() if detail["loc"]}
    if not wrong or not isinstance(item, Table):
        return None
    try:
        return model.model_validate({key: item[key] for key in item if key not in wrong})
    except ValidationError:
        return None


def _note(detail: ErrorDetails, tree: Table, problems: Problems) -> None:
    path = detail["loc"]
    kind = detail["type"]
    on_key = bool(path) and (kind == "extra_forbidden" or path[-1] == "[key]")
    if path and path[-1] == "[key]":
        path = path[:-1]
    problems.add(_message(detail, path, problems), locate(tree, path, on_key=on_key))


def _message(detail: ErrorDetails, path: Path, problems: Problems) -> str:
    where, kind, value = path_text(path), detail["type"], detail["input"]
    if kind == "extra_forbidden":
        known = sorted(_model_at(path).model_fields)
        hint = problems.did_you_mean(str(path[-1]), known) or f" Known: {', '.join(known)}."
        hint += _COMMA_HINT if value is None else ""
        return f"unknown key {path[-1]!r} in {path_text(path[:-1])}.{hint}"
    if kind == "missing":
        return f"the key {path[-1]!r} is missing in {path_text(path[:-1])}."
    if kind == "value_error":
        return f"{where} {detail['ctx']['error']}."
    if kind == "literal_error":
        hint = problems.did_you_mean(str(value), re.findall(r"'([^']+)'", detail["ctx"]["expected"]))
        return f"{where} {value!r} is not {detail['ctx']['expected']}.{hint}"
    reason = _REASONS.get(kind) or detail["msg"][:1].lower() + detail["msg"][1:]
    return f"{where} {reason}{_shown(value)}."


_REASONS = {
    "string_type": "must be text",
    "string_too_short": "is empty: write something, or leave the key out",
    "model_type": "must be a table of keys and values",
    "dict_type": "must be a table of keys and values",
    "tuple_type": "must be a list",
}


def _shown(value: object) -> str:
    if value is None:
        return ", and is empty"
    if isinstance(value, Table | Row):
        return f", and is a {'table' if isinstance(value, Table) else 'list'} of {len(value)}"
    text = repr(value)
    return f", and is {text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + '…'}" if value else ""


def _model_at(path: Path) -> type[BaseModel]:
    """The entry that the last step of a path is a key of."""
    model: type[BaseModel] = PersonaDocument
    for step in path[:-1]:
        field = model.model_fields.get(str(step))
        inner = next(_models_in(field.annotation), None) if field is not None else None
        model = inner or model  # a number or a key of one's own stays in the same entry
    return model


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The entries that a field's type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def path_text(path: Path) -> str:
    """A path as people write it, such as ``nodes[3].label``.

    >>> path_text(("nodes", 3, "label"))
    'nodes[3].label'
    """
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or "the file"


_BEGINNING = (-10_000,)  # before every date
_Step = str | int


class Checker:
    """Finds contradictions between the parts of one file.

    Args:
        relations: the core vocabulary with the file's own.
    """

    def __init__(self, entries: Entries, relations: Mapping[str, Relation], problems: Problems) -> None:
        self._entries, self._relations, self._problems = entries, relations, problems
        own = entries.tree.get("node_types")
        sound = [name for name in own if isinstance(name, str)] if isinstance(own, list) else []
        self._node_types = (*NODE_TYPES, *sound)
        self._types = _types_by_node(entries, self._node_types)

    def run(self) -> None:
        """Run every check."""
        for name, relation in self._entries.relations.items():
            self._check_vocabulary(name, relation)
        self._check_nodes()
        self._check_own_node()
        for index, edge in self._entries.edges.items():
            self._check_ends(index, edge)
            self._check_relation(index, edge)
            self._check_dates(index, edge)
            self._check_visibility(index, edge)
        self._check_fact_ids()
        self._check_single_values()

    def _add(self, message: str, *path: _Step, on_key: bool = False) -> None:
        self._problems.add(message, self._entries.place(*path, on_key=on_key))

    def _line(self, *path: _Step) -> str:
        return line_text(self._entries.place(*path))

    def _hint(self, value: str, known: Collection[str]) -> str:
        return self._problems.did_you_mean(value, known)

    # ── relations and nodes ──

    def _check_vocabulary(self, name: str, relation: RelationEntry) -> None:
        if name in CORE_RELATIONS:
            for key in sorted(relation.model_fields_set - {"text"}):
                why = f"{name!r} is a core relation, and only its `text` can be added to"
                self._add(f"relations.{name}.{key}: {why}.", "relations", name, key, on_key=True)
            return
        for side in ("domain", "range"):
            for index, node_type in enumerate(getattr(relation, side)):
                self._check_node_type(node_type, "relations", name, side, index)
        if relation.inverse is not None and relation.inverse not in self._relations:
            hint = self._hint(relation.inverse, self._relations)
            message = f"relations.{name}.inverse {relation.inverse!r} is not a relation.{hint}"
            self._add(message, "relations", name, "inverse")

    def _check_node_type(self, node_type: str, *path: _Step) -> None:
        known = self._node_types
        if node_type not in known:
            hint = self._hint(node_type, known) or f" Known: {', '.join(known)}."
            self._add(f"{node_type!r} is not a node type.{hint}", *path)

    def _check_nodes(self) -> None:
        first: dict[str, int] = {}
        for index, node in self._entries.nodes.items():
            self._check_node_type(node.type, "nodes", index, "type")
            if node.id.startswith(f"{LITERAL}:") and node.type != LITERAL:
                message = f"nodes[{index}].id {node.id!r}: ids that begin so are kept for literals."
                self._add(message, "nodes", index, "id")
            if first.setdefault(node.id, index) != index:
                line = self._line("nodes", first[node.id], "id")
                message = f"nodes[{index}].id {node.id!r} is taken by the node on line {line}."
                self._add(message, "nodes", index, "id")

    def _check_own_node(self) -> None:
        key = "node" if self._entries.tree.get("node") else "id"
        own = self._entries.tree.get(key)
        if isinstance(own, str) and own.strip() and own.strip() not in self._types:
            hint = self._hint(own, self._types)
            self._add(f"{key} {own!r}: the character has no node of that id.{hint}", key)

    # ── edges ──

    def _check_ends(self, index: int, edge: EdgeEntry) -> None:
        for key, node_id in (("source", edge.source), ("target", edge.target)):
            if node_id is not None and node_id not in self._types:
                hint = self._hint(node_id, self._types)
                self._add(f"edges[{index}].{key} {node_id!r} is not a node.{hint}", "edges", index, key)

    def _check_relation(self, index: int, edge: EdgeEntry) -> None:
        relation = self._relations.get(edge.relation)
        if relation is not None:
            self._check_side(index, "source", edge.source, relation, relation.domain)
            if edge.target is not None and self._types.get(edge.target) != LITERAL:
                self._check_side(index, "target", edge.target, relation, relation.range)
        elif edge.relation not in (self._entries.tree.get("relations") or ()):
            hint = self._hint(edge.relation, self._relations)
            message = f"edges[{index}].relation {edge.relation!r} is not a relation.{hint}"
            self._add(message, "edges", index, "relation")

    def _check_side(
        self, index: int, side: str, node_id: str, relation: Relation, allowed: tuple[str, ...]
    ) -> None:
        node_type = self._types.get(node_id)
        if not allowed or not node_type or node_type in allowed:
            return
        message = (
            f"edges[{index}].{side} {node_id!r} is of type {node_type!r}; "
            f"the {side} of {relation.name!r} must be {' or '.join(allowed)}."
        )
        self._add(message, "edges", index, side)

    def _check_dates(self, index: int, edge: EdgeEntry) -> None:
        if edge.valid_from and edge.valid_to and is_before(edge.valid_to, edge.valid_from):
            message = f"edges[{index}].valid_to {edge.valid_to!r} is before valid_from {edge.valid_from!r}."
            self._add(message, "edges", index, "valid_to")
        if edge.relation in DATE_RELATIONS and edge.value and parse_date(edge.value) is None:
            message = (
                f"edges[{index}].value {edge.value!r} is not a date: write 1881, 1881-03 or 1881-03-04, "
                f"and other words under `text`."
            )
            self._add(message, "edges", index, "value")

    def _check_visibility(self, index: int, edge: EdgeEntry) -> None:
        for who in edge.visibility:
            if who in (PUBLIC, UNKNOWN) or who in self._types or who.startswith(USER_PREFIX):
                continue
            hint = self._hint(who, self._types)
            message = f"edges[{index}].visibility {who!r} is not a node, nor {USER_PREFIX}ID of a user.{hint}"
            self._add(message, "edges", index, "visibility")

    def _check_fact_ids(self) -> None:
        edges = self._entries.edges
        first: dict[str, int] = {}
        for index, fact_id in zip(edges, fact_ids(edges.values()), strict=True):
            if first.setdefault(fact_id, index) != index:
                line = self._line("edges", first[fact_id])
                message = (
                    f"edges[{index}] would be called {fact_id!r}, as the edge on line {line} is: "
                    f"take one out, or give it an `id`."
                )
                self._add(message, "edges", index, "id")

    # ── functional relations ──

    def _check_single_values(self) -> None:
        for (node_id, name), indices in self._functional_groups().items():
            latest, *rest = sorted(indices, key=self._start)
            for index in rest:
                if self._clash(latest, index, node_id):
                    self._note_clash(min(latest, index), max(latest, index), node_id, name)
                end, latest_end = (self._entries.edges[each].valid_to for each in (index, latest))
                if latest_end is not None and (end is None or is_before(latest_end, end)):
                    latest = index

    def _functional_groups(self) -> Mapping[tuple[str, str], list[int]]:
        groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for index, edge in self._entries.edges.items():
            relation = self._relations.get(edge.relation)
            if relation is None or relation.cardinality != "functional":
                continue
            if len(edge.model_fields_set) < len(self._entries.tree["edges"][index]):
                continue  # a wrong key, such as a date, was left out
            for end in {edge.source, edge.object_id} if relation.symmetric else {edge.source}:
                groups[end, edge.relation].append(index)
        return groups

    def _start(self, index: int) -> tuple[int, ...]:
        start = self._entries.edges[index].valid_from
        return (parse_date(start) if start else None) or _BEGINNING

    def _clash(self, one: int, other: int, node_id: str) -> bool:
        """Whether two edges give a node different values at the same time."""
        first, second = self._entries.edges[one], self._entries.edges[other]
        if _far_end(first, node_id) == _far_end(second, node_id):
            return False
        return _starts_before_end(first, second) and _starts_before_end(second, first)

    def _note_clash(self, one: int, other: int, node_id: str, name: str) -> None:
        first, second = (_far_end(self._entries.edges[index], node_id) for index in (one, other))
        message = (
            f"edges[{other}]: {node_id!r} {name} {second!r}, and on line {self._line('edges', one)} "
            f"{first!r} at the same time; {name!r} holds one value at a time. "
            f"End one with `valid_to`, or take it out."
        )
        self._add(message, "edges", other)


def _starts_before_end(one: EdgeEntry, other: EdgeEntry) -> bool:
    return one.valid_from is None or other.valid_to is None or is_before(one.valid_from, other.valid_to)


def _far_end(edge: EdgeEntry, node_id: str) -> str:
    return edge.object_id if edge.source == node_id else edge.source


def _types_by_node(entries: Entries, known: Collection[str]) -> dict[str, str]:
    """Node types by id; empty for a node of an unknown type, or with a mistake of its own."""
    written = entries.tree.get("nodes")
    tables = [node for node in written if isinstance(node, dict)] if isinstance(written, list) else []
    types = {node["id"].strip(): "" for node in tables if isinstance(node.get("id"), str)}
    for node in entries.nodes.values():
        types[node.id] = node.type if node.type in known else ""
    return types
