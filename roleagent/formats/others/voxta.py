"""Voxta's packages (`.voxpkg`): characters, memory books, scenarios, and files with them.

`Archive.raw` separates the mapped files from the others: ``package`` (the table of package.json),
``character`` (its ``path`` and ``json``), ``books`` (a list of such tables), ``others`` by path, and
``ours``. The character's thumbnail and assets have paths relative to its folder.
"""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from roleagent.formats.archives import (
    OURS,
    Json,
    Table,
    as_asset,
    free_path,
    is_safe,
    member,
    moment_of,
    names_in_zip,
    paths_in,
    read_members,
    seconds_of,
    table_at,
    write_members,
)
from roleagent.formats.cards.books import knowledge_of
from roleagent.formats.convert import mapped
from roleagent.formats.format import Archive, Report
from roleagent.formats.parts import GraphParts, filled, read_examples, slug, write_examples
from roleagent.formats.values import (
    MAX_LABEL,
    bytes_of,
    default_summary,
    items_of,
    text_of,
    texts_of,
    told_summary,
)
from roleagent.lore.book import Lorebook, LoreEntry
from roleagent.persona.fields import to_document as lorebook_document
from roleagent.persona.identity import mark_of, persona_id, plain_id
from roleagent.persona.problems import Place, ReadError

_UNNAMED = "Unnamed"
_PACKAGE = "package.json"
_CHARACTER = re.compile(r"Characters/([^/]+)/character\.json")
_BOOK = re.compile(r"Books/([^/]+)/book\.json")
_MACRO = re.compile(r"\{\{\s{0,20}(char|user)\s{0,20}\}\}", re.IGNORECASE)
_IN_FOLDER = re.compile(r"thumbnail\.[^/]+|Assets/.+", re.DOTALL)
_KNOWN_PLACES = ("Assets/", "Characters/", "Books/", "Scenarios/", "Collections/")
_LANGUAGE = re.compile(r"([a-z]{2,3})(-[A-Za-z0-9]{2,8})*")
_LOOKS = "\n\nLooks: "
_FILE = "x_file"
_CHARACTER_KIND = 1  # of Voxta's resources
_TEXTS = {
    "personality": "Personality",
    "scenario": "Scenario",
    "greeting": "FirstMessage",
    "system_prompt": "SystemPrompt",
    "post_history_instructions": "PostHistoryInstructions",
}
_GREETINGS = ("AlternativeFirstMessages", "AlternateGreetings")
_NOT_TAKEN = ("Context", "Scripts", "Augmentations")
_DEFAULT_ORDER = LoreEntry(id="").order


