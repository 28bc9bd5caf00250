"""From what a format's reader gives to typed entries; says what is wrong in the words of the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from roleagent.persona.document import EdgeEntry, NodeEntry, PersonaDocument, RelationEntry
from roleagent.persona.places import Path, Place, Row, Table, locate
from roleagent.persona.problems import Problems

_Key = TypeVar("_Key")
_Entry = TypeVar("_Entry", bound=BaseModel)
_COMMA_HINT = " Or is it part of a text? One that holds a comma must stand in quotes."
_LONGEST_SHOWN = 80  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """What could be understood of a file.

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
    """An entry without the keys that are wrong; None if it cannot do without them.

    What is wrong has been noted when the whole document was validated.
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
