"""The cards of Faraday, as Backyard was called: JSON in the Exif comment of a PNG picture.

Macros are ``{character}`` and ``{user}``, and a line of talk begins with ``#{user}:``.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, final

from roleagent.persona.formats.cards.assets import PICTURE, PNG_SIGNATURE, read_assets, write_assets
from roleagent.persona.formats.cards.chunks import Chunk, chunks_of, with_chunk, with_texts, without
from roleagent.persona.formats.cards.examples import read_examples, write_examples
from roleagent.persona.formats.cards.json_file import MAX_CARD_BYTES, card_json
from roleagent.persona.formats.cards.placeholder import DRAWN, drawn, is_drawn
from roleagent.persona.formats.cards.sections import read_description, write_description
from roleagent.persona.formats.foreign import (
    MAX_LABEL,
    Archive,
    dump_json,
    persona_id,
    table_of,
    text_of,
)
from roleagent.persona.formats.report import Report
from roleagent.persona.places import Place, ReadError

Json = Any  # Any: JSON, or a part of a persona document

_COMMENT = b"ASCII\0\0\0"
_KEYS: Final = frozenset({"aiName", "aiDisplayName", "aiPersona"})
_MACRO = re.compile(r"(?<!\{)#?\{(character|user)\}(?!\})", re.IGNORECASE)
_OUR_MACRO = re.compile(r"\{\{(char|user)\}\}", re.IGNORECASE)
_TEXTS = (("basePrompt", "system_prompt"), ("scenario", "scenario"), ("firstMessage", "greeting"))
_MAX_ITEMS = 20_000


@final
class Faraday:
    """The picture; see `ForeignFormat`."""

    NAME = "faraday-png"
    SCHEMA = "faraday"
    EXTENSION_PATH: tuple[str, ...] = ("extensions",)

    def recognises(self, data: bytes, raw: object) -> bool:
        """By a character of its own in the Exif comment."""
        if not data.startswith(PNG_SIGNATURE):
            return False
        try:
            character = _card(data, chunks_of(data, Report()), Report())["character"]
        except (ReadError, KeyError):
            return False
        return isinstance(character, dict) and not _KEYS.isdisjoint(character)

    def unpack(self, data: bytes, report: Report) -> Archive:
        """The JSON, and the picture without it."""
        chunks = chunks_of(data, report)
        raw = _card(data, chunks, report)
        picture = without(data, [chunk for chunk in chunks if _comment_start(data, chunk) >= 0])
        return Archive(raw=raw, files={} if is_drawn(data, chunks) else {PICTURE: picture})

    def pack(self, archive: Archive, report: Report) -> bytes:
        """The picture, or a placeholder, with the JSON."""
        picture = archive.files.get(PICTURE)
        if picture is None:
            report.warn("the picture", "is a placeholder: the persona has none")
            name = table_of(archive.raw, "character", "", Report()).get("aiDisplayName")
            picture = with_texts(drawn(str(name)), [(DRAWN, b"yes")])
        return with_chunk(picture, b"eXIf", _exif(dump_json(archive.raw, indent=None)))

    def to_document(self, archive: Archive, report: Report) -> dict[str, Json]:
        """The character's texts have their places; lore items are a lorebook."""
        character = table_of(archive.raw, "character", "", report)
        short, full = (
            text_of(character, key, "character.", report, limit=MAX_LABEL)
            for key in ("aiName", "aiDisplayName")
        )
        name = full or short or "Unnamed"
        nickname = short if short != name else ""
        description = _text(character, "aiPersona", report)
        talk = _text(character, "customDialogue", report)
        document: dict[str, Json] = {
            "roleagent": 1,
            "id": persona_id(name),
            "name": name,
            "nickname": nickname,
            **(read_description(description) if description else {"summary": f"You are {name}."}),
            **{ours: _text(character, theirs, report) for theirs, ours in _TEXTS},
            "examples": read_examples(talk, (name, short), "character.customDialogue", report),
            "lorebooks": _lorebooks(character, report),
            "assets": read_assets(None, archive.files, "assets", report),
            "nodes": [{"id": persona_id(name), "type": "person", "label": name}],
        }
        return {key: value for key, value in document.items() if value}

    def from_document(self, document: Mapping[str, Json], report: Report) -> Archive:
        """A character with the texts that Faraday knows."""
        character: dict[str, Json] = {
            "aiDisplayName": document["name"],
            "aiName": document.get("nickname") or document["name"],
            "aiPersona": _to_macros(write_description(document)),
            **{theirs: _to_macros(document.get(ours, "")) for theirs, ours in _TEXTS},
            "customDialogue": _talk(document.get("examples", [])),
            "loreItems": list(_lore_items(document.get("lorebooks", []))),
        }
        _, files = write_assets(document, "png", with_list=False)
        picture = {PICTURE: files[PICTURE]} if PICTURE in files else {}
        return Archive(raw={"character": character, "version": 1}, files=picture)

    def base_from(self, originals: Mapping[str, Json]) -> None:
        """No other program's file is like this one."""


