"""Base64 as it is met with in pictures: with blanks, without padding, in the alphabet of addresses."""

from __future__ import annotations

import base64
import binascii
import re

from roleagent.persona.formats.cards.json_file import MAX_CARD_BYTES, card_json
from roleagent.persona.formats.foreign import json_bytes
from roleagent.persona.formats.report import Report
from roleagent.persona.places import Place, ReadError

_BLANKS = re.compile(rb"[\s\0]+")


def decoded(text: bytes, what: str, *, limit: int) -> bytes:
    """The bytes that a base64 text stands for.

    Raises:
        ReadError: it is no base64, or stands for more than `limit` bytes.
    """
    if len(text) * 3 // 4 > limit + 3:
        raise _error(f"{what} holds more than {limit} bytes")
    plain = _BLANKS.sub(b"", text).replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _error(f"{what} is no base64: {error}") from error


def card_in(text: bytes, what: str, report: Report) -> dict[str, object]:
    """The card in a text chunk: base64 of JSON, or by way of exception JSON as it is.

    Raises:
        ReadError: it holds none, or one that is too large.
    """
    is_plain = text.lstrip()[:1] == b"{"
    data = text if is_plain else decoded(text, what, limit=MAX_CARD_BYTES)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        report.warn(what, "is not UTF-8: read as Latin-1")
        data = data.decode("latin-1").encode("utf-8")
    return card_json(data, what)


def encoded(raw: object) -> bytes:
    """JSON as base64, in UTF-8."""
    return base64.b64encode(json_bytes(raw, indent=None))


def _error(message: str) -> ReadError:
    return ReadError(message, Place(1, 1))
