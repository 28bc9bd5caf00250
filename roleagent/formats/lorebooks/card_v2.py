"""The `character_book` of a V2 card (``malfoyslastname/character-card-spec-v2``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from roleagent.formats.lorebooks import card_book
from roleagent.formats.lorebooks.card_book import read
from roleagent.formats.lorebooks.reading import Json, with_literals
from roleagent.formats.report import Report
from roleagent.lore.book import Lorebook

__all__ = ["NAME", "read", "recognises", "write"]

NAME = "card-v2"


def recognises(raw: object) -> bool:
    """Whether it is a table with `entries`, and nothing more particular."""
    return isinstance(raw, Mapping) and "entries" in raw


def write(book: Lorebook, report: Report) -> dict[str, Json]:
    """Write a book; entries whose keys are all patterns get them as ``/re/flags``."""
    book = replace(book, entries=tuple(map(with_literals, book.entries)))
    table = card_book.write(book, report)
    for entry in table["entries"]:
        del entry["use_regex"]
    return table
