"""Backyard's archives of a character, and what they share with the cards of Faraday, as it was called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from roleagent.formats.archives import (
    OURS,
    Json,
    Table,
    as_asset,
    extension_of,
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
from roleagent.formats.parts import GraphParts, filled, read_examples, slug, talk_of
from roleagent.formats.values import (
    MAX_LABEL,
    MAX_TEXT,
    bytes_of,
    clean_text,
    default_summary,
    items_of,
    text_of,
    told_summary,
)
from roleagent.lore.book import Lorebook, LoreEntry
from roleagent.persona.fields import to_document as lorebook_document
from roleagent.persona.identity import mark_of, persona_id, plain_id
from roleagent.persona.problems import Place, ReadError

NSFW = "nsfw"
_MACRO = re.compile(r"#?(?<!\{)\{(character|user)\}(?!\})", re.IGNORECASE)
_CARD_MACRO = re.compile(r"\{\{(char|user)\}\}", re.IGNORECASE)

# ── reading ──────────────────────────────────────────────────────────────────────────────────


def from_macros(text: str) -> str:
    """A text of Backyard's with our macros; a `#` before a macro, which begins a line of talk, is removed."""
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
        texts = text_of(item, "key", f"{place}.", report).split(",")
        keys = (clean_text(from_macros(text))[:MAX_LABEL].rstrip() for text in texts)
        content = text_at(item, "value", f"{place}.", report)
        entries.append(LoreEntry(id=str(index + 1), keys=tuple(filter(None, keys)), content=content))
    return [lorebook_document(Lorebook(entries=tuple(entries)))] if entries else []


def read_dates(character: Table, where: str, report: Report) -> Iterator[tuple[str, int | None]]:
    """The credits' times: when the character was made, and when it was changed if that is another time."""
    created, updated = (seconds_of(character, key, where, report) for key in ("createdAt", "updatedAt"))
    yield "created_at", created
    yield "modified_at", None if updated == created else updated


def read_tags(character: Table) -> list[str]:
    """The tag NSFW if the character has it; a Backyard file has no other tags."""
    return [NSFW] if character.get("isNSFW") is True else []


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def to_macros(text: str) -> str:
    """A text of ours with Backyard's macros."""
    return _CARD_MACRO.sub(lambda found: "{character}" if found[1].lower() == "char" else "{user}", text)


def knowledge_entries(document: Table) -> list[dict[str, Any]]:
    """The public facts of the graph, as entries of a lorebook."""
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


_MANIFEST = "manifest.json"
_CHARACTER = re.compile(r"characters/[^/]+/character\.json")
_SCENARIO = re.compile(r"scenarios/[^/]+\.json")
_PICTURES = ("png", "jpg", "jpeg", "webp", "gif")
_FILE = "x_file"
_KNOWN_PLACES = ("images/", "characters/", "scenarios/")
_AUTHORS = "https://backyard.ai/"
_SETTINGS = {
    "minP": 0.1, "minPEnabled": True, "temperature": 0.8, "repeatPenalty": 1.05, "repeatLastN": 256,
    "topK": 40, "topP": 0.9,
}  # fmt: skip


