"""Values in formats that know text only: lists and tables stand as JSON under a name that says so."""

from __future__ import annotations

import json

from roleagent.persona.formats.json_text import read_json
from roleagent.persona.places import Place, ReadError, Table, moved

JSON_SUFFIX = "__json"


def put_tagged(table: Table, name: str, text: str, place: Place) -> None:
    """Enter a text under its name, or what its JSON says under the name without the tag.

    Raises:
        ReadError: the JSON is not well-formed, or the name is there already.
    """
    key = name.removesuffix(JSON_SUFFIX)
    value: object = text
    if key != name:
        try:
            value = moved(read_json(text), lambda _: place)
        except ReadError as error:
            line, column = error.place
            message = f"{name}, line {line}, column {column} of its text: {error.message}"
            raise ReadError(message, place) from error
    table.put(key, value, key_place=place, value_place=place)


def tagged_name(key: str, value: object) -> str:
    """The name under which a value is written."""
    return key + JSON_SUFFIX if isinstance(value, list | dict) else key


def tagged_text(value: object) -> str:
    """A value as text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, allow_nan=False)


def value_type(value: object) -> str:
    """The name that GraphML and GEXF have for a value's type."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "int" if isinstance(value, int) else "double"
    return "string"
