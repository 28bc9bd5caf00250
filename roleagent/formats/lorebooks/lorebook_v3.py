"""A V3 card's book in a file of its own: ``{spec: "lorebook_v3", data}``."""

from __future__ import annotations

from collections.abc import Mapping

from roleagent.formats.lorebooks import card_book
from roleagent.formats.lorebooks.reading import Fields, Json
from roleagent.formats.report import Report
from roleagent.lore.book import Lorebook

NAME = "lorebook-v3"
_SPEC = "lorebook_v3"


def recognises(raw: object) -> bool:
    """Whether it says so."""
    return isinstance(raw, Mapping) and raw.get("spec") == _SPEC


def read(raw: Mapping[str, Json], report: Report) -> Lorebook:
    """Read the book within."""
    return card_book.read(Fields(raw, "", report).table("data").raw, report)


def write(book: Lorebook, report: Report) -> dict[str, Json]:
    """Write a file."""
    return {"spec": _SPEC, "data": card_book.write(book, report)}
