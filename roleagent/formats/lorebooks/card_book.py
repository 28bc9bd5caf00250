"""The `character_book` of a card, V2 or V3, in a card or in a file; they differ in `use_regex` alone.

Specifications: ``malfoyslastname/character-card-spec-v2``, ``kwaroran/character-card-spec-v3``. A file may
also wrap a V3 book: ``{spec: "lorebook_v3", data}``.

SillyTavern writes ``use_regex: true`` into every entry of a V3 card, though its keys are plain; such entries
have a `display_index`. Fields that a card has no place for go into `extensions.roleagent`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from roleagent.formats.format import Report
from roleagent.formats.lorebooks import lorebook_file
from roleagent.formats.lorebooks.reading import (
    UNLIMITED_DEPTH,
    Fields,
    Ids,
    Json,
    id_for_file,
    plain,
    report_losses,
    with_literals,
)
from roleagent.formats.lorebooks.sillytavern import KEPT, has_own_position, read_options, write_options
from roleagent.lore.book import Lorebook, LoreEntry
from roleagent.types import PUBLIC

WHAT = "a card's lorebook"
_SPEC = "lorebook_v3"
_OURS = "roleagent"
_POSITIONS = ("before_char", "after_char")
_OUR_POSITIONS = ("personality", "scenario")
_BOOK_FLAGS = ("case_sensitive", "whole_words", "use_group_scoring")
_BOOK_COUNTS = ("max_recursion", "min_activations")
_BOOK_KEEPS: Final = frozenset(
    {"name", "description", "scan_depth", "token_budget", "recursive", *_BOOK_FLAGS, *_BOOK_COUNTS}
)
_ENTRY_KEEPS: Final = KEPT | {
    "keys", "secondary_keys", "selective", "content", "name", "comment", "enabled", "use_regex", "constant",
    "order", "priority", "visibility",
}  # fmt: skip


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def read(raw: Mapping[str, Json], report: Report) -> Lorebook:
    """Read a card's book, of either version."""
    book = Fields(raw, "", report)
    ids = Ids()
    ours = book.table("extensions").table(_OURS)
    flags: dict[str, Any] = {name: ours.optional_flag(name) for name in _BOOK_FLAGS}
    counts: dict[str, Any] = {name: ours.count(name, 0) for name in _BOOK_COUNTS}
    return Lorebook(
        name=book.label("name"),
        description=book.text("description"),
        scan_depth=book.optional_count("scan_depth", unlimited=UNLIMITED_DEPTH),
        token_budget=book.optional_count("token_budget"),
        recursive=book.optional_flag("recursive_scanning"),
        **flags,
        **counts,
        entries=tuple(_read_entry(entry, ids.take(entry, "id", key)) for key, entry in book.rows("entries")),
    )


def _read_entry(entry: Fields, entry_id: str) -> LoreEntry:
    extensions = entry.table("extensions")
    options = read_options(extensions, "card", position=_read_position(entry))
    own_case = entry.optional_flag("case_sensitive")
    fields: dict[str, Any] = {
        **options,
        **_read_ours(extensions.table(_OURS)),
        "keys": entry.texts("keys"),
        "secondary_keys": entry.texts("secondary_keys"),
        "selective": entry.flag("selective", default=False),
        "content": entry.text("content"),
        "name": entry.label("name"),
        "comment": entry.text("comment"),
        "enabled": entry.flag("enabled", default=True),
        "use_regex": _read_use_regex(entry, extensions),
        "constant": entry.flag("constant", default=False),
        "order": entry.number("insertion_order", 100),
        "priority": entry.optional_number("priority"),
        "case_sensitive": options["case_sensitive"] if own_case is None else own_case,
    }
    return LoreEntry(id=entry_id, **fields)


def _read_position(entry: Fields) -> Any:  # Any: one of two literals
    value = entry.raw.get("position")
    if value is None or value == "":
        return "before_char"
    if value not in _POSITIONS:
        entry.warn("position", f"is neither {' nor '.join(_POSITIONS)}: read as before_char")
        return "before_char"
    return value


def _read_use_regex(entry: Fields, extensions: Fields) -> bool:
    uses = entry.flag("use_regex", default=False)
    if uses and "display_index" in extensions.raw:
        entry.warn(
            "use_regex", "SillyTavern sets it on every entry: only keys written /…/ are read as patterns"
        )
        return False
    return uses