class Voxta:
    """A package; of several characters the one it opens with, or the first, is read."""

    NAME = SCHEMA = "voxta"
    EXTENSION_PATH: tuple[str, ...] = ("ours",)

    def recognises(self, data: bytes, raw: object) -> bool:
        """By its folder of characters."""
        return any(_CHARACTER.fullmatch(name) for name in names_in_zip(data))

    def unpack(self, data: bytes, report: Report) -> Archive:
        """Take the package apart."""
        tables, files = read_members(data, report)
        path = _first_character(tables, report)
        if not path:
            raise ReadError("the archive holds no character.json with a table in it", Place(1, 1))
        character = tables.pop(path)
        raw: dict[str, Json] = {"character": {"path": path, "json": character}}
        if isinstance(tables.get(_PACKAGE), dict):
            raw["package"] = tables.pop(_PACKAGE)
        if isinstance(tables.get(OURS), dict):
            raw["ours"] = tables.pop(OURS)
        books = [{"path": book, "json": tables.pop(book)} for book in _books_of(character, tables, report)]
        for other in tables:
            if _CHARACTER.fullmatch(other) or _BOOK.fullmatch(other):
                report.warn(
                    other[:200], "is not of the character that is read: kept, and not part of the persona"
                )
        folder = f"{path.rpartition('/')[0]}/"
        return Archive(
            raw={**raw, "books": books, "others": tables},
            files={_key(name, folder): content for name, content in files.items()},
        )

    def pack(self, archive: Archive, report: Report) -> bytes:
        """Put the package together."""
        raw = archive.raw
        path, character = member(raw, "character")
        tables: dict[str, Json] = {}
        if isinstance(raw.get("package"), dict):
            tables[_PACKAGE] = raw["package"]
        tables[path] = character
        books = (member({"book": each}, "book") for each in _list(raw.get("books")))
        tables |= {book: table for book, table in books if book and book not in tables}
        tables |= {other: table for other, table in table_at(raw, "others").items() if other not in tables}
        if raw.get("ours"):
            tables[OURS] = raw["ours"]
        folder = path.rpartition("/")[0]
        files = {
            f"{folder}/{name}" if _IN_FOLDER.fullmatch(name) else name: content
            for name, content in archive.files.items()
        }
        return write_members(tables, files, report)

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """The summary is the profile and the looks; the other texts and the books have their places."""
        path, character = member(archive.raw, "character")
        where = f"{path}: "
        name, label = (text_of(character, key, where, report, limit=MAX_LABEL) for key in ("Name", "Label"))
        if not name:
            report.warn(f"{where}Name", "is missing: the persona is called 'Unnamed'")
            name = label or _UNNAMED
        parts = GraphParts(plain_id(name), name)
        summary = _summary(character, name, where, report)
        credits = _read_credits(character, where, report)
        made_id = persona_id(name, mark=mark_of(summary, maker=credits.get("creator", "")))
        head = {"roleagent": 1, "id": made_id, "name": name, "summary": summary}
        talk = _from_macros(text_of(character, "MessageExamples", where, report))
        greetings = [text for key in _GREETINGS for text in texts_of(character, key, where, report)]
        culture = character.get("Culture")
        language = _LANGUAGE.fullmatch(culture) if isinstance(culture, str) else None
        rest = [
            ("nickname", label if label != name else ""),
            ("language", language[1] if language else ""),
            *((ours, _from_macros(text_of(character, key, where, report))) for ours, key in _TEXTS.items()),
            ("greetings", [_from_macros(text) for text in greetings]),
            ("examples", read_examples(talk, [name, label], f"{where}MessageExamples", report)),
            ("lorebooks", list(_read_books(archive.raw, report))),
            ("assets", list(_read_assets(archive, report))),
            ("credits", credits),
        ]
        for key in _NOT_TAKEN:
            if character.get(key):
                report.warn(f"{where}{key}", "is kept, and not part of the persona")
        return {**head, **filled(rest), **parts.as_document()}

    def from_document(self, document: Table, report: Report) -> Archive:
        """A package of one character with its books."""
        own_id = _uuid(document["id"], "character")
        books = list(_written_books(document))
        raw = {
            "package": _written_package(document, own_id),
            "character": {
                "path": f"Characters/{own_id}/character.json",
                "json": _written_character(document, own_id, [book["json"]["Id"] for book in books]),
            },
            "books": books,
            "others": {},
        }
        return Archive(raw=raw, files=_written_files(document))

    def base_from(self, originals: Table) -> None:
        """No other program has files like this."""
        return


# ── the archive ──────────────────────────────────────────────────────────────────────────────


def _first_character(tables: Table, report: Report) -> str:
    there = [path for path, table in tables.items() if _CHARACTER.fullmatch(path) and isinstance(table, dict)]
    entry = table_at(table_at(tables, _PACKAGE), "EntryResource")
    if entry.get("Kind") == _CHARACTER_KIND:
        named = f"Characters/{entry.get('Id')}/character.json"
        if named in there:
            return named
        report.warn(f"{_PACKAGE}: EntryResource", "names a character that is not in the package")
    return there[0] if there else ""


def _books_of(character: Table, tables: Table, report: Report) -> list[str]:
    listed = [f"Books/{book_id}/book.json" for book_id in paths_in(character.get("MemoryBooks"))]
    there = [path for path in dict.fromkeys(listed) if isinstance(tables.get(path), dict)]
    for path in listed:
        if path not in there:
            report.warn("MemoryBooks", f"names {path[:200]!r}, but the archive has no such file")
    return there


