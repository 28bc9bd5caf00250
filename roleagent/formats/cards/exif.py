"""The user comment in a picture's Exif data: read, removed and written; all other tags stay as they are.

Exif data is a TIFF file without a picture: directories of entries of 12 bytes, each with a tag, a type, a
count and a value, or the offset of one that is longer than four bytes.
"""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from roleagent.formats.cards.png_chunks import SIGNATURE, chunks_of, replaced, with_chunk, without
from roleagent.formats.format import Report

_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_PREFIX = b"Exif\0\0"  # of JPEG, and by mistake of others
_EXIF, _COMMENT = 0x8769, 0x9286
_LONG, _UNDEFINED = 4, 7
_ENTRY = 12
_MAX_ENTRIES = 1_000  # of one directory
_PLAIN, _UNICODE = b"ASCII\0\0\0", b"UNICODE\0"
_CODES = (b"ASCII", b"JIS", b"")
_TEXT = re.compile(rb"\s*[{A-Za-z0-9+/]")
_HEADER = b"MM\0*" + struct.pack(">I", 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """An entry of a directory.

    Attributes:
        at: the entry's offset.
        tag: the tag's number.
        count: number of values; the values of a comment are bytes.
        value: the value, or its offset if it is longer than four bytes.
    """

    at: int
    tag: int
    count: int
    value: int


def comment_of(exif: bytes) -> str | None:
    """The user comment; None if there is none that can be read."""
    found = comment_bytes(exif)
    return None if found is None else found.decode("utf-8", "replace")


def comment_bytes(exif: bytes) -> bytes | None:
    """The bytes of the user comment, with UTF-16 turned into UTF-8; None if there is none that can be read.

    Its first eight bytes name a character set; some programs leave them out.
    """
    tiff = _tiff(exif)
    entry = _comment_entry(tiff)
    if entry is None:
        return None
    start, end = _span(tiff, entry)
    code, text = tiff[start : start + 8], tiff[start + 8 : end]
    if code == _UNICODE:
        text = _utf_16(text, _order(tiff)).encode("utf-8", "replace")
    elif code.rstrip(b"\0 ") not in _CODES:
        if not _TEXT.match(code):
            return None
        text = code + text
    return text.rstrip(b"\0 \r\n\t")


def _utf_16(text: bytes, order: str) -> str:
    """UTF-16 in the order of its mark or its first letter, which every JSON and base64 text begins with."""
    if text[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return text.decode("utf-16", "replace")
    if text[:1] != text[1:2] and b"\0" in text[:2]:
        order = "<" if text[1:2] == b"\0" else ">"
    return text.decode("utf-16-le" if order == "<" else "utf-16-be", "replace")


def without_comment(exif: bytes) -> bytes:
    """Exif data with an empty user comment; no bytes if nothing else was in it."""
    tiff = _tiff(exif)
    entry = _comment_entry(tiff)
    if entry is None:
        return exif
    start, end = _span(tiff, entry)
    if start < entry.at + _ENTRY and entry.at < end and entry.count > 4:
        return b""  # the comment lies on its own entry: nothing of this can be trusted
    is_last = end >= len(tiff) - 1
    cut = (
        tiff[:start]
        if is_last and start > entry.at + _ENTRY
        else _patched(tiff, start, b"\0" * (end - start))
    )
    emptied = _with_value(cut, entry.at, count=1, value=0)
    return b"" if emptied == _with_value(*_bare(), count=1, value=0) else emptied


def with_comment(exif: bytes, text: str) -> bytes:
    """Exif data, or new data if there is none, with a user comment."""
    tiff = _tiff(exif)
    entry = _comment_entry(tiff)
    at = -1 if entry is None else entry.at
    if entry is None:
        tiff, at = _with_room(tiff) if _order(tiff) else _bare()
    tiff += b"\0" * (len(tiff) % 2)
    comment = _PLAIN + text.encode("utf-8", "replace")
    return _with_value(tiff, at, count=len(comment), value=len(tiff)) + comment


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def _tiff(exif: bytes) -> bytes:
    return exif.removeprefix(_PREFIX)


def _order(tiff: bytes) -> str:
    """How numbers are written, as `struct` says it; empty if the data is no TIFF."""
    return _ORDERS.get(tiff[:4], "")


def _entries(tiff: bytes, pointer: int) -> Iterator[_Entry]:
    """The entries of the directory whose offset is at `pointer`; none if it is damaged."""
    order = _order(tiff)
    if not order or pointer + 4 > len(tiff):
        return
    (start,) = struct.unpack_from(f"{order}I", tiff, pointer)
    if start + 2 > len(tiff):
        return
    (num_entries,) = struct.unpack_from(f"{order}H", tiff, start)
    if num_entries > _MAX_ENTRIES or start + 2 + num_entries * _ENTRY + 4 > len(tiff):
        return
    for at in range(start + 2, start + 2 + num_entries * _ENTRY, _ENTRY):
        tag, _, count, value = struct.unpack_from(f"{order}HHII", tiff, at)
        yield _Entry(at=at, tag=tag, count=count, value=value)


def _entry_of(tiff: bytes, pointer: int, tag: int) -> _Entry | None:
    return next((entry for entry in _entries(tiff, pointer) if entry.tag == tag), None)


def _comment_entry(tiff: bytes) -> _Entry | None:
    exif = _entry_of(tiff, 4, _EXIF)
    return None if exif is None else _entry_of(tiff, exif.at + 8, _COMMENT)


def _span(tiff: bytes, entry: _Entry) -> tuple[int, int]:
    """The offsets at which the bytes of an entry begin and end, within the data."""
    start = min(entry.at + 8 if entry.count <= 4 else entry.value, len(tiff))
    return start, min(start + entry.count, len(tiff))


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def _bare() -> tuple[bytes, int]:
    """Exif data of one empty comment, and where its entry is."""
    first = struct.pack(">HHHIII", 1, _EXIF, _LONG, 1, 26, 0)
    second = struct.pack(">HHHIII", 1, _COMMENT, _UNDEFINED, 1, 0, 0)
    return _HEADER + first + second, 28


def _with_room(tiff: bytes) -> tuple[bytes, int]:
    """TIFF data with an entry for a comment added, and where that is."""
    if not list(_entries(tiff, 4)):
        return _bare()
    order = _order(tiff)
    if _entry_of(tiff, 4, _EXIF) is None:
        tiff += b"\0" * (len(tiff) % 2)
        tiff = _with_entry(tiff + b"\0" * 6, 4, struct.pack(f"{order}HHII", _EXIF, _LONG, 1, len(tiff)))
    exif = _entry_of(tiff, 4, _EXIF)
    if exif is None:
        return _bare()
    tiff = _with_entry(tiff, exif.at + 8, struct.pack(f"{order}HHII", _COMMENT, _UNDEFINED, 1, 0))
    entry = _comment_entry(tiff)
    return _bare() if entry is None else (tiff, entry.at)


def _with_entry(tiff: bytes, pointer: int, entry: bytes) -> bytes:
    """TIFF data with a new copy of a directory at the end that has one more entry, in order of tags."""
    order = _order(tiff)
    there = [tiff[each.at : each.at + _ENTRY] for each in _entries(tiff, pointer)]
    entries = sorted((*there, entry), key=lambda each: struct.unpack_from(f"{order}H", each)[0])
    (start,) = struct.unpack_from(f"{order}I", tiff, pointer)
    end = start + 2 + len(there) * _ENTRY
    following = tiff[end : end + 4].ljust(4, b"\0")
    tiff += b"\0" * (len(tiff) % 2)
    directory = struct.pack(f"{order}H", len(entries)) + b"".join(entries) + following
    return _patched(tiff, pointer, struct.pack(f"{order}I", len(tiff))) + directory


def _with_value(tiff: bytes, at: int, *, count: int, value: int) -> bytes:
    return _patched(tiff, at, struct.pack(f"{_order(tiff)}HHII", _COMMENT, _UNDEFINED, count, value))


def _patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


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
    """A PNG picture with Exif data instead of its own, or added; with nothing, without its own."""
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
    if extension_of_picture(rest) != "webp":
        return rest
    # A WebP picture says how long it is, and its first chunk may say that it has Exif data.
    head = rest[:4] + struct.pack("<I", len(rest) - 8) + rest[8:12]
    if rest[12:16] != b"VP8X" or len(rest) < 21:
        return head + rest[12:]
    return head + rest[12:20] + bytes([rest[20] & ~_HAS_EXIF & 0xFF]) + rest[21:]


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
