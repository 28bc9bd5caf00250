"""A card inside another package: a ZIP archive with a single card, or a gzip file."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping

from roleagent.formats import suffixes
from roleagent.formats.archives import names_in_zip, read_zip
from roleagent.formats.foreign import MAX_FILE_BYTES
from roleagent.formats.recognise import recognised
from roleagent.formats.report import Report
from roleagent.persona.problems import Place, ReadError

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_PICTURES = (".webp", ".jpg", ".jpeg")  # that may be cards, though no format writes them
_MAX_TRIED = 200  # files of an archive
_MAX_NAMED = 5
_START = Place(1, 1)


def unwrapped(data: bytes, report: Report) -> bytes:
    """The card inside a ZIP or gzip file; any other file unchanged.

    An archive that is itself a format, such as CHARX, is left alone.

    Args:
        data: the file.
        report: is told which file of an archive was taken.

    Raises:
        ReadError: it unpacks to too much, or holds several cards.
    """
    if data.startswith(_GZIP):
        data = _gunzipped(data)
        report.warn("the file", "is packed by gzip: unpacked")
    if not data.startswith(_ZIP) or recognised(data) is not None:
        return data
    if not _candidates(names_in_zip(data)):
        return data
    files = read_zip(data)
    held = _held(files)
    if len(held) > 1:
        named = ", ".join(map(repr, held[:_MAX_NAMED])) + (" …" if len(held) > _MAX_NAMED else "")
        raise ReadError(f"is a ZIP archive of {len(held)} cards: unpack one of {named}", _START)
    if not held:
        return data
    others = f"; {len(files) - 1} other files are not" if len(files) > 1 else ""
    report.warn("the archive", f"holds the card {held[0]!r}, which is read{others}")
    return files[held[0]]


def _held(files: Mapping[str, bytes]) -> list[str]:
    """The files of an archive that are cards; where there are none, those that are lorebooks."""
    formats = {name: _format_of(files[name]) for name in _candidates(files)}
    found = [name for name, kind in formats.items() if kind]
    return [name for name in found if "lorebook" not in formats[name]] or found


def _format_of(content: bytes) -> str:
    """The name of a file's format; none where it holds nothing, as a PNG picture without a card."""
    found = recognised(content)
    if found is None or found.read is None:
        return ""
    try:
        found.layout.unpack(content, Report()) if found.layout else found.read(content, Report())
    except ReadError:
        return ""
    return found.name


def _gunzipped(data: bytes) -> bytes:
    unpacking = zlib.decompressobj(wbits=31)
    try:
        content = unpacking.decompress(data, MAX_FILE_BYTES + 1)
    except zlib.error as error:
        raise ReadError(f"is no sound gzip file: {error}", _START) from error
    if len(content) > MAX_FILE_BYTES:
        raise ReadError(f"unpacks to more than {MAX_FILE_BYTES // 1024**2} MB", _START)
    if not unpacking.eof:
        raise ReadError("is no sound gzip file: it ends in the middle", _START)
    return content


def _candidates(names: Iterable[str]) -> list[str]:
    """Files that may be cards; not those that a Mac adds."""
    known = (*suffixes(), *_PICTURES)
    found = [name for name in names if name.lower().endswith(known)]
    return [name for name in found if not name.startswith("__MACOSX/")][:_MAX_TRIED]
