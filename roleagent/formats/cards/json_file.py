"""Cards as JSON files, and as CHARX: an archive of a card of version 3 and its files.

A JPEG picture or a program may come before the archive, in the same file.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, final

from roleagent.formats.archives import names_in_zip, read_zip, write_zip
from roleagent.formats.cards.assets import PREFIX_FILE
from roleagent.formats.cards.exif import comment_bytes, exif_in
from roleagent.formats.cards.schema import SCHEMAS, base_of, read_card, version_of, write_card
from roleagent.formats.convert import mapped
from roleagent.formats.format import Archive, Report
from roleagent.formats.values import json_bytes, parse_json
from roleagent.persona.problems import Place, ReadError

MAX_CARD_BYTES = 12_000_000


@final
class JsonCard:
    """One version of the card as JSON; see `Layout`."""

    def __init__(self, version: int) -> None:
        self.NAME = f"card-v{version}"
        self.SCHEMA = SCHEMAS[version]
        self.EXTENSION_PATH: tuple[str, ...] = ("data", "extensions") if version > 1 else ()
        self._version = version

    def recognises(self, data: bytes, raw: object) -> bool:
        """By the key `spec`, or by the texts of version 1."""
        return version_of(raw) == self._version

    def unpack(self, data: bytes, report: Report) -> Archive:
        """The JSON of the file."""
        return Archive(raw=card_json(data, "the file", report))

    def pack(self, archive: Archive, report: Report) -> bytes:
        """The file of the JSON."""
        return json_bytes(archive.raw)

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """See `schema`."""
        return read_card(archive, self._version, report)

    def from_document(self, document: Mapping[str, Any], report: Report) -> Archive:
        """See `schema`."""
        return write_card(document, self._version, "json")

    def base_from(self, originals: Mapping[str, Any]) -> Any:
        """From a card of another version."""
        return base_of(originals, self._version)


def card_json(data: bytes, what: str, report: Report) -> dict[str, Any]:
    """The JSON of a card.

    Raises:
        ReadError: it is too large, or not a JSON table.
    """
    if len(data) > MAX_CARD_BYTES:
        raise ReadError(f"{what} holds more than {MAX_CARD_BYTES} bytes of JSON", Place(1, 1))
    raw = parse_json(data, report, what=what)
    if not isinstance(raw, dict):
        raise ReadError(f"{what} holds no table of keys and values, so no character card", Place(1, 1))
    return raw


CARD_V1, CARD_V2, CARD_V3 = (mapped(JsonCard(each), about="character card, JSON") for each in (1, 2, 3))


_NUMBERS = re.compile(rb"\s*[0-9]{1,3}\s*,")
_LONGEST_NUMBER = 5  # of a byte, with its comma and a blank
_BLANKS = re.compile(rb"[\s\0]+")


def decoded(text: bytes, what: str, *, limit: int) -> bytes:
    """The bytes that a base64 text stands for.

    Raises:
        ReadError: it is not base64, or stands for more than `limit` bytes.
    """
    if len(text) * 3 // 4 > limit + 3:
        raise _error(f"{what} holds more than {limit} bytes")
    plain = _BLANKS.sub(b"", text).replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _error(f"{what} is not base64: {error}") from error


def card_in(text: bytes, what: str, report: Report) -> dict[str, object]:
    """The card in a text: base64 of JSON, JSON as it is, or either as a list of its bytes.

    Raises:
        ReadError: it holds none, or one that is too large.
    """
    if _NUMBERS.match(text):
        text = _bytes_of_numbers(text, what)
    is_plain = text.lstrip()[:1] == b"{"
    data = text if is_plain else decoded(text, what, limit=MAX_CARD_BYTES)
    return card_json(data, what, report)


def _bytes_of_numbers(text: bytes, what: str) -> bytes:
    """The bytes that a text such as ``123,34,110`` lists."""
    if len(text) > _LONGEST_NUMBER * MAX_CARD_BYTES:
        raise _error(f"{what} holds more than {MAX_CARD_BYTES} bytes")
    try:
        return bytes(map(int, text.split(b",")))
    except ValueError as error:
        raise _error(f"{what} is not a list of bytes: {str(error)[:80]}") from error


def encoded(raw: object) -> bytes:
    """JSON as base64, in UTF-8."""
    return base64.b64encode(json_bytes(raw, indent=None))


def _error(message: str) -> ReadError:
    return ReadError(message, Place(1, 1))


_LONGEST = 5 * MAX_CARD_BYTES + 100_000  # of Exif data whose comment is a list of bytes


def card_in_exif(data: bytes, report: Report) -> dict[str, Any]:
    """The JSON in the first Exif comment of a picture, as it is, as base64, or as a list of bytes.

    Raises:
        ReadError: there is none that can be read.
    """
    for exif in exif_in(data):
        comment = comment_bytes(exif[:_LONGEST])
        if comment is not None:
            return card_in(comment, "the Exif comment", report)
    raise ReadError("the picture holds no character card in its Exif comment", Place(1, 1))


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
        """By the name of the card in it; a JPEG without one counts too, and its reader says what is wrong."""
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
        """The archive, after the bytes that came before it."""
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
