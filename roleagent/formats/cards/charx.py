"""CHARX: an archive of a card of version 3 and its files, maybe behind a JPEG picture or a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from roleagent.formats.archives import names_in_zip, read_zip, write_zip
from roleagent.formats.cards.assets import PREFIX_FILE
from roleagent.formats.cards.json_file import card_json
from roleagent.formats.cards.schema import SCHEMAS, base_of, read_card, write_card
from roleagent.formats.convert import mapped
from roleagent.formats.foreign import json_bytes
from roleagent.formats.format import Archive
from roleagent.formats.report import Report
from roleagent.persona.problems import Place, ReadError

CARD = "card.json"
_JPEG = b"\xff\xd8\xff"
_LOCAL, _END = b"PK\x03\x04", b"PK\x05\x06"
_NO_ARCHIVE = (
    "is a JPEG picture that holds no character card: there is none in its Exif comment, and no archive in it"
)
_END_BYTES = 22 + 65_535  # of the archive's end, with the longest comment


@final
class Charx:
    """The archive; see `Layout`."""

    NAME = "charx"
    SCHEMA = SCHEMAS[3]
    EXTENSION_PATH: tuple[str, ...] = ("data", "extensions")

    def recognises(self, data: bytes, raw: object) -> bool:
        """By the name of the card in it; a JPEG counts even without, as the reader says what is wrong."""
        if data.startswith(_JPEG):
            return True
        start = data.find(_LOCAL) if _END in data[-_END_BYTES:] else -1
        return start >= 0 and CARD in names_in_zip(data[start:])

    def unpack(self, data: bytes, report: Report) -> Archive:
        """The card, and all other files of the archive."""
        start = data.find(_LOCAL)
        if start < 0:
            raise ReadError(_NO_ARCHIVE, Place(1, 1))
        files = read_zip(data)
        if CARD not in files:
            raise ReadError(f"holds no character card: there is no {CARD!r} in the archive", Place(1, 1))
        raw = card_json(files.pop(CARD), CARD, report)
        if start:
            files[PREFIX_FILE] = data[:start]
        return Archive(raw=raw, files=files)

    def pack(self, archive: Archive, report: Report) -> bytes:
        """The archive, behind what stood before it."""
        files = {path: data for path, data in archive.files.items() if not path.startswith("/")}
        prefix = archive.files.get(PREFIX_FILE, b"")
        return prefix + write_zip({CARD: json_bytes(archive.raw), **files})

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """See `schema`."""
        return read_card(archive, 3, report)

    def from_document(self, document: Mapping[str, Any], report: Report) -> Archive:
        """See `schema`."""
        return write_card(document, 3, "charx")

    def base_from(self, originals: Mapping[str, Any]) -> Any:
        """From a card of another version."""
        return base_of(originals, 3)


CHARX = mapped(Charx(), about="character card, archive", suffixes=(".charx",))