FARADAY = Faraday()


# ── texts ────────────────────────────────────────────────────────────────────────────────────


def _text(character: Mapping[str, Json], key: str, report: Report) -> str:
    return _from_macros(text_of(character, key, "character.", report, limit=150_000))


def _from_macros(text: str) -> str:
    return _MACRO.sub(lambda found: "{{user}}" if found[1].lower() == "user" else "{{char}}", text)


def _to_macros(text: str) -> str:
    return _OUR_MACRO.sub(lambda found: "{user}" if found[1].lower() == "user" else "{character}", text)


def _talk(examples: Iterable[Mapping[str, Json]]) -> str:
    lines = write_examples(examples).replace("<START>\n", "")
    return _to_macros(re.sub(r"^(?=\{\{(?:char|user)\}\}:)", "#", lines, flags=re.MULTILINE))


def _lorebooks(character: Mapping[str, Json], report: Report) -> list[Json]:
    items = character.get("loreItems")
    entries = []
    for index, item in enumerate(items[:_MAX_ITEMS] if isinstance(items, list) else ()):
        where = f"character.loreItems[{index}]"
        if not isinstance(item, dict):
            report.warn(where, f"is {type(item).__name__}, not a table: left out of the persona")
            continue
        keys = [key.strip()[:MAX_LABEL] for key in text_of(item, "key", f"{where}.", report).split(",")]
        content = _from_macros(text_of(item, "value", f"{where}.", report, limit=150_000))
        parts = {"keys": [key for key in keys if key.strip()], "content": content}
        entries.append({"id": str(index + 1)} | {key: part for key, part in parts.items() if part})
    return [{"entries": entries}] if entries else []


def _lore_items(books: Iterable[Mapping[str, Json]]) -> Iterator[dict[str, str]]:
    for book in books:
        for entry in book.get("entries", []):
            yield {"key": ", ".join(entry.get("keys", [])), "value": _to_macros(entry.get("content", ""))}


# ── the Exif chunk ───────────────────────────────────────────────────────────────────────────


def _card(data: bytes, chunks: list[Chunk], report: Report) -> dict[str, Json]:
    """The JSON in the Exif comment.

    Raises:
        ReadError: there is none.
    """
    for chunk in chunks:
        start = _comment_start(data, chunk)
        end = data.rfind(b"}", start, chunk.end - 4) + 1
        if start >= 0 and end > start:
            text = data[start + len(_COMMENT) : min(end, start + MAX_CARD_BYTES + 100)]
            return card_json(text, "the Exif comment")
    raise ReadError("the picture holds no character card in its Exif comment", Place(1, 1))


def _comment_start(data: bytes, chunk: Chunk) -> int:
    """Where in the file a chunk's comment with JSON begins; -1 if it has none."""
    return data.find(_COMMENT + b"{", chunk.start, chunk.end) if chunk.kind == b"eXIf" else -1


def _exif(text: str) -> bytes:
    """Exif data of one comment: a table that names a table that holds it."""
    comment = _COMMENT + text.encode("utf-8")
    first = struct.pack(">HHHIII", 1, 0x8769, 4, 1, 26, 0)
    second = struct.pack(">HHHIII", 1, 0x9286, 7, len(comment), 44, 0)
    return b"MM\0*" + struct.pack(">I", 8) + first + second + comment
