"""The JSON of a card, in whatever file it came, mapped onto a persona document and back.

Version 1 is a flat table of six texts; versions 2 and 3 hold theirs under `data`. Each version reads only the
keys that it writes, so a key of version 3 in a card of version 2 stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from roleagent.formats.cards import assets, books
from roleagent.formats.cards.assets import Container
from roleagent.formats.cards.books import NAME, knowledge_of, time_of
from roleagent.formats.format import Archive, Report
from roleagent.formats.parts import read_examples, write_examples
from roleagent.formats.values import MAX_LABEL, default_summary, table_of, text_of, texts_of
from roleagent.language.dates import parse_date
from roleagent.persona.fields import LorebookModel, to_lorebook
from roleagent.persona.identity import mark_of, persona_id, plain_id

# Paths into a persona document: the content of each section, in the order of the headings.
_PATHS = (("speech",), ("rules",), ("fall_backs",), ("horizon", "until"), ("horizon", "unknown"))
_HEADINGS = {
    "en": (
        "How {{char}} speaks:",
        "What {{char}} always or never does:",
        "What {{char}} says when {{char}} cannot or will not answer:",
        "The last date {{char}} knows of:",
        "What {{char}} has never heard of:",
    ),
    "zh": (
        "{{char}}的说话方式：",
        "{{char}}始终遵守的准则：",
        "{{char}}不能或不愿回答时会说：",
        "{{char}}所知的最后日期：",
        "{{char}}从未听说过：",
    ),
}
_BULLET, _INDENT, _BREAK = "- ", "  ", "\n\n"


def write_description(document: Mapping[str, Any]) -> str:
    """The summary of a persona document with its sections."""
    language = document.get("language", "en").partition("-")[0]
    sections = []
    for heading, path in zip(_HEADINGS.get(language, _HEADINGS["en"]), _PATHS, strict=True):
        value = _at(document, path)
        items = [value] if isinstance(value, str) else list(value or ())
        if items:
            lines = (_BULLET + item.replace("\n", "\n" + _INDENT) for item in items)
            sections.append("\n".join((heading, *lines)))
    return _BREAK.join((document["summary"], *sections))


def read_description(description: str) -> dict[str, Any]:
    """The parts of a persona document that a description holds, `summary` always among them."""
    for language, headings in _HEADINGS.items():
        paragraphs = description.split(_BREAK)
        lists = [_taken(heading, paragraphs) for heading in reversed(headings)][::-1]
        parts = _document(_BREAK.join(paragraphs), lists) if any(lists) else None
        if parts is not None and write_description({**parts, "language": language}) == description:
            return parts
    return {"summary": description}


def _taken(heading: str, paragraphs: list[str]) -> list[str]:
    """Remove the last section if it has this heading; return its items."""
    if len(paragraphs) < 2 or not paragraphs[-1].startswith(f"{heading}\n{_BULLET}"):
        return []
    body = paragraphs.pop()[len(heading) :]
    return [item.replace("\n" + _INDENT, "\n") for item in body.split("\n" + _BULLET)[1:]]


def _document(summary: str, lists: list[list[str]]) -> dict[str, Any] | None:
    """The parts in the layout of a document; None if they would not be valid there."""
    speech, rules, fall_backs, until, unknown = lists
    if not summary.strip() or len(until) > 1 or any(parse_date(date) is None for date in until):
        return None
    items = [item for each in lists for item in each]
    if any(not item.strip() or item != item.strip() for item in items):
        return None
    if any(len(term) > MAX_LABEL for term in unknown):
        return None
    horizon = {"until": until[0] if until else None, "unknown": unknown}
    parts = {"speech": speech, "rules": rules, "fall_backs": fall_backs}
    parts["horizon"] = {key: value for key, value in horizon.items() if value}  # type: ignore[assignment]
    return {"summary": summary} | {key: value for key, value in parts.items() if value}


def _at(document: Mapping[str, Any], path: tuple[str, ...]) -> Any:  # Any: a part of a document
    value: Any = document
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


Json = Any  # Any: JSON, or a part of a persona document

SCHEMAS: Final = {1: "chara_card_v1", 2: "chara_card_v2", 3: "chara_card_v3"}
V1_KEYS = ("name", "description", "personality", "scenario", "first_mes", "mes_example")
_VERSIONS: Final = {2: "2.0", 3: "3.0"}
BACK_FILL_NAME: Final = "card_png_chara"  # the extension that keeps a picture's second card
_ADDED: Final[dict[int, dict[str, Json]]] = {2: {}, 3: {"group_only_greetings": []}}
_UNNAMED = "Unnamed"
_MAX_ITEMS = 20_000

# key in the card, key in the document
_TEXTS = (("personality", "personality"), ("scenario", "scenario"), ("first_mes", "greeting"))
_PROMPTS = (("system_prompt", "system_prompt"), ("post_history_instructions", "post_history_instructions"))
_CREDITS = (("creator", "creator"), ("creator_notes", "notes"))
_TIMES = (("creation_date", "created_at"), ("modification_date", "modified_at"))
_ONLY_V3 = (
    "assets", "nickname", "creator_notes_multilingual", "source", "group_only_greetings", "creation_date",
    "modification_date",
)  # fmt: skip


def version_of(raw: Json) -> int | None:
    """Which version of the card format a JSON value is in; None if it is not a card.

    >>> version_of({"spec": "chara_card_v2", "data": None}), version_of({"name": "Ada", "first_mes": "Hi."})
    (2, 1)
    """
    if not isinstance(raw, Mapping):
        return None
    spec = raw.get("spec")
    if isinstance(spec, str) and spec.startswith("chara_card_v"):
        return {"chara_card_v1": 1, "chara_card_v2": 2}.get(spec, 3)
    data = raw.get("data")
    if isinstance(data, Mapping) and _is_flat(data):
        return 2
    return 1 if _is_flat(raw) and "spec" not in raw else None


def _is_flat(table: Mapping[str, Json]) -> bool:
    return "name" in table and (
        "first_mes" in table or "mes_example" in table or table.keys() >= set(V1_KEYS[:4])
    )


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def read_card(archive: Archive, version: int, report: Report) -> dict[str, Json]:
    """The persona document of a card; valid whatever the card holds."""
    data, where = _data_of(archive.raw, version, report)
    name = text_of(data, "name", where, report, limit=MAX_LABEL)
    if not name:
        report.warn(f"{where}name", f"is missing: called {_UNNAMED!r}")
        name = _UNNAMED
    description = text_of(data, "description", where, report)
    nickname = text_of(data, "nickname", "", Report(), limit=MAX_LABEL)
    own_node: dict[str, Json] = {"id": plain_id(name), "type": "person", "label": name}
    if version == 3 and nickname not in ("", name):
        own_node["aliases"] = [nickname]
    document = {
        "roleagent": 1,
        "id": persona_id(name, mark=_mark(data, version)),
        "node": plain_id(name),
        "name": name,
        **(read_description(description) if description else {"summary": default_summary(name)}),
        **{ours: text_of(data, theirs, where, report) for theirs, ours in _TEXTS},
        "examples": read_examples(
            text_of(data, "mes_example", where, report), (name, nickname), f"{where}mes_example", report
        ),
        "nodes": [own_node],
    }
    if version > 1:
        document |= _newer(data, version, where, report)
    listed = data.get("assets") if version == 3 else None
    document["assets"] = assets.read_assets(listed, archive.files, f"{where}assets", report)
    return {key: value for key, value in document.items() if value}


def _data_of(raw: Json, version: int, report: Report) -> tuple[Mapping[str, Json], str]:
    """The table that holds the texts, and the prefix of its keys in reports."""
    table = raw if isinstance(raw, Mapping) else {}
    if version == 1:
        return _bounded(table, "", report), ""
    _check_version(table, version, report)
    if isinstance(table.get("data"), Mapping):
        return _bounded(table["data"], "data.", report), "data."
    report.warn("data", "is no table: the texts beside it are taken, as in a card of version 1")
    return _bounded(table, "", report), ""


def _bounded(table: Mapping[str, Json], where: str, report: Report) -> Mapping[str, Json]:
    """A table whose lists have up to _MAX_ITEMS items; longer ones are cut and reported."""
    bounded = dict(table)
    for key, value in table.items():
        if isinstance(value, list) and len(value) > _MAX_ITEMS:
            report.warn(f"{where}{key}", f"has more than {_MAX_ITEMS} items: the rest is kept, not used")
            bounded[key] = value[:_MAX_ITEMS]
    return bounded


def _check_version(table: Mapping[str, Json], version: int, report: Report) -> None:
    if table.get("spec") != SCHEMAS[version]:
        report.warn("spec", f"is not {SCHEMAS[version]!r}: still read as such")
    found = table.get("spec_version")
    try:
        number = float(found) if isinstance(found, str | int | float) else 0.0
    except (ValueError, OverflowError):
        number = 0.0
    if not version <= number < version + 1:
        report.warn("spec_version", f"is {str(found)[:40]!r}, not a {version}: read as {_VERSIONS[version]}")
    elif number > version:
        report.warn("spec_version", f"{str(found)[:40]!r} is newer than {_VERSIONS[version]}: read as that")


def _mark(data: Mapping[str, Json], version: int) -> str:
    creator = text_of(data, "creator", "", Report()) if version > 1 else ""
    told = (text_of(data, key, "", Report()) for key in ("description", "personality", "first_mes"))
    return mark_of(*told, maker=creator)


def _newer(data: Mapping[str, Json], version: int, where: str, report: Report) -> dict[str, Json]:
    """The parts that versions 2 and 3 add to version 1."""
    found: dict[str, Json] = {ours: text_of(data, theirs, where, report) for theirs, ours in _PROMPTS}
    found["greetings"] = texts_of(data, "alternate_greetings", where, report)
    found["lorebooks"] = books.read_books(data, where, report)
    credits: dict[str, Json] = {ours: text_of(data, theirs, where, report) for theirs, ours in _CREDITS}
    credits["version"] = text_of(data, "character_version", where, report, limit=MAX_LABEL)
    credits["tags"] = texts_of(data, "tags", where, report, limit=MAX_LABEL)
    if version == 3:
        found["nickname"] = text_of(data, "nickname", where, report, limit=MAX_LABEL)
        found["group_greetings"] = texts_of(data, "group_only_greetings", where, report)
        credits["notes_in"] = _notes_in(data, where, report)
        credits["sources"] = texts_of(data, "source", where, report)
        credits |= {ours: time_of(data, theirs, where, report) for theirs, ours in _TIMES}
    found["credits"] = {key: value for key, value in credits.items() if value or value == 0}
    return found


def _notes_in(data: Mapping[str, Json], where: str, report: Report) -> dict[str, str]:
    key = "creator_notes_multilingual"
    notes: dict[str, str] = {}
    for language, value in list(table_of(data, key, where, report).items())[:_MAX_ITEMS]:
        code = text_of({"": language}, "", "", Report(), limit=MAX_LABEL)
        text = text_of({language: value}, language, f"{where}{key}.", report)
        if code and text:
            notes[code] = text
    return notes


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def write_card(document: Mapping[str, Json], version: int, container: Container) -> Archive:
    """A persona document as a card, with every key that its version demands."""
    listed, files = assets.write_assets(document, container, with_list=version == 3)
    if version == 1:
        return Archive(raw=_flat(document), files=files)
    data = _data(document, version)
    if version == 3:
        data |= _data_of_v3(document, listed)
    raw = {"spec": SCHEMAS[version], "spec_version": _VERSIONS[version], "data": data}
    return Archive(raw={**_copies(document, version), **raw}, files=files)


def _flat(document: Mapping[str, Json]) -> dict[str, Json]:
    """The six texts of version 1."""
    flat = {"name": document["name"], "description": write_description(document)}
    flat |= {theirs: document.get(ours, "") for theirs, ours in _TEXTS}
    flat["mes_example"] = write_examples(document.get("examples", []))
    return flat


def _data(document: Mapping[str, Json], version: int) -> dict[str, Json]:
    credits = document.get("credits", {})
    extensions: dict[str, Json] = {}
    data: dict[str, Json] = {
        **_flat(document),
        **{theirs: credits.get(ours, "") for theirs, ours in _CREDITS},
        **{theirs: document.get(ours, "") for theirs, ours in _PROMPTS},
        "alternate_greetings": list(document.get("greetings", [])),
        "tags": list(credits.get("tags", [])),
        "character_version": credits.get("version", ""),
        "extensions": extensions,
    }
    own = [to_lorebook(LorebookModel.model_validate(book)) for book in document.get("lorebooks", [])]
    knowledge = None if any(book.name == NAME for book in own) else knowledge_of(document)
    all_books = own if knowledge is None else [*own, knowledge]
    written = books.write_books(all_books, _kept_slots(document), version)
    extensions |= written.pop("extensions", {})
    return data | written


def _data_of_v3(document: Mapping[str, Json], listed: list[Json]) -> dict[str, Json]:
    credits = document.get("credits", {})
    data: dict[str, Json] = {"group_only_greetings": list(document.get("group_greetings", []))}
    optional = {
        "nickname": document.get("nickname"),
        "creator_notes_multilingual": credits.get("notes_in"),
        "source": credits.get("sources"),
        **{theirs: credits.get(ours) for theirs, ours in _TIMES},
        "assets": listed,
    }
    return data | {key: value for key, value in optional.items() if value or value == 0}


# ── what was kept of the card that the persona was read from ─────────────────────────────────


def _original(document: Mapping[str, Json], version: int) -> Mapping[str, Json]:
    text = document.get("extensions", {}).get(SCHEMAS[version])
    raw = json.loads(text) if text else {}
    return raw if isinstance(raw, Mapping) else {}


def _kept_slots(document: Mapping[str, Json]) -> list[books.Slot]:
    """Where the card that the persona was read from, of version 3 or 2, held its books."""
    for version in (3, 2):
        data = _original(document, version).get("data")
        if isinstance(data, Mapping):
            return books.slots_of(data, "", Report())
    return []


def _copies(document: Mapping[str, Json], version: int) -> dict[str, Json]:
    """Texts of version 1 beside `data`, which some programs write for old readers; kept up to date."""
    original = _original(document, version)
    data = original.get("data")
    if not isinstance(data, Mapping):
        return {}
    keys = [key for key in V1_KEYS if key in original and original[key] == data.get(key)]
    flat = _flat(document) if keys else {}
    return {key: flat[key] for key in keys}


# ── from one version to another ──────────────────────────────────────────────────────────────


def base_of(originals: Mapping[str, Json], version: int) -> Json:
    """The JSON of a card in this version, made from the kept JSON of another; None if there is none."""
    for other in (3, 2, 1):
        raw = originals.get(SCHEMAS[other])
        if isinstance(raw, Mapping) and other != version:
            return moved(raw, other, version)
    return None


def moved(raw: Mapping[str, Json], old: int, new: int) -> dict[str, Json]:
    """A card's JSON in the layout of another version, with all keys that neither version knows."""
    data = raw if old == 1 else raw.get("data")
    data = data if isinstance(data, Mapping) else {}
    if new == 1:
        return dict.fromkeys(V1_KEYS, "") | _picked(data, V1_KEYS)
    spec: dict[str, Json] = {"spec": SCHEMAS[new], "spec_version": _VERSIONS[new]}
    beside = {key: value for key, value in raw.items() if key not in (*V1_KEYS, *spec, "data")}
    if old == 1:
        data = _picked(data, V1_KEYS)
    dropped = _ONLY_V3 if new == 2 else ()
    kept = {key: value for key, value in data.items() if key not in dropped}
    if new == 3 and isinstance(data.get("character_book"), Mapping):
        kept["character_book"] = _with_use_regex(data["character_book"])
    return {**beside, **spec, "data": _data({"name": "", "summary": ""}, new) | _ADDED[new] | kept}


def _with_use_regex(book: Mapping[str, Json]) -> Json:
    """A book in which every entry has the key that version 3 demands."""
    entries = book.get("entries")
    if not isinstance(entries, list):
        return book
    return {
        **book,
        "entries": [{"use_regex": False} | each if isinstance(each, dict) else each for each in entries],
    }


def _picked(table: Mapping[str, Json], keys: Iterable[str]) -> dict[str, Json]:
    return {key: table[key] for key in keys if key in table}
