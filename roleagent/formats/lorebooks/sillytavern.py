"""SillyTavern's world file: ``{entries: {uid: entry}}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

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
from roleagent.formats.lorebooks.tavern_options import KEPT, has_own_position, read_options, write_options
from roleagent.formats.report import Report
from roleagent.lore.book import Lorebook, LoreEntry

WHAT = "a SillyTavern world file"
_MARKS = frozenset({"uid", "key", "keysecondary"})
_BOOK_KEEPS: Final = frozenset({"name", "description"})
_ENTRY_KEEPS: Final = KEPT | {
    "keys", "secondary_keys", "selective", "content", "comment", "enabled", "use_regex", "constant", "order",
}  # fmt: skip


def recognises(raw: object) -> bool:
    """Whether its entries are a table, or have the names of such entries' fields."""
    entries = raw.get("entries") if isinstance(raw, Mapping) else None
    if isinstance(entries, Mapping):
        return True
    return isinstance(entries, list) and any(
        isinstance(entry, Mapping) and not _MARKS.isdisjoint(entry) for entry in entries
    )


def read(raw: Mapping[str, Json], report: Report) -> Lorebook:
    """Read a world file; an entry is known by its key in the table."""
    book = Fields(raw, "", report)
    is_table = isinstance(raw.get("entries"), Mapping)
    ids = Ids()
    entries: list[LoreEntry] = []
    for key, entry in book.rows("entries"):
        entry_id = ids.take_text(entry, key) if is_table else ids.take(entry, "uid", key)
        entries.append(_read_entry(entry, entry_id))
    return Lorebook(name=book.label("name"), description=book.text("description"), entries=tuple(entries))


def _read_entry(entry: Fields, entry_id: str) -> LoreEntry:
    if entry.flag("vectorized", default=False):
        entry.warn("vectorized", "entries are found by their keys here, not by likeness")
    fields: dict[str, Any] = {
        **read_options(entry, "world", position="before_char"),
        "keys": entry.texts("key"),
        "secondary_keys": entry.texts("keysecondary"),
        "selective": entry.flag("selective", default=True),
        "content": entry.text("content"),
        "comment": entry.text("comment"),
        "enabled": not entry.flag("disable", default=False),
        "constant": entry.flag("constant", default=False),
        "order": entry.number("order", 100),
    }
    return LoreEntry(id=entry_id, **fields)


def write(book: Lorebook, report: Report) -> dict[str, Json]:
    """Write a world file."""
    report_losses(book, report, what=WHAT, book_keeps=_BOOK_KEEPS, entry_keeps=_ENTRY_KEEPS)
    for index, entry in enumerate(book.entries):
        if has_own_position(entry):
            report.lost(f"entries[{index}].position", f"{WHAT} has no {entry.position!r}")
    said = {"name": book.name, "description": book.description}
    uids = _uids(book)
    entries = {entry.id: _write_entry(with_literals(entry), uids[entry.id]) for entry in book.entries}
    return {name: text for name, text in said.items() if text} | {"entries": entries}


def _uids(book: Lorebook) -> dict[str, int]:
    """A number for each entry: its id where that is one."""
    ids = {entry.id: id_for_file(entry.id) for entry in book.entries}
    first_free = max((uid for uid in ids.values() if isinstance(uid, int)), default=-1) + 1
    return {
        entry_id: uid if isinstance(uid, int) else first_free + number
        for number, (entry_id, uid) in enumerate(ids.items())
    }


def _write_entry(entry: LoreEntry, uid: int) -> dict[str, Json]:
    return {
        "uid": uid,
        "key": list(entry.keys),
        "keysecondary": list(entry.secondary_keys),
        "comment": entry.comment,
        "content": entry.content,
        "constant": entry.constant,
        "vectorized": False,
        "selective": entry.selective,
        "addMemo": bool(entry.comment),
        "order": plain(entry.order),
        "disable": not entry.enabled,
        **write_options(entry, "world"),
    }


SILLYTAVERN = lorebook_file("sillytavern-lorebook", recognises, read, write)
