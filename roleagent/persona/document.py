"""The persona file as data, the same for every format; its JSON Schema is `personas/persona.schema.json`.

YAML and GraphML know text only, so a number or a truth value may be written as text here.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from roleagent.persona.dates import parse_date
from roleagent.persona.schema import LITERAL, NODE_TYPES
from roleagent.types import Cardinality

VERSION = 1

# Characters that XML cannot hold, or that the eye cannot see.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SLOTS = ("{subject}", "{object}")


def _clean(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").strip()
    found = _FORBIDDEN.search(text)
    if found:
        raise ValueError(f"holds the character {found[0]!r}, which no text may hold")
    return text


def _number_as_text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _date(value: object) -> object:
    text = _clean(_number_as_text(value))
    if isinstance(text, str) and parse_date(text) is None:
        raise ValueError(f"{text!r} is not a date: write 1881, 1881-03 or 1881-03-04")
    return text


def _flag(value: object) -> object:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, and is {value!r}")
    return value


def _share(value: object) -> object:
    try:
        number = float(value) if isinstance(value, str | int | float) and value is not True else math.nan
    except ValueError:
        number = math.nan
    if not 0 <= number <= 1:
        raise ValueError(f"must be a number from 0 to 1, and is {value!r}")
    return number


def _version(value: object) -> object:
    if str(value) != str(VERSION):
        raise ValueError(f"is {value!r}, and this release reads version {VERSION}")
    return VERSION


def _template(value: str) -> str:
    missing = [slot for slot in _SLOTS if slot not in value]
    if missing:
        raise ValueError(f"{value!r} lacks {' and '.join(missing)}")
    return value


_NUMBER_OR_TEXT = {"anyOf": [{"type": "string"}, {"type": "number"}]}

Text = Annotated[str, Field(min_length=1, max_length=20_000), BeforeValidator(_clean)]
Label = Annotated[str, Field(min_length=1, max_length=2_000), BeforeValidator(_clean)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_-]+$", max_length=100), BeforeValidator(_clean)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"), BeforeValidator(_clean)]
Date = Annotated[str, BeforeValidator(_date), WithJsonSchema(_NUMBER_OR_TEXT)]
Value = Annotated[Label, BeforeValidator(_number_as_text), WithJsonSchema(_NUMBER_OR_TEXT)]
Template = Annotated[Label, AfterValidator(_template)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Share = Annotated[float, BeforeValidator(_share), Field(ge=0, le=1)]
Version = Annotated[Literal[1], BeforeValidator(_version)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExampleEntry(_Entry):
    """An exchange that shows how the character talks."""

    user: Text
    reply: Text


class HorizonEntry(_Entry):
    """Where the character's knowledge ends."""

    until: Date | None = Field(default=None, description="the last date the character knows of")
    unknown: tuple[Label, ...] = Field(default=(), description="terms that mean nothing to the character")
    known: tuple[Label, ...] = Field(
        default=(), description="terms that one might think unknown, and are not"
    )


class RelationEntry(_Entry):
    """A relation of the persona's own, or a core relation in a further language (`text` alone)."""

    text: dict[Language, Template] = Field(
        description="language code: sentence with {subject} and {object}", min_length=1
    )
    cardinality: Cardinality = Field(
        default="multi-valued",
        description="functional: one value at a time; multi-valued: values add up; append-only: never ends",
    )
    domain: tuple[Label, ...] = Field(default=(), description="node types of the subject; none for any")
    range: tuple[Label, ...] = Field(default=(), description="node types of the object; none for any")
    inverse: Label | None = Field(
        default=None, description="the relation that says the same from the other end"
    )
    symmetric: Flag = Field(default=False, description="whether it holds both ways")


class NodeEntry(_Entry):
    """A person, a place, a thing, a trait or the like."""

    id: Label = Field(description="unique in the file")
    type: Label = Field(description="one of the node types", json_schema_extra={"enum": list(NODE_TYPES)})
    label: Label = Field(description="the name as a sentence would have it")
    aliases: tuple[Label, ...] = Field(default=(), description="other names by which a text may mention it")
    description: Text = Field(default="", validate_default=False)


class EdgeEntry(_Entry):
    """A fact. It has a `target` (a node's id) or a `value` (a literal), never both."""

    source: Label = Field(description="id of a node")
    relation: Label = Field(description="a core relation, or one under `relations`")
    target: Label | None = Field(default=None, description="id of a node")
    value: Value | None = Field(default=None, description="a literal, in place of a target")
    id: Label | None = Field(default=None, description="default: source.relation.target")
    valid_from: Date | None = None
    valid_to: Date | None = None
    confidence: Share = 1.0
    fixed: Flag = Field(default=False, description="no update may ever change it")
    text: Text | None = Field(
        default=None, description="the fact in its own words, in place of the template's"
    )

    @model_validator(mode="after")
    def _has_one_end(self) -> Self:
        if (self.target is None) == (self.value is None):
            raise ValueError("needs either `target` (a node's id) or `value` (a literal)")
        return self

    @property
    def object_id(self) -> str:
        """The node at the far end; a value's node is named after it."""
        return self.target if self.target is not None else literal_id(self.value or "")


class PersonaDocument(_Entry):
    """A persona file: a character's core, and its knowledge as nodes and edges."""

    roleagent: Version = Field(description="version of this format")
    id: Name
    name: Label = Field(description="how the character is called")
    language: Language = Field(default="en", description="ISO 639-1 code of the language it speaks")
    node: Label | None = Field(
        default=None, description="id of the character's own node; default: the persona's id"
    )
    summary: Text = Field(description="who this is, addressed to the actor: You are …")
    greeting: Text = Field(default="", description="first line of a conversation", validate_default=False)
    speech: tuple[Text, ...] = Field(default=(), description="rules of its way of speaking")
    rules: tuple[Text, ...] = Field(default=(), description="what it always or never does")
    fall_backs: tuple[Text, ...] = Field(default=(), description="its own ways of declining")
    examples: tuple[ExampleEntry, ...] = ()
    horizon: HorizonEntry = HorizonEntry()
    relations: dict[Label, RelationEntry] = Field(
        default_factory=dict, description="additions to the core vocabulary"
    )
    nodes: tuple[NodeEntry, ...] = Field(min_length=1)
    edges: tuple[EdgeEntry, ...] = ()

    @property
    def node_id(self) -> str:
        """The character's own node."""
        return self.node or self.id


def literal_id(value: str) -> str:
    """The id of the node that stands for a literal value."""
    return f"{LITERAL}:{value}"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a persona file, for editors that check and complete while one types."""
    schema = PersonaDocument.model_json_schema()
    schema["properties"] |= {
        "$schema": {"type": "string", "description": "for editors"},
        "directed": {"type": "boolean", "description": "for networkx"},
        "multigraph": {"type": "boolean", "description": "for networkx"},
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
