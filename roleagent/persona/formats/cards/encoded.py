"""Base64 as it is met with in pictures: with blanks, without padding, in the alphabet of addresses."""

from __future__ import annotations

import base64
import binascii
import re

from roleagent.persona.formats.cards.json_file import MAX_CARD_BYTES, card_json
from roleagent.persona.formats.foreign import json_bytes
from roleagent.persona.formats.report import Report
from roleagent.persona.places import Place, ReadError

_NUMBERS = re.compile(rb"\s*[0-9]{1,3}\s*,")
_LONGEST_NUMBER = 5  # of a byte, with its comma and a blank
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
        raise _error(f"{what} is no list of bytes: {str(error)[:80]}") from error


def encoded(raw: object) -> bytes:
    """JSON as base64, in UTF-8."""
    return base64.b64encode(json_bytes(raw, indent=None))


def _error(message: str) -> ReadError:
    return ReadError(message, Place(1, 1))
