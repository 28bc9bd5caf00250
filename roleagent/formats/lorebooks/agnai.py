"""Agnai's memory book: ``entries[]{keywords, name, entry, weight, priority, enabled}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from roleagent.formats.format import Report
from roleagent.formats.lorebooks import lorebook_file
from roleagent.formats.lorebooks.reading import (
    Fields,
    Ids,
    Json,
    id_for_file,
    plain,
    report_losses,
    with_literals,
)
from roleagent.lore.book import Lorebook, LoreEntry

WHAT = "an Agnai memory book"
_MARKS = frozenset({"keywords", "entry"})
_KEEPS: Final = frozenset({"keys", "content", "name", "enabled", "order", "priority", "use_regex"})


def recognises(raw: object) -> bool:
    """By its `kind`, or by the names of its entries' fields."""
    if not isinstance(raw, Mapping):
        return False
    entries = raw.get("entries")
    return raw.get("kind") == "memory" or (
        isinstance(entries, list)
        and any(isinstance(entry, Mapping) and entry.keys() >= _MARKS for entry in entries)
    )


def read(raw: Mapping[str, Json], report: Report) -> Lorebook:
    """Read a memory book."""
    book = Fields(raw, "", report)
    ids = Ids()
    return Lorebook(
        name=book.label("name"),
        description=book.text("description"),
        entries=tuple(_read_entry(entry, ids.take(entry, "id", key)) for key, entry in book.rows("entries")),
    )


def _read_entry(entry: Fields, entry_id: str) -> LoreEntry:
    return LoreEntry(
        id=entry_id,
        keys=entry.texts("keywords"),
        content=entry.text("entry"),
        name=entry.label("name"),
        enabled=entry.flag("enabled", default=True),
        order=entry.number("weight", 100),
        priority=entry.optional_number("priority"),
    )


def write(book: Lorebook, report: Report) -> dict[str, Json]:
    """Write a memory book."""
    keeps = frozenset({"name", "description"})
    report_losses(book, report, what=WHAT, book_keeps=keeps, entry_keeps=_KEEPS)
    return {
        "kind": "memory",
        "name": book.name,
        "description": book.description,
        "entries": [_write_entry(with_literals(entry)) for entry in book.entries],
    }


def _write_entry(entry: LoreEntry) -> dict[str, Json]:
    return {
        "id": id_for_file(entry.id),
        "name": entry.name,
        "entry": entry.content,
        "keywords": list(entry.keys),
        "priority": plain(entry.order if entry.priority is None else entry.priority),
        "weight": plain(entry.order),
        "enabled": entry.enabled,
    }


AGNAI = lorebook_file("agnai-lorebook", recognises, read, write)
