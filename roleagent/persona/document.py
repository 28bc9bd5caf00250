"""The persona file as data, the same for every format, and the nodes and facts that its rows stand for.

Its JSON Schema is `personas/persona.schema.json`.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from roleagent.graph.schema import CORE_RELATIONS, LITERAL, NODE_TYPES, fact_sentence
from roleagent.persona.fields import (
    Date,
    Entry,
    Flag,
    JsonText,
    Label,
    Language,
    LorebookModel,
    Name,
    Number,
    OptionalText,
    Share,
    Template,
    Text,
    Uri,
    Value,
    Version,
    Visibility,
)
from roleagent.types import PUBLIC, Cardinality, Fact, Node, Relation, content_id

_LONGEST_ID = 2_000  # characters, as of any `Label`
_KEPT_OF_ID = 1_975


class ExampleEntry(Entry):
    """An exchange that shows how the character talks; without `user`, what it says unasked."""

    user: OptionalText = ""
    reply: Text


class HorizonEntry(Entry):
    """Where the character's knowledge ends."""

    until: Date | None = Field(default=None, description="the last date the character knows of")
    unknown: tuple[Label, ...] = Field(default=(), description="terms that mean nothing to the character")
    known: tuple[Label, ...] = Field(
        default=(), description="terms that one might think unknown, and are not"
    )


class ChapterEntry(Entry):
    """A named moment of the story, at which the persona can be placed."""

    id: Label = Field(description="how the chapter is called on the command line")
    date: Date = Field(description="when it is; a story without a calendar counts invented years")
    title: Label = Field(default="", validate_default=False)


class AssetEntry(Entry):
    """A picture or other file that belongs to the character."""

    kind: Label = Field(description="icon, background, user_icon, emotion, or a name of one's own")
    name: Label = Field(description="`main` for the icon to show; for an emotion, which one")
    ext: Label = "unknown"
    uri: Uri = Field(
        default="ccdefault:", description="data:, an address, or a path beside the persona's file"
    )
    path: Label = Field(
        default="", validate_default=False, description="where it lay in the archive it came from"
    )


class CreditsEntry(Entry):
    """Who made the persona, and for whom: never part of a prompt."""

    creator: Text = Field(default="", validate_default=False)
    notes: Text = Field(default="", validate_default=False, description="to those who use the persona")
    notes_in: dict[Label, Text] = Field(
        default_factory=dict, description="the notes in other languages, by language code"
    )
    version: Value = Field(default="", validate_default=False)
    tags: tuple[Label, ...] = ()
    sources: tuple[Text, ...] = ()
    created_at: Number | None = Field(default=None, description="seconds since 1970")
    modified_at: Number | None = Field(default=None, description="seconds since 1970")


class RenderingEntry(Entry):
    """The persona in another language; whatever is left out stays as it is."""

    name: Label = Field(default="", validate_default=False)
    nickname: Label = Field(default="", validate_default=False)
    summary: Text = Field(default="", validate_default=False)
    personality: Text = Field(default="", validate_default=False)
    scenario: Text = Field(default="", validate_default=False)
    greeting: Text = Field(default="", validate_default=False)
    greetings: tuple[Text, ...] = ()
    speech: tuple[Text, ...] = ()
    rules: tuple[Text, ...] = ()
    fall_backs: tuple[Text, ...] = ()
    examples: tuple[ExampleEntry, ...] = ()
    labels: dict[Label, Label] = Field(default_factory=dict, description="node id: label")
    texts: dict[Label, Text] = Field(default_factory=dict, description="fact id: sentence")


class RelationEntry(Entry):
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


class NodeEntry(Entry):
    """A person, a place, a thing, a trait or the like."""

    id: Label = Field(description="unique in the file")
    type: Label = Field(
        description="one of the node types, or one under `node_types`",
        json_schema_extra={"examples": list(NODE_TYPES)},
    )
    label: Label = Field(description="the name as a sentence would have it")
    aliases: tuple[Label, ...] = Field(default=(), description="other names by which a text may mention it")
    description: Text = Field(default="", validate_default=False)


class EdgeEntry(Entry):
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
    visibility: Visibility = Field(
        default=(PUBLIC,),
        description="who may learn it: public, secret (nobody), unknown (not even the character knows), "
        "or a list of persons' ids",
    )
    layer: Literal["canon", "current"] = Field(
        default="canon", description="current: how things stand as the story begins; updates may move it"
    )
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