def _key(path: str, folder: str) -> str:
    """A file's path relative to the character's folder, if it belongs there; else its whole path."""
    inner = path.removeprefix(folder)
    return inner if path.startswith(folder) and _IN_FOLDER.fullmatch(inner) else path


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def _from_macros(text: str) -> str:
    return _MACRO.sub(lambda found: f"{{{{{found[1].lower()}}}}}", text)


def _to_macros(text: str) -> str:
    return _MACRO.sub(lambda found: f"{{{{ {found[1].lower()} }}}}", text)


def _summary(character: Table, name: str, where: str, report: Report) -> str:
    profile, looks = (
        _from_macros(text_of(character, key, where, report, limit=99_000))
        for key in ("Profile", "Description")
    )
    summary = profile or default_summary(name)
    return f"{summary}{_LOOKS}{looks}" if looks else summary


def _read_books(raw: Table, report: Report) -> Iterator[dict[str, Any]]:
    for each in _list(raw.get("books")):
        path, book = member({"book": each}, "book")
        where = f"{path}: "
        entries: dict[str, LoreEntry] = {}
        for index, item in enumerate(items_of(book, "Items", where, report)):
            if isinstance(item, dict):
                entry = _read_item(item, index, f"{where}Items[{index}].", entries, report)
                entries[entry.id] = entry
            else:
                report.warn(f"{where}Items[{index}]", f"is {type(item).__name__}, not a table: left out")
        name = text_of(book, "Name", where, report, limit=MAX_LABEL)
        described = _from_macros(text_of(book, "Description", where, report))
        yield lorebook_document(Lorebook(name=name, description=described, entries=tuple(entries.values())))


def _read_item(
    item: Table, index: int, where: str, taken: Mapping[str, LoreEntry], report: Report
) -> LoreEntry:
    own_id = text_of(item, "Id", where, report, limit=200)
    keys = texts_of(item, "Keywords", where, report, limit=MAX_LABEL)
    return LoreEntry(
        id=own_id if own_id and own_id not in taken else f"item-{index + 1}",
        keys=tuple(_from_macros(key) for key in keys),
        content=_from_macros(text_of(item, "Text", where, report)),
        order=_order(item.get("Weight"), where, report),
        enabled=item.get("Deleted") is not True,
    )


def _order(weight: object, where: str, report: Report) -> float:
    if weight is None:
        return _DEFAULT_ORDER
    try:
        order = float(weight) if isinstance(weight, int | float) else math.nan
    except OverflowError:
        order = math.nan
    if isinstance(weight, bool) or not math.isfinite(order):
        report.warn(f"{where}Weight", "is not a number: the default is used")
        return _DEFAULT_ORDER
    return order


def _read_assets(archive: Archive, report: Report) -> Iterator[dict[str, str]]:
    for path, content in archive.files.items():
        is_icon = path.startswith("thumbnail.") and "/" not in path
        kind, name = ("icon", "main") if is_icon else (_FILE, path)
        asset = as_asset(path, content, kind=kind, name=name, report=report)
        if asset is not None:
            yield asset


def _read_credits(character: Table, where: str, report: Report) -> dict[str, Any]:
    created, modified = (seconds_of(character, key, where, report) for key in ("DateCreated", "DateModified"))
    return filled(
        [
            ("creator", text_of(character, "Creator", where, report)),
            ("notes", text_of(character, "CreatorNotes", where, report)),
            ("version", text_of(character, "Version", where, report, limit=MAX_LABEL)),
            ("tags", texts_of(character, "Tags", where, report, limit=MAX_LABEL)),
            ("created_at", created),
            ("modified_at", modified),
        ]
    )


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def _uuid(*parts: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "\x1f".join(("roleagent", *parts))))


def _written_package(document: Table, own_id: str) -> dict[str, Json]:
    credits = document.get("credits", {})
    return {
        "$type": "package",
        "Id": _uuid(document["id"], "package"),
        "Name": document["name"],
        "Version": credits.get("version") or "1.0.0",
        **filled([("Creator", credits.get("creator", ""))]),
        "EntryResource": {"Kind": _CHARACTER_KIND, "Id": own_id},
        "DateCreated": moment_of(credits.get("created_at")),
        "DateModified": moment_of(credits.get("modified_at")),
    }