class Backyard:
    """An archive with one character."""

    NAME = SCHEMA = "byaf"
    EXTENSION_PATH: tuple[str, ...] = ("ours",)

    def recognises(self, data: bytes, raw: object) -> bool:
        """By its manifest and its folder of characters."""
        names = names_in_zip(data)
        return _MANIFEST in names and any(_CHARACTER.fullmatch(name) for name in names)

    def unpack(self, data: bytes, report: Report) -> Archive:
        """Take the archive apart; of several characters or scenarios the first is read."""
        tables, files = read_members(data, report)
        manifest = tables.pop(_MANIFEST, None)
        if not isinstance(manifest, dict):
            raise ReadError(f"the archive holds no {_MANIFEST} with a table in it", Place(1, 1))
        character = _first(manifest, "characters", _CHARACTER, tables, report)
        if not character:
            raise ReadError("the archive holds no character.json with a table in it", Place(1, 1))
        raw: dict[str, Json] = {"manifest": manifest, "character": _kept(character, tables)}
        scenario = _first(manifest, "scenarios", _SCENARIO, tables, report)
        if scenario:
            raw["scenario"] = _kept(scenario, tables)
        ours = tables.get(OURS)
        if isinstance(ours, dict):
            raw["ours"] = tables.pop(OURS)
        return Archive(raw={**raw, "others": tables}, files=_from_folder(files, character, report))

    def pack(self, archive: Archive, report: Report) -> bytes:
        """Put the archive together."""
        raw = archive.raw
        path, character = member(raw, "character")
        scenario_path, scenario = member(raw, "scenario")
        tables = {_MANIFEST: table_at(raw, "manifest"), path: _with_pictures(character, archive, report)}
        if scenario_path:
            tables[scenario_path] = scenario
        tables |= {other: table for other, table in table_at(raw, "others").items() if other not in tables}
        if raw.get("ours"):
            tables[OURS] = raw["ours"]
        folder = path.rpartition("/")[0]
        files = {
            f"{folder}/{name}" if name.startswith("images/") else name: content
            for name, content in archive.files.items()
        }
        return write_members(tables, files, report)

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """The persona is the summary, lore items are a lorebook, the scenario's texts have their places."""
        path, character = member(archive.raw, "character")
        where = f"{path}: "
        short, full = (
            text_of(character, key, where, report, limit=MAX_LABEL) for key in ("name", "displayName")
        )
        name = full or short or "Unnamed"
        if not (full or short):
            report.warn(f"{where}displayName", "is missing: the persona is called 'Unnamed'")
        told = text_at(character, "persona", where, report)
        parts = GraphParts(plain_id(name), name)
        credits = _read_credits(archive.raw, character, where, report)
        made_id = persona_id(name, mark=mark_of(told, maker=credits.get("creator", "")))
        head = {"roleagent": 1, "id": made_id, "name": name, "summary": told or default_summary(name)}
        rest = [
            ("nickname", short if short != name else ""),
            *_read_scenario(archive.raw, [name, short], report),
            ("lorebooks", read_lore(character, where, report)),
            ("assets", list(_read_assets(archive, character, report))),
            ("credits", credits),
        ]
        return {**head, **filled(rest), **parts.as_document()}

    def from_document(self, document: Table, report: Report) -> Archive:
        """A character and one scenario; facts that are not always known become lore items."""
        own_id = document["id"]
        files, pictures, background = _written_files(document)
        credits = document.get("credits", {})
        knowledge = knowledge_entries(document)
        character = {
            "schemaVersion": 1,
            "id": own_id,
            "name": document.get("nickname") or document["name"],
            "displayName": document["name"],
            "isNSFW": NSFW in credits.get("tags", ()),
            "persona": to_macros(told_persona(document, knowledge)),
            "createdAt": moment_of(credits.get("created_at")),
            "updatedAt": moment_of(credits.get("modified_at") or credits.get("created_at")),
            "loreItems": list(written_lore(document, knowledge)),
            "images": pictures,
        }
        path, scenario_path = f"characters/{own_id}/character.json", f"scenarios/{own_id}.json"
        manifest: dict[str, Json] = {"schemaVersion": 1, "createdAt": moment_of(credits.get("created_at"))}
        if credits.get("creator"):
            manifest["author"] = {"name": credits["creator"], "backyardURL": _AUTHORS}
        raw = {
            "manifest": {**manifest, "characters": [path], "scenarios": [scenario_path]},
            "character": {"path": path, "json": character},
            "scenario": {"path": scenario_path, "json": _written_scenario(document, background)},
            "others": {},
        }
        return Archive(raw=raw, files=files)

    def base_from(self, originals: Table) -> None:
        """No other program has files like this."""
        return


# ── the archive ──────────────────────────────────────────────────────────────────────────────


def _first(manifest: Table, key: str, pattern: re.Pattern[str], tables: Table, report: Report) -> str:
    """The path of the first file of a manifest's list that is there, or of any that looks like it."""
    there = []
    for path in paths_in(manifest.get(key)):
        if pattern.fullmatch(path) and isinstance(tables.get(path), dict):
            there.append(path)
        else:
            report.warn(f"{_MANIFEST}: {key}", f"names {path[:200]!r}, but the archive has no such file")
    if not there:
        there = [
            path for path, table in tables.items() if pattern.fullmatch(path) and isinstance(table, dict)
        ]
        if there:
            report.warn(f"{_MANIFEST}: {key}", f"names no file that exists: {there[0][:200]!r} was read")
    for path in there[1:]:
        report.warn(path[:200], f"is one more of the {key}: kept, and not part of the persona")
    return there[0] if there else ""


def _kept(path: str, tables: dict[str, Json]) -> dict[str, Json]:
    return {"path": path, "json": tables.pop(path)}


def _from_folder(files: Mapping[str, bytes], character: str, report: Report) -> dict[str, bytes]:
    folder = f"{character.rpartition('/')[0]}/"
    found = {}
    for path, content in files.items():
        if path.startswith("images/"):
            report.lost(path, "lies where the format has no pictures")
        else:
            found[path.removeprefix(folder) if path.startswith(f"{folder}images/") else path] = content
    return found


def _key(path: str, folder: str) -> str:
    """The path of a picture in `Archive.files`, from its path in the character's JSON."""
    return path if path.startswith("images/") else f"{folder}/{path}"


