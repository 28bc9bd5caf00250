"""Where a PNG, JPEG or WebP picture has its Exif data, and the picture without it or with other data."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from roleagent.persona.formats.cards.chunks import SIGNATURE, chunks_of, replaced, with_chunk, without
from roleagent.persona.formats.report import Report

_JPEG = b"\xff\xd8\xff"
_APP1, _SCAN = 0xE1, 0xDA
_MARK = b"Exif\0\0"
_MAX_PARTS = 10_000
_HAS_EXIF = 0x08  # in the flags of a WebP picture


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A part of a picture: where it and its content begin, and where both end."""

    start: int
    content: int
    end: int


def extension_of_picture(data: bytes) -> str:
    """``png``, ``jpg`` or ``webp``; empty for anything else."""
    if data.startswith(SIGNATURE):
        return "png"
    if data.startswith(_JPEG):
        return "jpg"
    return "webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def exif_in(data: bytes) -> list[bytes]:
    """The Exif data of a picture; usually one piece, or none.

    Raises:
        ReadError: it is a PNG of too many chunks.
    """
    return [data[part.content : part.end] for part in _parts(data)]


def with_exif(picture: bytes, exif: bytes) -> bytes:
    """A PNG picture with Exif data in the place of its own, or added; with nothing, without its own."""
    chunks = [chunk for chunk in chunks_of(picture, Report()) if chunk.kind == b"eXIf"]
    if not exif:
        return without(picture, chunks)
    if not chunks:
        return with_chunk(picture, b"eXIf", exif)
    first, *others = chunks
    return replaced(without(picture, others), first, exif)


def without_exif(picture: bytes) -> bytes:
    """A JPEG or WebP picture without its Exif data."""
    kept, start = [], 0
    for part in _parts(picture):
        kept.append(picture[start : part.start])
        start = part.end + (part.end - part.content) % 2 * (extension_of_picture(picture) == "webp")
    rest = b"".join((*kept, picture[start:]))
    return _mended_webp(rest) if extension_of_picture(rest) == "webp" else rest


def _parts(data: bytes) -> Iterator[_Part]:
    kind = extension_of_picture(data)
    if kind == "png":
        for chunk in chunks_of(data, Report()):
            if chunk.kind == b"eXIf":
                yield _Part(start=chunk.start, content=chunk.start + 8, end=chunk.end - 4)
    elif kind == "jpg":
        yield from _jpeg_parts(data)
    elif kind == "webp":
        yield from _webp_parts(data)


def _jpeg_parts(data: bytes) -> Iterator[_Part]:
    """The segments with Exif data before the picture proper begins."""
    start = 2
    for _ in range(_MAX_PARTS):
        if start + 4 > len(data) or data[start] != 0xFF or data[start + 1] == _SCAN:
            return
        (length,) = struct.unpack_from(">H", data, start + 2)
        content, end = start + 4, start + 2 + length
        if length < 2 or end > len(data):
            return
        if data[start + 1] == _APP1 and data.startswith(_MARK, content, end):
            yield _Part(start=start, content=content, end=end)
        start = end


def _webp_parts(data: bytes) -> Iterator[_Part]:
    start = 12
    for _ in range(_MAX_PARTS):
        if start + 8 > len(data):
            return
        (length,) = struct.unpack_from("<I", data, start + 4)
        content, end = start + 8, start + 8 + length
        if end > len(data):
            return
        if data[start : start + 4] == b"EXIF":
            yield _Part(start=start, content=content, end=end)
        start = end + length % 2


def _mended_webp(data: bytes) -> bytes:
    """A WebP picture that says how long it is, and that it has no Exif data."""
    head = data[:4] + struct.pack("<I", len(data) - 8) + data[8:12]
    if data[12:16] != b"VP8X" or len(data) < 21:
        return head + data[12:]
    return head + data[12:20] + bytes([data[20] & ~_HAS_EXIF & 0xFF]) + data[21:]
