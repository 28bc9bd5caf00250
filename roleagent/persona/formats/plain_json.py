"""Files that are one JSON table: taken apart and put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roleagent.persona.formats.foreign import Archive, json_bytes, parse_json
from roleagent.persona.places import Place, ReadError


def unpack_table(data: bytes) -> Archive:
    """A file that is a JSON table.

    Raises:
        ReadError: it is none.
    """
    return Archive(raw=check_table(parse_json(data)))


def check_table(raw: Any) -> dict[str, Any]:  # Any: JSON
    """The value itself, if it is a table.

    Raises:
        ReadError: it is none.
    """
    if not isinstance(raw, dict):
        raise ReadError(f"the file holds {type(raw).__name__}, not a table of keys and values", Place(1, 1))
    return raw


def pack_table(raw: Mapping[str, Any]) -> bytes:
    """A JSON table as a file."""
    return json_bytes(raw) + b"\n"


def default_summary(name: str) -> str:
    """The summary of a character of whom a file tells nothing else."""
    return f"You are {name}."


def told_summary(document: Mapping[str, Any]) -> str:
    """The summary, if it says more than the name."""
    summary = str(document["summary"])
    return "" if summary == default_summary(document["name"]) else summary
