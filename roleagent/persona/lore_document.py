"""A lorebook in a persona file, under the key `lorebooks`: only what differs from the defaults is written."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from roleagent.lore.book import Logic, Lorebook, LoreEntry, Position, Role
from roleagent.persona.fields import Entry, Flag, Label, Number, Text, Value, Visibility
from roleagent.types import PUBLIC


def _float(value: object) -> object:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(f"must be a number, and is {value!r}") from None


Amount = Annotated[
    float,
    BeforeValidator(_float),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]}),
    Field(allow_inf_nan=False),
]


class LoreEntryModel(Entry):
    """One text of a lorebook and when it enters the prompt; see `LoreEntry` for each key."""

    id: Value
    keys: tuple[Label, ...] = ()
    secondary_keys: tuple[Label, ...] = ()
    selective: Flag = False
    logic: Logic = "and_any"
    content: Text = Field(default="", validate_default=False)
    name: Label = Field(default="", validate_default=False)
    comment: Text = Field(default="", validate_default=False)
    enabled: Flag = True
    use_regex: Flag = False
    constant: Flag = False
    order: Amount = 100
    priority: Amount | None = None
    position: Position = "before_char"
    depth: Number = 4
    outlet: Label = Field(default="", validate_default=False)
    role: Role = "system"
    scan_depth: Number | None = None
    also_in: tuple[Label, ...] = ()
    triggers: tuple[Label, ...] = ()
    only_for: tuple[Label, ...] = ()
    not_for: tuple[Label, ...] = ()
    case_sensitive: Flag | None = None
    whole_words: Flag | None = None
    probability: Annotated[Amount, Field(ge=0, le=100)] = 100
    group: Label = Field(default="", validate_default=False)
    group_override: Flag = False
    group_weight: Amount = 100
    use_group_scoring: Flag | None = None
    sticky: Number = 0
    cooldown: Number = 0
    delay: Number = 0
    exclude_recursion: Flag = False
    prevent_recursion: Flag = False
    delay_until_recursion: Number = 0
    ignore_budget: Flag = False
    visibility: Visibility = (PUBLIC,)


class LorebookModel(Entry):
    """Entries that belong together; see `Lorebook` for each key."""

    name: Label = Field(default="", validate_default=False)
    description: Text = Field(default="", validate_default=False)
    scan_depth: Number | None = None
    token_budget: Number | None = None
    recursive: Flag | None = None
    max_recursion: Number = 0
    min_activations: Number = 0
    case_sensitive: Flag | None = None
    whole_words: Flag | None = None
    use_group_scoring: Flag | None = None
    entries: tuple[LoreEntryModel, ...] = ()


def to_lorebook(model: LorebookModel) -> Lorebook:
    """The value that a file's book stands for."""
    entries = tuple(LoreEntry(**_fields(entry)) for entry in model.entries)
    return Lorebook(**{**dict(model), "entries": entries})


def _fields(entry: LoreEntryModel) -> dict[str, Any]:
    """Its values by name; not `dict(entry)`, which would call the field `keys`."""
    return {name: getattr(entry, name) for name in LoreEntryModel.model_fields}


def to_document(book: Lorebook) -> dict[str, Any]:
    """A book as a file has it, without what says nothing."""
    table = _unlike(book, Lorebook(), _names(book))
    default = LoreEntry(id="-")
    names = _names(default)
    entries = [{"id": entry.id, **_unlike(entry, default, names)} for entry in book.entries]
    return {**table, "entries": entries} if entries else table


def _names(value: Lorebook | LoreEntry) -> list[str]:
    return [field.name for field in fields(value) if field.name not in ("entries", "id")]


def _unlike(value: Lorebook | LoreEntry, default: Lorebook | LoreEntry, names: list[str]) -> dict[str, Any]:
    found = {}
    for name in names:
        own = getattr(value, name)
        if own != getattr(default, name):
            found[name] = list(own) if isinstance(own, tuple) else own
    return found