class PersonaDocument(Entry):
    """A persona file: a character's core, and its knowledge as nodes and edges."""

    roleagent: Version = Field(description="version of this format")
    extends: tuple[Label, ...] = Field(
        default=(), description="files (beside this one) or names of personas that this one is made from"
    )
    fragment: Flag = Field(
        default=False, description="a part for others to extend; needs no id, name, summary"
    )
    remove: tuple[Label, ...] = Field(
        default=(), description="ids of nodes and facts of what is extended that are left out"
    )
    id: Name
    name: Label = Field(description="how the character is called")
    language: Language = Field(default="en", description="ISO 639-1 code of the language it speaks")
    node: Label | None = Field(
        default=None, description="id of the character's own node; default: the persona's id"
    )
    nickname: Label = Field(default="", description="how it is called in talk", validate_default=False)
    summary: Text = Field(description="who this is, addressed to the actor: You are …")
    personality: Text = Field(default="", description="its character in words", validate_default=False)
    scenario: Text = Field(default="", description="the scene of the conversation", validate_default=False)
    greeting: Text = Field(default="", description="first line of a conversation", validate_default=False)
    greetings: tuple[Text, ...] = Field(default=(), description="other first lines")
    group_greetings: tuple[Text, ...] = Field(default=(), description="first lines among several characters")
    system_prompt: Text = Field(
        default="",
        description="instructions before everything; {{original}} stands for ours",
        validate_default=False,
    )
    post_history_instructions: Text = Field(
        default="", description="instructions after the conversation; likewise", validate_default=False
    )
    speech: tuple[Text, ...] = Field(default=(), description="rules of its way of speaking")
    rules: tuple[Text, ...] = Field(default=(), description="what it always or never does")
    fall_backs: tuple[Text, ...] = Field(default=(), description="its own ways of declining")
    examples: tuple[ExampleEntry, ...] = ()
    horizon: HorizonEntry = HorizonEntry()
    chapters: tuple[ChapterEntry, ...] = Field(default=(), description="named moments of the story")
    lorebooks: tuple[LorebookModel, ...] = Field(
        default=(), description="texts that enter the prompt when the talk comes to them"
    )
    assets: tuple[AssetEntry, ...] = ()
    credits: CreditsEntry = CreditsEntry()
    renderings: dict[Language, RenderingEntry] = Field(
        default_factory=dict, description="the persona in other languages"
    )
    extensions: dict[Label, JsonText] = Field(
        default_factory=dict, description="what other programs' files hold, as JSON text, for the way back"
    )
    node_types: tuple[Name, ...] = Field(default=(), description="additions to the node types")
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
    return bounded_id(f"{LITERAL}:{value}")


def bounded_id(made: str) -> str:
    """An id made from texts; if it is longer than a file allows, its end is a hash."""
    return made if len(made) <= _LONGEST_ID else f"{made[:_KEPT_OF_ID]}~{content_id(made)}"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a persona file, for editors that check and complete while one types."""
    schema = PersonaDocument.model_json_schema()
    needed = [key for key in schema["required"] if key != "roleagent"]
    is_part = {"anyOf": [{"required": ["extends"]}, {"required": ["fragment"]}]}
    schema |= {"required": ["roleagent"], "if": {"not": is_part}, "then": {"required": needed}}
    schema["properties"] |= {
        "$schema": {"type": "string", "description": "for editors"},
        "directed": {"type": "boolean", "description": "for networkx"},
        "multigraph": {"type": "boolean", "description": "for networkx"},
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


# ── rows -> nodes, relations and facts ───────────────────────────────────────────────────────────


def fact_ids(edges: Iterable[EdgeEntry]) -> list[str]:
    """The id of each edge's fact: its own, or ``source.relation.target``.

    If several edges link the same ends by the same relation, the dates they hold from tell them apart.
    """
    edges = list(edges)
    links = [(edge.source, edge.relation, edge.object_id) for edge in edges]
    times = Counter(links)
    ids = []
    for edge, link in zip(edges, links, strict=True):
        name = ".".join(link)
        if times[link] > 1 and edge.valid_from:
            name += f"@{edge.valid_from}"
        ids.append(edge.id or bounded_id(name))
    return ids


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
    made = {entry.id: Node(**dict(entry)) for entry in nodes}
    for edge in edges:
        if edge.value is not None:
            node_id = literal_id(edge.value)
            made.setdefault(node_id, Node(id=node_id, type=LITERAL, label=edge.value))
    return list(made.values())


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
