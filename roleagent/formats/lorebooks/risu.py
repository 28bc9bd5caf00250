"""RisuAI's lorebook: ``{type: "risu", data: [{key, secondkey, insertorder, comment, content, …}]}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from roleagent.formats.format import Report
from roleagent.formats.lorebooks import lorebook_file
from roleagent.formats.lorebooks.reading import (
    UNLIMITED_DEPTH,
    Fields,
    Ids,
    Json,
    plain,
    report_losses,
    split_keys,
    with_literals,
)
from roleagent.lore.book import Lorebook, LoreEntry
from roleagent.lore.keys import regex_literal

WHAT = "a RisuAI lorebook"
_TYPE = "risu"
_FOLDER = "folder"
_BOOK_KEEPS: Final = frozenset({"scan_depth", "token_budget", "recursive", "whole_words"})
_ENTRY_KEEPS: Final = frozenset(
    {"keys", "secondary_keys", "selective", "content", "comment", "constant", "order", "probability",
     "use_regex", "case_sensitive"}
)  # fmt: skip


def recognises(raw: object) -> bool:
    """By its `type`."""
    return isinstance(raw, Mapping) and raw.get("type") == _TYPE


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def read(raw: Mapping[str, Json], report: Report) -> Lorebook:
    """Read a lorebook; a folder is kept as an entry that is turned off."""
    book = Fields(raw, "", report)
    settings = book.table("settings")
    ids = Ids()
    return Lorebook(
        scan_depth=settings.optional_count("scanDepth", unlimited=UNLIMITED_DEPTH),
        token_budget=settings.optional_count("tokenBudget"),
        recursive=settings.optional_flag("recursiveScanning"),
        whole_words=settings.optional_flag("fullWordMatching"),
        entries=tuple(_read_entry(entry, ids.take(entry, "id", key)) for key, entry in book.rows("data")),
    )


def _read_entry(entry: Fields, entry_id: str) -> LoreEntry:
    use_regex = entry.flag("useRegex", default=False)
    fields: dict[str, Any] = {
        "keys": _read_keys(entry, "key", whole=use_regex),
        "secondary_keys": _read_keys(entry, "secondkey", whole=False),
        "selective": entry.flag("selective", default=False),
        "content": entry.text("content"),
        "comment": entry.text("comment"),
        "enabled": entry.raw.get("mode") != _FOLDER and entry.flag("enabled", default=True),
        "use_regex": use_regex,
        "constant": entry.flag("alwaysActive", default=entry.raw.get("mode") == "constant"),
        "order": entry.number("insertorder", 100),
        "probability": entry.number("activationPercent", 100, least=0, most=100),
        "case_sensitive": entry.table("extentions").optional_flag("risu_case_sensitive"),
    }
    return LoreEntry(id=entry_id, **fields)


def _read_keys(entry: Fields, name: str, *, whole: bool) -> tuple[str, ...]:
    """Keys, which Risu writes as one text separated by commas; a pattern is not split."""
    if isinstance(entry.raw.get(name), list):
        return entry.texts(name)
    text = entry.text(name)
    limited = Fields({str(number): key for number, key in enumerate([text] if whole else split_keys(text))},
                     f"{name}.", Report())  # fmt: skip
    return tuple(filter(None, map(limited.label, limited.raw)))


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def write(book: Lorebook, report: Report) -> dict[str, Json]:
    """Write a lorebook."""
    report_losses(book, report, what=WHAT, book_keeps=_BOOK_KEEPS, entry_keeps=_ENTRY_KEEPS)
    settings = {
        "scanDepth": book.scan_depth,
        "tokenBudget": book.token_budget,
        "recursiveScanning": book.recursive,
        "fullWordMatching": book.whole_words,
    }
    said = {name: value for name, value in settings.items() if value is not None}
    table = {"type": _TYPE, "ver": 1, "data": [_write_entry(entry) for entry in book.entries]}
    return table | ({"settings": said} if said else {})


def _write_entry(entry: LoreEntry) -> dict[str, Json]:
    table: dict[str, Json] = {
        "id": entry.id,
        "key": _written_keys(entry),
        "secondkey": ", ".join(entry.secondary_keys),
        "insertorder": plain(entry.order),
        "comment": entry.comment,
        "content": entry.content,
        "mode": "constant" if entry.constant else "normal",
        "alwaysActive": entry.constant,
        "selective": entry.selective,
        "activationPercent": plain(entry.probability),
        "useRegex": entry.use_regex,
    }
    if entry.case_sensitive is not None:
        table["extentions"] = {"risu_case_sensitive": entry.case_sensitive}
    return table


def _written_keys(entry: LoreEntry) -> str:
    """All keys in one text; several patterns become one that matches any of them."""
    if not entry.use_regex or len(entry.keys) == 1:
        return ", ".join(entry.keys)
    literals = [regex_literal(key) for key in with_literals(entry).keys]
    sources = [f"(?:{literal.source})" for literal in literals if literal]
    flags = next((literal.flags for literal in literals if literal), "")
    return f"/{'|'.join(sources)}/{flags}" if sources else ""


RISU = lorebook_file("risu-lorebook", recognises, read, write)