def _written_character(document: Table, own_id: str, books: list[str]) -> dict[str, Json]:
    credits = document.get("credits", {})
    profile, _, looks = _told(document).partition(_LOOKS)
    texts = {key: _to_macros(document.get(ours, "")) for ours, key in _TEXTS.items()}
    known = _knowledge(document).get("entries", ())
    always_known = "\n".join(entry["content"] for entry in known if entry.get("constant"))
    return {
        "$type": "character",
        "Id": own_id,
        "Name": document["name"],
        **filled([("Label", document.get("nickname", "")), ("Version", credits.get("version", ""))]),
        "Description": _to_macros(looks),
        "Profile": _to_macros("\n\n".join(filter(None, (profile.strip(), always_known)))),
        **texts,
        "AlternativeFirstMessages": [_to_macros(text) for text in document.get("greetings", ())],
        "MessageExamples": _to_macros(write_examples(document.get("examples", ()))),
        "Culture": document.get("language", "en"),
        "Creator": credits.get("creator", ""),
        "CreatorNotes": credits.get("notes", ""),
        "Tags": list(credits.get("tags", ())),
        "MemoryBooks": books,
        "TextToSpeech": [],
        "DateCreated": moment_of(credits.get("created_at")),
        "DateModified": moment_of(credits.get("modified_at")),
    }


def _told(document: Table) -> str:
    """The summary, which holds profile and looks; a profile that reading made up is left out."""
    summary = str(document["summary"])
    made_up = default_summary(document["name"])
    return (
        summary.removeprefix(made_up) if summary.startswith(f"{made_up}{_LOOKS}") else told_summary(document)
    )


def _knowledge(document: Table) -> dict[str, Any]:
    book = knowledge_of(document)
    return {} if book is None else lorebook_document(book)


def _written_books(document: Table) -> Iterator[dict[str, Json]]:
    known = _knowledge(document)
    items = [entry for entry in known.get("entries", ()) if not entry.get("constant")]
    books = [*document.get("lorebooks", ()), *([{**known, "entries": items}] if items else [])]
    times: dict[str, int] = {}
    for book in books:
        name = book.get("name", "")
        times[name] = times.get(name, 0) + 1
        book_id = _uuid(document["id"], "book", name, str(times[name]))
        yield {"path": f"Books/{book_id}/book.json", "json": _written_book(book, book_id)}


def _written_book(book: Table, book_id: str) -> dict[str, Json]:
    return {
        "$type": "book",
        "Id": book_id,
        "Name": _to_macros(book.get("name", "")),
        "Description": _to_macros(book.get("description", "")),
        "Items": [_written_item(entry) for entry in book.get("entries", ())],
    }


def _written_item(entry: Table) -> dict[str, Json]:
    order = entry.get("order", _DEFAULT_ORDER)
    return {
        "Id": str(entry["id"]),
        "Keywords": [_to_macros(key) for key in entry.get("keys", ())],
        "Text": _to_macros(entry.get("content", "")),
        **({"Weight": order} if order != _DEFAULT_ORDER else {}),
        **({} if entry.get("enabled", True) else {"Deleted": True}),
    }


def _written_files(document: Table) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for asset in document.get("assets", ()):
        content = bytes_of(asset.get("uri", ""))
        if content is not None:
            files[free_path(_place(asset), files)] = content
    return files


def _place(asset: Table) -> str:
    path = str(asset.get("path", ""))
    is_icon = (asset["kind"], asset["name"]) == ("icon", "main")
    is_known = path.startswith(_KNOWN_PLACES) or asset["kind"] == _FILE
    if is_safe(path) and (is_known or (is_icon and _IN_FOLDER.fullmatch(path))):
        return path
    ext = slug(asset.get("ext", "unknown"))
    return f"thumbnail.{ext}" if is_icon else f"Assets/{slug(asset['kind'])}/{slug(asset['name'])}.{ext}"


VOXTA = mapped(Voxta(), about="Voxta's package", suffixes=(".voxpkg",))
