"""The wordings from which worlds and questions are made, one TOML file a language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from roleagent.errors import InputError

FOLDER = Path(__file__).parent / "words"
VALUE = "value"
"""The type of an object that is an end: there are no facts about it."""

_KINDS = ("person", "animal", "place", "organisation", "thing", "work", "event")
_SLOTS = {
    "facts": ("{s}", "{o}"),
    "ask": ("{s}",),
    "noun": ("{s}",),
    "ask_inverse": ("{o}",),
    "past": ("{s}", "{o}"),
    "ask_past": ("{s}",),
    "ask_you_year": ("{y}",),
    "ask_year": ("{s}", "{y}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationWords:
    """How one relation is told and asked for.

    Attributes:
        subject: type of its subject.
        object: type of its object, or `VALUE`.
        many: whether a subject may have several objects.
        facts: sentences with ``{s}`` and ``{o}``.
        ask_you: questions to the character for the object.
        ask: the same for another subject ``{s}``.
        noun_you: what the object is called by somebody who talks to the character ("your brother").
        noun: the same for another subject.
        ask_inverse: questions for the subject, with the object ``{o}``.
        past: sentences that it was so and is no longer, with ``{s}`` and ``{o}``.
        ask_you_past: questions to the character for the object before the present one.
        ask_past: the same for another subject.
        ask_you_year: questions to the character for the object in the year ``{y}``.
        ask_year: the same for another subject.
        values: the objects there are, if they are values.
    """

    subject: str
    object: str
    many: bool = False
    facts: tuple[str, ...]
    ask_you: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    noun_you: tuple[str, ...] = ()
    noun: tuple[str, ...] = ()
    ask_inverse: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    ask_you_past: tuple[str, ...] = ()
    ask_past: tuple[str, ...] = ()
    ask_you_year: tuple[str, ...] = ()
    ask_year: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupWords:
    """Questions that several relations of the character answer together."""

    relations: tuple[str, ...]
    ask_you: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldWords:
    """All wordings of one language.

    Attributes:
        small: talk that asks for no fact of the character.
        lead: what may stand before a question.
        intro: what users tell of themselves before a question.
        then: what may stand before a follow-up, such as "And ".
        more: follow-ups that ask for more about the same.
        given: given names; whole names if there are no family names.
        names: by type, what places, things … are called.
    """

    language: str
    relations: Mapping[str, RelationWords]
    groups: Mapping[str, GroupWords]
    small: tuple[str, ...]
    lead: tuple[str, ...]
    intro: tuple[str, ...]
    given: tuple[str, ...]
    family: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    then: tuple[str, ...] = ()
    more: tuple[str, ...] = ()


@cache
def words_of(language: str) -> WorldWords:
    """The wordings that the shipped weights are trained on: ``en`` or ``zh``."""
    return read_words(FOLDER / f"{language}.toml", language)


def read_words(path: Path, language: str) -> WorldWords:
    """Read a file of wordings.

    Raises:
        InputError: it cannot be read, or something in it is missing or wrong.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
    try:
        relations = {name: _relation(name, row) for name, row in table["relation"].items()}
        groups = {name: GroupWords(**_tuples(row)) for name, row in table.get("group", {}).items()}
        talk, names = _tuples(table["talk"]), _tuples(table["names"])
        return WorldWords(
            language=language,
            relations=relations,
            groups=groups,
            given=names.pop("given"),
            family=names.pop("family"),
            names=names,
            **talk,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: {error}") from error


def _relation(name: str, row: Mapping[str, Any]) -> RelationWords:
    words = RelationWords(**_tuples(row))
    if words.subject not in _KINDS or words.object not in (*_KINDS, VALUE):
        raise ValueError(f"{name}: {words.subject!r} or {words.object!r} is no type.")
    if words.object == VALUE and not words.values:
        raise ValueError(f"{name} has no values.")
    for field in fields(words):
        for text in getattr(words, field.name) if field.name in _SLOTS else ():
            if any(slot not in text for slot in _SLOTS[field.name]):
                raise ValueError(f"{name}.{field.name}: {text!r} lacks {' or '.join(_SLOTS[field.name])}.")
    asked = (words.ask_past, words.ask_year)
    of_you = (words.ask_you_past, words.ask_you_year) if words.subject == "person" else ()
    if words.past and not all((*asked, *of_you)):
        raise ValueError(
            f"{name} has `past`: it needs ask_past and ask_year too, and those of the character."
        )
    return words


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
