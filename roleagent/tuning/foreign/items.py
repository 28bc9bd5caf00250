"""The items of a JSON or JSON Lines file, one after the other, each with its place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roleagent.errors import InputError
from roleagent.tuning.data_files import numbered_lines

MOST_BYTES_OF_FILE = 256 * 2**20
"""Of a file that has to be read whole; JSON Lines are read line by line and may be longer."""
MOST_NESTED = 20
"""Objects and lists within each other."""
MOST_MESSAGES = 2_000
"""Messages of one conversation, or lines of one scene."""

_LINES = (".jsonl", ".ndjson", ".jsonlines")


@dataclass(frozen=True, slots=True)
class Item:
    """One value of a file.

    Attributes:
        place: where it stands, for errors: ``FILE:LINE``, or ``FILE: item NUMBER`` if the file is one list.
    """

    place: str
    value: Any  # Any: JSON


def items_of(path: Path) -> Iterator[Item]:
    """The lines of a JSON Lines file, the items of a JSON list, or the one object that a JSON file is.

    Raises:
        InputError: the file cannot be read, is too large, or is not JSON; the message names file and line.
    """
    if path.suffix.lower() in _LINES:
        for number, line in numbered_lines(path):
            yield Item(f"{path}:{number}", _parsed(line, f"{path}:{number}"))
        return
    whole = _parsed(text_of(path), str(path))
    if isinstance(whole, list):
        for number, value in enumerate(whole, start=1):
            yield Item(f"{path}: item {number}", value)
    else:
        yield Item(str(path), whole)


def text_of(path: Path) -> str:
    """The text of a file.

    Raises:
        InputError: it cannot be read, has more than `MOST_BYTES_OF_FILE`, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES_OF_FILE + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}.") from error
    if len(data) > MOST_BYTES_OF_FILE:
        raise InputError(
            f"{path}: larger than {MOST_BYTES_OF_FILE:,} bytes. Turn it into JSON Lines, which are read line "
            "by line: jq -c '.[]' FILE.json > FILE.jsonl"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8: {error}.") from error


def _parsed(text: str, place: str) -> Any:  # Any: JSON
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        at = f"{place}:{error.lineno}" if error.lineno > 1 else place
        raise InputError(f"{at}: not JSON: {error.msg} (column {error.colno}).") from error
    except RecursionError as error:
        raise InputError(f"{place}: not usable: more than {MOST_NESTED} levels of nesting.") from error
    except ValueError as error:  # a number of too many digits
        raise InputError(f"{place}: not JSON that can be read: {error}.") from error
    if _is_deeper(value, MOST_NESTED):
        raise InputError(f"{place}: not usable: more than {MOST_NESTED} levels of nesting.")
    return value


def _is_deeper(value: Any, most: int) -> bool:  # Any: JSON
    level = [value]
    for _ in range(most + 1):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def table(value: Any, what: str = "it") -> Mapping[str, Any]:  # Any: JSON
    """A value that must be an object.

    Raises:
        ValueError: it is not.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{what} is not an object")
    return value


def rows(holder: Mapping[str, Any], name: str, *, most: int = MOST_MESSAGES) -> Sequence[Any]:  # Any: JSON
    """The list under a name; empty if there is none.

    Raises:
        ValueError: it is no list, or has more than `most` entries.
    """
    value = holder.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"{name!r} is not a list")
    if len(value) > most:
        raise ValueError(f"{name!r} has {len(value):,} entries; at most {most:,} can be read")
    return value


def text(holder: Mapping[str, Any], *names: str) -> str:  # Any: JSON
    """The text under the first of several names that is there and not null; empty if none is.

    Raises:
        ValueError: it is not text.
    """
    for name in names:
        value = holder.get(name)
        if value is not None:
            if not isinstance(value, str):
                raise ValueError(f"{name!r} is not text")
            return value.strip()
    return ""