def _with_pictures(character: Table, archive: Archive, report: Report) -> dict[str, Json]:
    """The character without the pictures that are not in the archive: Backyard would refuse it."""
    pictures = character.get("images")
    if not isinstance(pictures, list):
        return dict(character)
    folder = member(archive.raw, "character")[0].rpartition("/")[0]
    there = []
    for index, each in enumerate(pictures):
        path = each.get("path") if isinstance(each, dict) else None
        if isinstance(path, str) and _key(path, folder) not in archive.files:
            report.lost(f"images[{index}]", f"{path[:200]!r} is not in the archive")
        else:
            there.append(each)
    return {**character, "images": there}


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def _read_scenario(raw: Table, names: list[str], report: Report) -> Iterator[tuple[str, Any]]:
    path, scenario = member(raw, "scenario")
    where = f"{path}: "
    for key, source in (("scenario", "narrative"), ("system_prompt", "formattingInstructions")):
        yield key, text_at(scenario, source, where, report)
    yield "greeting", next(iter(_messages(scenario, "firstMessages", where, report)), "")
    talk = "\n<START>\n".join(_messages(scenario, "exampleMessages", where, report))
    yield "examples", read_examples(talk, names, f"{where}exampleMessages", report)
    if scenario.get("messages"):
        report.warn(f"{where}messages", "are a past conversation: kept, and no part of the persona's memory")


def _messages(scenario: Table, key: str, where: str, report: Report) -> list[str]:
    texts = []
    for index, item in enumerate(items_of(scenario, key, where, report)):
        table = item if isinstance(item, dict) else {"text": item}
        texts.append(text_at(table, "text", f"{where}{key}[{index}].", report))
    return [text for text in texts if text]


def _read_assets(archive: Archive, character: Table, report: Report) -> Iterator[dict[str, str]]:
    """The files as assets: pictures that the character lists, a background, and whatever else there is."""
    folder = member(archive.raw, "character")[0].rpartition("/")[0]
    known = dict(_listed(character, folder, archive.files, report))
    background = member(archive.raw, "scenario")[1].get("backgroundImage")
    if isinstance(background, str) and background in archive.files:
        known.setdefault(background, ("background", "main"))
    for path, content in archive.files.items():
        kind, name = known.get(path, (_FILE, path))
        asset = as_asset(path, content, kind=kind, name=name, report=report)
        if asset is not None:
            yield asset


def _listed(
    character: Table, folder: str, files: Mapping[str, bytes], report: Report
) -> Iterator[tuple[str, tuple[str, str]]]:
    pictures = character.get("images")
    is_first = True
    for index, each in enumerate(pictures if isinstance(pictures, list) else ()):
        table = each if isinstance(each, dict) else {"path": each}
        path, label = (
            text_of(table, key, f"images[{index}].", report, limit=MAX_LABEL) for key in ("path", "label")
        )
        there = _key(path, folder)
        if there not in files:
            report.warn(f"images[{index}]", f"{path[:200]!r} is not in the archive")
        else:
            yield there, ("icon", "main" if is_first else label or f"picture {index + 1}")
            is_first = False


def _read_credits(raw: Table, character: Table, where: str, report: Report) -> dict[str, Any]:
    author = table_at(table_at(raw, "manifest"), "author")
    return filled(
        [
            ("creator", text_of(author, "name", "manifest.json: author.", report)),
            ("tags", read_tags(character)),
            *read_dates(character, where, report),
        ]
    )


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def _written_scenario(document: Table, background: str) -> dict[str, Json]:
    own_id = document["id"]
    greeting = to_macros(document.get("greeting", ""))
    return {
        "schemaVersion": 1,
        **({"backgroundImage": background} if background else {}),
        "formattingInstructions": to_macros(document.get("system_prompt", "")),
        **_SETTINGS,
        "exampleMessages": [{"characterID": own_id, "text": text} for text in written_talk(document)],
        "canDeleteExampleMessages": True,
        "firstMessages": [{"characterID": own_id, "text": greeting}] if greeting else [],
        "narrative": to_macros(document.get("scenario", "")),
        "promptTemplate": None,
        "grammar": None,
        "messages": [],
    }


def _written_files(document: Table) -> tuple[dict[str, bytes], list[dict[str, str]], str]:
    """The files that travel in the document, the list of pictures, and the background's path."""
    files: dict[str, bytes] = {}
    pictures: list[dict[str, str]] = []
    background = ""
    for asset in document.get("assets", ()):
        content = bytes_of(asset.get("uri", ""))
        if content is None:
            continue
        path = free_path(_place(asset), files)
        files[path] = content
        if asset["kind"] == "background" and not background:
            background = path
        elif asset["kind"] not in (_FILE, "background") and extension_of(path) in _PICTURES:
            seen_from_character = path if path.startswith("images/") else path.split("/", 2)[-1]
            pictures.append({"path": seen_from_character, "label": asset["name"]})
    return files, pictures, background


def _place(asset: Table) -> str:
    path = str(asset.get("path", ""))
    is_background = asset["kind"] == "background"
    if is_safe(path) and (path.startswith(_KNOWN_PLACES) or asset["kind"] == _FILE or is_background):
        return path
    folder = "scenarios/images" if is_background else "images"
    return f"{folder}/{slug(asset['kind'])}-{slug(asset['name'])}.{slug(asset.get('ext', 'unknown'))}"


BACKYARD = mapped(Backyard(), about="Backyard's archive", suffixes=(".byaf",))
