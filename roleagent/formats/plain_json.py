"""Files that are one JSON table: taken apart and put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roleagent.formats.foreign import json_bytes, parse_json
from roleagent.formats.format import Archive
from roleagent.formats.report import Report
from roleagent.persona.problems import Place, ReadError

MAX_JSON_BYTES = 16 * 1024 * 1024
MAX_ITEMS = 10_000  # of one list of a stranger's


def unpack_table(data: bytes, report: Report | None = None) -> Archive:
    """A file that is a JSON table.

    Raises:
        ReadError: it is none, or larger than MAX_JSON_BYTES.
    """
    return Archive(raw=check_table(parse_json(check_size(data), report)))


def check_size(data: bytes) -> bytes:
    """The bytes themselves, if a JSON file may have so many.

    Raises:
        ReadError: they are too many.
    """
    if len(data) > MAX_JSON_BYTES:
        raise ReadError(f"holds more than {MAX_JSON_BYTES // 1024**2} MB of JSON", Place(1, 1))
    return data


def check_table(raw: Any) -> dict[str, Any]:  # Any: JSON
    """The value itself, if it is a table.

    Raises:
        ReadError: it is none.
    """
    if not isinstance(raw, dict):
        raise ReadError(f"the file holds {type(raw).__name__}, not a table of keys and values", Place(1, 1))
    return raw


def items_of(table: Mapping[str, Any], key: str, where: str, report: Report) -> list[Any]:  # Any: JSON
    """A list under a key; empty where there is none, reported where it is something else or very long."""
    found = table.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        report.warn(f"{where}{key}", f"is {type(found).__name__}, not a list: left out of the persona")
        return []
    if len(found) > MAX_ITEMS:
        report.warn(f"{where}{key}", f"has {len(found)} items: those after {MAX_ITEMS} are left out")
    return found[:MAX_ITEMS]


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
