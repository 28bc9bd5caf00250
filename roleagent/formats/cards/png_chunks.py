"""The chunks of a PNG or APNG picture: texts read, removed and added; the picture itself is not changed."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from roleagent.formats.format import Report
from roleagent.persona.problems import Place, ReadError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 100_000
MAX_TEXT_BYTES = 24_000_000  # of one text, unpacked
MAX_TEXTS_BYTES = 128 * 1024 * 1024  # of all texts, unpacked
_FRAME = 12  # bytes of length, type and checksum
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_MAX_KEYWORD = 79


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A chunk of a picture by its place in the file.

    Attributes:
        kind: four letters such as ``tEXt``.
        start: offset of the chunk with its frame.
        end: offset after it.
    """

    kind: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text chunk; `data` is unpacked."""

    keyword: str
    data: bytes
    chunk: Chunk


def chunks_of(data: bytes, report: Report) -> list[Chunk]:
    """The sound chunks of a picture up to its end; damage is reported, and ends the list.

    Raises:
        ReadError: it is not a PNG, or has too many chunks.
    """
    if not data.startswith(SIGNATURE):
        raise _error("is not a PNG picture")
    chunks: list[Chunk] = []
    start = len(SIGNATURE)
    while not chunks or chunks[-1].kind != b"IEND":
        chunk = _chunk_at(data, start, report)
        if chunk is None:
            break
        if len(chunks) == MAX_CHUNKS:
            raise _error(f"the picture has more than {MAX_CHUNKS} chunks")
        chunks.append(chunk)
        start = chunk.end
    return chunks


def _chunk_at(data: bytes, start: int, report: Report) -> Chunk | None:
    if start + _FRAME > len(data):
        report.warn("the picture", f"ends in the middle, at byte {len(data)}")
        return None
    (length,) = struct.unpack_from(">I", data, start)
    kind, end = data[start + 4 : start + 8], start + _FRAME + length
    if end > len(data):
        report.warn("the picture", f"has a chunk at byte {start} that says it is longer than the file")
        return None
    (checksum,) = struct.unpack_from(">I", data, end - 4)
    if zlib.crc32(memoryview(data)[start + 4 : end - 4]) != checksum:
        report.warn("the picture", f"has a chunk {kind!r} at byte {start} whose checksum is wrong")
    return Chunk(kind=kind, start=start, end=end)


def texts_in(
    data: bytes, chunks: list[Chunk], wanted: Callable[[str], bool], report: Report
) -> Iterator[Text]:
    """The texts of a picture that have a wanted keyword; one that is damaged is reported.

    Args:
        data: the file.
        chunks: those of the picture.
        wanted: whether a text with this keyword is wanted; others are not unpacked.
        report: takes what is damaged.

    Raises:
        ReadError: they unpack to more than the bounds of this module.
    """
    left = MAX_TEXTS_BYTES
    for chunk in chunks:
        if chunk.kind not in _TEXTS:
            continue
        start, end = chunk.start + 8, chunk.end - 4
        keyword = data[start : min(end, start + _MAX_KEYWORD)].partition(b"\0")[0]
        name = keyword.decode("latin-1")
        if not wanted(name):
            continue
        try:
            text = _unpacked(chunk.kind, data[start + len(keyword) + 1 : end])
        except zlib.error as error:
            report.warn(f"the text chunk {name!r}", f"cannot be unpacked: {error}")
            continue
        left -= len(text)
        if left < 0:
            raise _error(f"the picture's texts unpack to more than {MAX_TEXTS_BYTES} bytes")
        yield Text(keyword=name, data=text, chunk=chunk)


def _unpacked(kind: bytes, rest: bytes) -> bytes:
    """The text after the keyword, without flags, language and translation."""
    if kind == b"tEXt":
        return rest
    if kind == b"zTXt":
        return _inflated(rest[1:])
    is_packed, rest = rest[:1] == b"\1", rest[2:]
    text = rest.split(b"\0", 2)[-1]
    return _inflated(text) if is_packed else text


def _inflated(packed: bytes) -> bytes:
    text = zlib.decompressobj().decompress(packed, MAX_TEXT_BYTES + 1)
    if len(text) > MAX_TEXT_BYTES:
        raise _error(f"a text of the picture unpacks to more than {MAX_TEXT_BYTES} bytes")
    return text


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def without(data: bytes, dropped: list[Chunk]) -> bytes:
    """The picture without some of its chunks."""
    kept, start = [], 0
    for chunk in dropped:
        kept.append(data[start : chunk.start])
        start = chunk.end
    return b"".join((*kept, data[start:]))


def with_texts(data: bytes, texts: list[tuple[str, bytes]]) -> bytes:
    """The picture with texts added, by keyword: before its end, or before the place where it is damaged."""
    added = [_chunk(b"tEXt", keyword.encode("latin-1") + b"\0" + text) for keyword, text in texts]
    return _with_added(data, b"".join(added))


def with_chunk(data: bytes, kind: bytes, body: bytes) -> bytes:
    """The picture with a chunk of any kind added."""
    return _with_added(data, _chunk(kind, body))


def replaced(data: bytes, chunk: Chunk, body: bytes) -> bytes:
    """The picture in which a chunk has another content."""
    return data[: chunk.start] + _chunk(chunk.kind, body) + data[chunk.end :]


def _with_added(data: bytes, added: bytes) -> bytes:
    chunks = chunks_of(data, Report())
    end = chunks[-1].end if chunks else len(SIGNATURE)
    if chunks and chunks[-1].kind == b"IEND":
        end = chunks[-1].start
    return data[:end] + added + data[end:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + checksum


def _error(message: str) -> ReadError:
    return ReadError(message, Place(1, 1))
