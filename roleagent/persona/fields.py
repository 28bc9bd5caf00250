"""The kinds of values that a persona file holds, checked one by one, and lorebooks as it holds them.

YAML and GraphML know text only, so a number or a truth value may be written as text.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import fields
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from roleagent.language.dates import parse_date
from roleagent.lore.book import Logic, Lorebook, LoreEntry, Position, Role
from roleagent.types import PUBLIC, UNKNOWN

VERSION = 1

# Characters that XML cannot hold, or that the eye cannot see.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SLOTS = ("{subject}", "{object}")
NOBODY = "secret"
_VISIBILITY_WORDS = {PUBLIC: (PUBLIC,), NOBODY: (), UNKNOWN: (UNKNOWN,)}
LONGEST_EXTENSION = 12_000_000  # characters
_LONGEST_URI = 12_000_000


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


_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def _flag(value: object) -> object:
    if isinstance(value, str | int) and str(value).strip().lower() in _FLAGS:
        return _FLAGS[str(value).strip().lower()]
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
    if str(value) not in (str(VERSION), f"{VERSION}.0"):  # igraph knows no whole numbers
        raise ValueError(f"is {value!r}, and this release reads version {VERSION}")
    return VERSION


def _whole_number(value: object) -> object:
    try:
        return int(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(f"must be a whole number, and is {value!r}") from None


def _visibility(value: object) -> object:
    """`secret` is nobody, `public` everybody; else who: ids of nodes, `user:ID`, `unknown`."""
    if isinstance(value, str) and value.strip() in _VISIBILITY_WORDS:
        return _VISIBILITY_WORDS[value.strip()]
    if isinstance(value, str):
        raise ValueError(
            f"is {value!r}: write {', '.join(_VISIBILITY_WORDS)}, or the ids of those who may know it in [ ]"
        )
    return value


def _json_text(value: str) -> str:
    try:
        json.loads(value)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is no JSON: {error}") from None
    return value


def _template(value: str) -> str:
    missing = [slot for slot in _SLOTS if slot not in value]
    if missing:
        raise ValueError(f"{value!r} lacks {' and '.join(missing)}")
    return value


_NUMBER_OR_TEXT = {"anyOf": [{"type": "string"}, {"type": "number"}]}

Text = Annotated[str, Field(min_length=1, max_length=200_000), BeforeValidator(_clean)]
OptionalText = Annotated[str, Field(max_length=200_000), BeforeValidator(_clean)]
Label = Annotated[str, Field(min_length=1, max_length=2_000), BeforeValidator(_clean)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_-]+$", max_length=100), BeforeValidator(_clean)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"), BeforeValidator(_clean)]
Date = Annotated[str, BeforeValidator(_date), WithJsonSchema(_NUMBER_OR_TEXT)]
Value = Annotated[Label, BeforeValidator(_number_as_text), WithJsonSchema(_NUMBER_OR_TEXT)]
Template = Annotated[Label, AfterValidator(_template)]
Number = Annotated[int, BeforeValidator(_whole_number), WithJsonSchema(_NUMBER_OR_TEXT)]
Visibility = Annotated[
    tuple[Label, ...],
    BeforeValidator(_visibility),
    WithJsonSchema(
        {"anyOf": [{"enum": list(_VISIBILITY_WORDS)}, {"type": "array", "items": {"type": "string"}}]}
    ),
]
JsonText = Annotated[str, Field(max_length=LONGEST_EXTENSION), AfterValidator(_json_text)]
Uri = Annotated[str, Field(max_length=_LONGEST_URI)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Share = Annotated[float, BeforeValidator(_share), Field(ge=0, le=1)]
Version = Annotated[Literal[1], BeforeValidator(_version)]


class Entry(BaseModel):
    """A part of a persona file: it has these keys and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# ── lorebooks ────────────────────────────────────────────────────────────────────────────────────


def _float(value: object) -> object:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(f"must be a number, and is {value!r}") from None


Amount = Annotated[
    float, BeforeValidator(_float), WithJsonSchema(_NUMBER_OR_TEXT), Field(allow_inf_nan=False)
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
    """The lorebook that a part of a persona file describes."""
    names = LoreEntryModel.model_fields
    entries = tuple(  # `dict(entry)` would call the field `keys`
        LoreEntry(**{name: getattr(entry, name) for name in names}) for entry in model.entries
    )
    return Lorebook(**{**dict(model), "entries": entries})


def to_document(book: Lorebook) -> dict[str, Any]:
    """A book as a persona file holds it, without defaults."""
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
