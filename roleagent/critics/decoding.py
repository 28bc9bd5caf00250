"""Orders that are packed in base64, unpacked within bounds."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from itertools import islice

_PACKED = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,4096}={0,2}(?![A-Za-z0-9+/=])")
_MAX_BLOBS = 10
_MIN_READABLE = 0.9


def decoded(text: str) -> Iterator[str]:
    """What the first few base64 runs of a text say, where they say anything readable."""
    for match in islice(_PACKED.finditer(text), _MAX_BLOBS):
        said = _unpacked(match.group())
        if said and _is_readable(said):
            yield said


def _unpacked(blob: str) -> str:
    body = blob.rstrip("=")
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _is_readable(text: str) -> bool:
    good = sum(char.isalpha() or char.isspace() or char in ".,!?'-" for char in text)
    return " " in text and good / len(text) >= _MIN_READABLE
