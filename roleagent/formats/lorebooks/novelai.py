"""NovelAI's lorebook: ``entries[]{keys, displayName, text, enabled, contextConfig{budgetPriority}}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from roleagent.formats.format import Report
from roleagent.formats.lorebooks import lorebook_file
from roleagent.formats.lorebooks.reading import Fields, Ids, Json, plain, report_losses, with_literals
from roleagent.lore.book import Lorebook, LoreEntry

WHAT = "a NovelAI lorebook"
VERSION = 5
_MARKS = frozenset({"displayName", "contextConfig"})
_KEEPS: Final = frozenset({"keys", "content", "name", "enabled", "constant", "order", "use_regex"})


def recognises(raw: object) -> bool:
    """By its version, or by the names of its entries' fields."""
    if not isinstance(raw, Mapping):
        return False
    entries = raw.get("entries")
    return "lorebookVersion" in raw or (
        isinstance(entries, list)
        and any(isinstance(entry, Mapping) and not _MARKS.isdisjoint(entry) for entry in entries)
    )


def read(raw: Mapping[str, Json], report: Report) -> Lorebook:
    """Read a lorebook."""
    book = Fields(raw, "", report)
    ids = Ids()
    return Lorebook(
        entries=tuple(_read_entry(entry, ids.take(entry, "id", key)) for key, entry in book.rows("entries"))
    )


def _read_entry(entry: Fields, entry_id: str) -> LoreEntry:
    return LoreEntry(
        id=entry_id,
        keys=entry.texts("keys"),
        content=entry.text("text"),
        name=entry.label("displayName"),
        enabled=entry.flag("enabled", default=True),
        constant=entry.flag("forceActivation", default=False),
        order=entry.table("contextConfig").number("budgetPriority", 100),
    )


def write(book: Lorebook, report: Report) -> dict[str, Json]:
    """Write a lorebook."""
    report_losses(book, report, what=WHAT, book_keeps=frozenset(), entry_keeps=_KEEPS)
    entries = [_write_entry(with_literals(entry)) for entry in book.entries]
    return {"lorebookVersion": VERSION, "entries": entries}


def _write_entry(entry: LoreEntry) -> dict[str, Json]:
    return {
        "id": entry.id,
        "text": entry.content,
        "displayName": entry.name,
        "keys": list(entry.keys),
        "enabled": entry.enabled,
        "forceActivation": entry.constant,
        "contextConfig": {"budgetPriority": plain(entry.order)},
    }


NOVELAI = lorebook_file("novelai-lorebook", recognises, read, write, suffixes=(".lorebook",))
