"""What the archives and the older pictures of one program, Faraday and later Backyard, have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from roleagent.formats.cards.examples import talk_of
from roleagent.formats.cards.knowledge import knowledge_of
from roleagent.formats.foreign import MAX_LABEL, MAX_TEXT, clean_text, text_of
from roleagent.formats.members import Table, seconds_of
from roleagent.formats.plain_json import items_of, told_summary
from roleagent.formats.report import Report
from roleagent.lore.book import Lorebook, LoreEntry
from roleagent.persona.lore_document import to_document as lorebook_document

NSFW = "nsfw"
_MACRO = re.compile(r"#?(?<!\{)\{(character|user)\}(?!\})", re.IGNORECASE)
_CARD_MACRO = re.compile(r"\{\{(char|user)\}\}", re.IGNORECASE)

# ── reading ──────────────────────────────────────────────────────────────────────────────────


def from_macros(text: str) -> str:
    """A text of Backyard's with our macros; a `#` before one, which begins a line of talk, goes."""
    return _MACRO.sub(lambda found: "{{char}}" if found[1].lower() == "character" else "{{user}}", text)


def text_at(table: Table, key: str, where: str, report: Report) -> str:
    """A text under a key, with our macros."""
    return from_macros(text_of(table, key, where, report))[:MAX_TEXT].rstrip()


def read_lore(character: Table, where: str, report: Report) -> list[dict[str, Any]]:
    """The lore items as one book, or none."""
    entries = []
    for index, item in enumerate(items_of(character, "loreItems", where, report)):
        place = f"{where}loreItems[{index}]"
        if not isinstance(item, dict):
            report.warn(place, f"is {type(item).__name__}, not a table: left out of the persona")
            continue
        keys = _keys(text_of(item, "key", f"{place}.", report))
        content = text_at(item, "value", f"{place}.", report)
        entries.append(LoreEntry(id=str(index + 1), keys=keys, content=content))
    return [lorebook_document(Lorebook(entries=tuple(entries)))] if entries else []


def _keys(text: str) -> tuple[str, ...]:
    keys = (clean_text(from_macros(key))[:MAX_LABEL].rstrip() for key in text.split(","))
    return tuple(key for key in keys if key)


def read_dates(character: Table, where: str, report: Report) -> Iterator[tuple[str, int | None]]:
    """When the character was made, and changed if that is another moment, as credits have it."""
    created, updated = (seconds_of(character, key, where, report) for key in ("createdAt", "updatedAt"))
    yield "created_at", created
    yield "modified_at", None if updated == created else updated


def read_tags(character: Table) -> list[str]:
    """The one tag that there is, if the character is not for everybody."""
    return [NSFW] if character.get("isNSFW") is True else []


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def to_macros(text: str) -> str:
    """A text of ours with Backyard's macros."""
    return _CARD_MACRO.sub(lambda found: "{character}" if found[1].lower() == "char" else "{user}", text)


def knowledge_entries(document: Table) -> list[dict[str, Any]]:
    """What everybody may know of the graph, as entries of a lorebook."""
    book = knowledge_of(document)
    return [] if book is None else lorebook_document(book)["entries"]


def told_persona(document: Table, knowledge: Iterable[Table]) -> str:
    """Summary, personality, and what the character always knows, with our macros."""
    always = (entry["content"] for entry in knowledge if entry.get("constant"))
    texts = (told_summary(document), document.get("personality", ""), *always)
    return "\n\n".join(text for text in texts if text)


def written_lore(document: Table, knowledge: Iterable[Table]) -> Iterator[dict[str, str]]:
    """The enabled entries of all books, and what is not always known, as lore items."""
    books = (entry for book in document.get("lorebooks", ()) for entry in book.get("entries", ()))
    for entry in (*books, *(each for each in knowledge if not each.get("constant"))):
        if entry.get("enabled", True):
            key = ", ".join(entry.get("keys", ())) or entry.get("name") or str(entry["id"])
            yield {"key": to_macros(key), "value": to_macros(entry.get("content", ""))}


def written_talk(document: Table) -> list[str]:
    """The examples, each a text of two speakers."""
    return [
        to_macros(talk_of(each, user="#{{user}}", char="#{{char}}")) for each in document.get("examples", ())
    ]
