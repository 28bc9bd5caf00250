"""The cards of Faraday, as Backyard was called: JSON in the Exif comment of a picture.

They are PNG pictures; JPEG and WebP are read as well, and become PNG when the card is written. The other Exif
data of a PNG stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, final

from roleagent.formats.archives import Json, Table, as_asset, moment_of
from roleagent.formats.cards.assets import ICON, PICTURE, read_assets, write_assets
from roleagent.formats.cards.exif import (
    comment_of,
    exif_in,
    extension_of_picture,
    with_comment,
    with_exif,
    without_comment,
    without_exif,
)
from roleagent.formats.cards.json_file import card_in_exif, encoded
from roleagent.formats.cards.png import DRAWN, drawn, icon_as_png, is_drawn
from roleagent.formats.cards.png_chunks import chunks_of, with_texts
from roleagent.formats.cards.schema import read_description, write_description
from roleagent.formats.convert import mapped
from roleagent.formats.format import Archive, Report
from roleagent.formats.others.backyard import (
    NSFW,
    knowledge_entries,
    read_dates,
    read_lore,
    read_tags,
    text_at,
    to_macros,
    told_persona,
    written_lore,
    written_talk,
)
from roleagent.formats.parts import GraphParts, filled, read_examples
from roleagent.formats.values import MAX_LABEL, default_summary, dump_json, table_of, text_of
from roleagent.persona.identity import mark_of, persona_id, plain_id
from roleagent.persona.problems import ReadError

_KEYS: Final = frozenset({"aiName", "aiDisplayName", "aiPersona"})
_TEXTS = (("basePrompt", "system_prompt"), ("scenario", "scenario"), ("firstMessage", "greeting"))
_WHERE = "character."
_ENCODED_FROM = 4  # the version from which a card is base64


@final
class Faraday:
    """The picture; see `Layout`."""

    NAME = "faraday-png"
    SCHEMA = "faraday"
    EXTENSION_PATH: tuple[str, ...] = ("extensions",)

    def recognises(self, data: bytes, raw: object) -> bool:
        """By the keys of the character in the Exif comment."""
        if not extension_of_picture(data):
            return False
        try:
            character = card_in_exif(data, Report()).get("character")
        except ReadError:
            return False
        return isinstance(character, dict) and not _KEYS.isdisjoint(character)

    def unpack(self, data: bytes, report: Report) -> Archive:
        """The JSON, and the picture without it."""
        raw = card_in_exif(data, report)
        if extension_of_picture(data) != "png":
            return Archive(raw=raw, files={ICON: without_exif(data)})
        if is_drawn(data, chunks_of(data, report)):
            return Archive(raw=raw)
        others = without_comment(next(exif for exif in exif_in(data) if comment_of(exif) is not None))
        return Archive(raw=raw, files={PICTURE: with_exif(data, others)})

    def pack(self, archive: Archive, report: Report) -> bytes:
        """The picture, or a placeholder, with the JSON."""
        picture = archive.files.get(PICTURE)
        if picture is None:
            picture = icon_as_png(archive.files.get(ICON), report)
        if picture is None:
            name = table_of(archive.raw, "character", "", Report()).get("aiDisplayName")
            picture = with_texts(drawn(name if isinstance(name, str) else ""), [(DRAWN, b"yes")])
        exif = next(iter(exif_in(picture)), b"")
        version = archive.raw.get("version") if isinstance(archive.raw, Mapping) else None
        is_encoded = isinstance(version, int) and version >= _ENCODED_FROM
        text = encoded(archive.raw).decode("ascii") if is_encoded else dump_json(archive.raw, indent=None)
        return with_exif(picture, with_comment(exif, text))

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """The character's texts have their places; lore items are a lorebook."""
        character = table_of(archive.raw, "character", "", report)
        short, full = (
            text_of(character, key, _WHERE, report, limit=MAX_LABEL) for key in ("aiName", "aiDisplayName")
        )
        name = full or short or "Unnamed"
        if not (full or short):
            report.warn(f"{_WHERE}aiDisplayName", "is missing: the persona is called 'Unnamed'")
        if character.get("Chat"):
            report.warn(f"{_WHERE}Chat", "are past conversations: kept, and no part of the persona's memory")
        parts = GraphParts(plain_id(name), name)
        description = text_at(character, "aiPersona", _WHERE, report)
        talk = text_at(character, "customDialogue", _WHERE, report)
        rest = [
            ("nickname", short if short != name else ""),
            *((ours, text_at(character, theirs, _WHERE, report)) for theirs, ours in _TEXTS),
            ("examples", read_examples(talk, (name, short), f"{_WHERE}customDialogue", report)),
            ("lorebooks", read_lore(character, _WHERE, report)),
            ("assets", _read_assets(archive.files, report)),
            ("credits", filled([("tags", read_tags(character)), *read_dates(character, _WHERE, report)])),
        ]
        head = {"roleagent": 1, "id": persona_id(name, mark=mark_of(description)), "name": name}
        told = read_description(description or default_summary(name))
        return {**head, **told, **filled(rest), **parts.as_document()}

    def from_document(self, document: Table, report: Report) -> Archive:
        """A character with Faraday's texts; facts that are always known are part of its persona text."""
        knowledge = knowledge_entries(document)
        told = write_description({**document, "summary": told_persona(document, knowledge)})
        credits = document.get("credits", {})
        character: dict[str, Json] = {
            "aiDisplayName": document["name"],
            "aiName": document.get("nickname") or document["name"],
            "aiPersona": to_macros(told).strip(),
            **{theirs: to_macros(document.get(ours, "")) for theirs, ours in _TEXTS},
            "customDialogue": "\n".join(written_talk(document)),
            "loreItems": list(written_lore(document, knowledge)),
            "isNSFW": NSFW in credits.get("tags", ()),
            "createdAt": moment_of(credits.get("created_at")),
            "updatedAt": moment_of(credits.get("modified_at") or credits.get("created_at")),
        }
        _, files = write_assets(document, "png", with_list=False)
        picture = {name: files[name] for name in (PICTURE, ICON) if name in files}
        return Archive(raw={"character": character, "version": 1}, files=picture)

    def base_from(self, originals: Table) -> None:
        """No other program has files like this."""


def _read_assets(files: Mapping[str, bytes], report: Report) -> list[Json]:
    """The picture as the main icon."""
    icon = files.get(ICON)
    if icon is None:
        return read_assets(None, {PICTURE: files[PICTURE]} if PICTURE in files else {}, "assets", report)
    ext = extension_of_picture(icon)
    asset = as_asset(f"main.{ext}", icon, kind="icon", name="main", report=report)
    return [] if asset is None else [{key: value for key, value in asset.items() if key != "path"}]


FARADAY = mapped(Faraday(), about="Faraday's card, PNG")