def _read_ours(ours: Fields) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if "visibility" in ours.raw:
        fields["visibility"] = ours.texts("visibility")
    position = ours.raw.get("position")
    if position in _OUR_POSITIONS:
        fields["position"] = position
    return fields


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def write(book: Lorebook, report: Report) -> dict[str, Json]:
    """Write a book for a V3 card; readers of V2 find all they know."""
    report_losses(book, report, what=WHAT, book_keeps=_BOOK_KEEPS, entry_keeps=_ENTRY_KEEPS)
    ours = {name: getattr(book, name) for name in (*_BOOK_FLAGS, *_BOOK_COUNTS)}
    ours = {name: value for name, value in ours.items() if value not in (None, 0) or value is False}
    table: dict[str, Json] = {
        "name": book.name,
        "description": book.description,
        "scan_depth": book.scan_depth,
        "token_budget": book.token_budget,
        "recursive_scanning": book.recursive,
    }
    table = {name: value for name, value in table.items() if value not in ("", None)}
    return table | {
        "extensions": {_OURS: ours} if ours else {},
        "entries": [_write_entry(entry) for entry in book.entries],
    }


def _write_entry(entry: LoreEntry) -> dict[str, Json]:
    extensions = write_options(entry, "card")
    ours = _write_ours(entry)
    optional = {
        "case_sensitive": entry.case_sensitive,
        "priority": None if entry.priority is None else plain(entry.priority),
    }
    return {
        "id": id_for_file(entry.id),
        "keys": list(entry.keys),
        "secondary_keys": list(entry.secondary_keys),
        "selective": entry.selective,
        "content": entry.content,
        "name": entry.name,
        "comment": entry.comment,
        "enabled": entry.enabled,
        "use_regex": entry.use_regex,
        "constant": entry.constant,
        "insertion_order": plain(entry.order),
        "position": "after_char" if entry.position == "after_char" else "before_char",
        **{name: value for name, value in optional.items() if value is not None},
        "extensions": extensions | ({_OURS: ours} if ours else {}),
    }


def _write_ours(entry: LoreEntry) -> dict[str, Json]:
    ours: dict[str, Json] = {}
    if entry.visibility != (PUBLIC,):
        ours["visibility"] = list(entry.visibility)
    if has_own_position(entry):
        ours["position"] = entry.position
    return ours


def _is_lorebook_v3(raw: object) -> bool:
    return isinstance(raw, Mapping) and raw.get("spec") == _SPEC


def _read_lorebook_v3(raw: Mapping[str, Json], report: Report) -> Lorebook:
    return read(Fields(raw, "", report).table("data").raw, report)


def _write_lorebook_v3(book: Lorebook, report: Report) -> dict[str, Json]:
    return {"spec": _SPEC, "data": write(book, report)}


def _is_card_v3(raw: object) -> bool:
    """Whether an entry of it has the key `use_regex`."""
    entries = raw.get("entries") if isinstance(raw, Mapping) else None
    return isinstance(entries, list) and any(
        isinstance(entry, Mapping) and "use_regex" in entry for entry in entries
    )


def _is_card_v2(raw: object) -> bool:
    """Whether it is a table with `entries`; this is tried after all other formats."""
    return isinstance(raw, Mapping) and "entries" in raw


def _write_card_v2(book: Lorebook, report: Report) -> dict[str, Json]:
    """Write a book; entries whose keys are all patterns get them as ``/re/flags``."""
    book = replace(book, entries=tuple(map(with_literals, book.entries)))
    table = write(book, report)
    for entry in table["entries"]:
        del entry["use_regex"]
    return table


LOREBOOK_V3 = lorebook_file(
    "lorebook-v3", _is_lorebook_v3, _read_lorebook_v3, _write_lorebook_v3, ours=("data", "extensions")
)
CARD_V3_BOOK = lorebook_file("card-v3-lorebook", _is_card_v3, read, write, ours=("extensions",))
CARD_V2_BOOK = lorebook_file("card-v2-lorebook", _is_card_v2, read, _write_card_v2, ours=("extensions",))
