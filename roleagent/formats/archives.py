"""ZIP archives from strangers: read within bounds, written the same way every time.

Nothing is ever unpacked to disk. Dangerous file names are still refused, because a name becomes an asset's
path.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping

from roleagent.errors import InputError
from roleagent.persona.problems import Place, ReadError

MAX_ENTRIES = 10_000
MAX_ENTRY_BYTES = 64 * 1024 * 1024
MAX_TOTAL_BYTES = 128 * 1024 * 1024
MAX_RATIO = 200  # unpacked bytes for a packed one; text packs about 10
_RATIO_COUNTS_FROM = 1024 * 1024  # unpacked bytes
_CHUNK = 64 * 1024
_ZLIB_FRAME = 6  # bytes around packed data that an archive does not have
_RECORD = b"PK\x01\x02"  # begins each record of the table of contents
_LOCAL = b"PK\x03\x04"
_END = b"PK\x05\x06"
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a ZIP can say
_UNIX = 3
_PLAIN_FILE = (stat.S_IFREG | 0o644) << 16
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DRIVE = re.compile(r"[A-Za-z]:")
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, OverflowError, RuntimeError,
    ValueError, struct.error,
)  # fmt: skip


def looks_like_zip(data: bytes) -> bool:
    """Whether the bytes are a ZIP archive, or something such as a JPEG picture with one behind it."""
    return data.startswith((_LOCAL, _END)) or (data.startswith(b"\xff\xd8\xff") and _LOCAL in data)


def names_in_zip(data: bytes) -> frozenset[str]:
    """The names of an archive's files, read without unpacking any; none where it is no sound archive."""
    if not looks_like_zip(data) or data.count(_RECORD) > 2 * MAX_ENTRIES:
        return frozenset()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return frozenset(archive.namelist())
    except _DAMAGED:
        return frozenset()


def read_zip(data: bytes) -> dict[str, bytes]:
    """The files of an archive by name, in its order; folders are left out.

    Whatever stands before the archive, such as a picture, is skipped.

    Raises:
        ReadError: it is no archive, or damaged; it would unpack to more than the bounds of this module; an
            entry is encrypted, a link, or packed in an unusual way; a name occurs twice, or leads out of
            the folder that one would unpack into.
    """
    if data.count(_RECORD) > 2 * MAX_ENTRIES:
        raise _error(f"the archive holds more than {MAX_ENTRIES} entries")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read_all(archive)
    except _DAMAGED as error:
        raise _error(f"is no sound ZIP archive: {error}") from error


def _read_all(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
    if len(entries) > MAX_ENTRIES:
        raise _error(f"the archive holds {len(entries)} entries; {MAX_ENTRIES} is the most")
    files: dict[str, bytes] = {}
    left = MAX_TOTAL_BYTES
    for entry in entries:
        _refuse_unusual(entry)
        if entry.filename in files:
            raise _error(f"the archive holds {entry.filename!r} twice")
        files[entry.filename] = _read_one(archive, entry, left)
        left -= len(files[entry.filename])
    return files


def _refuse_unusual(entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename
    problem = problem_with_name(name)
    if problem:
        raise _error(f"the archive holds the name {name[:200]!r}, which {problem}")
    if entry.flag_bits & _ENCRYPTED:
        raise _error(f"{name!r} in the archive is encrypted")
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        raise _error(f"{name!r} in the archive is a link or a device, not a file")
    if entry.compress_type not in _METHODS:
        raise _error(f"{name!r} in the archive is packed by method {entry.compress_type}, not by deflate")


def _read_one(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    """One entry's bytes, counted while they are unpacked: what the archive says of sizes is not believed."""
    most = min(MAX_ENTRY_BYTES, left, max(_RATIO_COUNTS_FROM, MAX_RATIO * entry.compress_size))
    unpacked = bytearray()
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            unpacked += chunk
            if len(unpacked) > most:
                raise _error(f"{entry.filename!r} in the archive unpacks to more than {most} bytes")
    return bytes(unpacked)


def problem_with_name(name: str) -> str:
    """Why a name may not stand in an archive, as the end of a sentence; empty where it may."""
    if not name or _CONTROL.search(name):
        return "is empty or holds characters that no name may hold"
    if "\\" in name or name.startswith("/") or _DRIVE.match(name):
        return "is no relative path with / between its parts"
    if any(part in ("", ".", "..") for part in name.split("/")):
        return "leads out of its folder, or is not in its simplest form"
    return ""


def write_zip(files: Mapping[str, bytes]) -> bytes:
    """An archive of files by name, in the order given; the same files give the same bytes.

    Raises:
        InputError: a name may not stand in an archive.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            problem = problem_with_name(name)
            if problem:
                raise InputError(f"The name {name!r} cannot stand in an archive: it {problem}.")
            archive.writestr(_entry(name), data, compress_type=_method(data))
    return buffer.getvalue()


def _method(data: bytes) -> int:
    """Deflate, unless it packs so well that `read_zip` would take the entry for a bomb."""
    if len(data) <= _RATIO_COUNTS_FROM:
        return zipfile.ZIP_DEFLATED
    packed = len(zlib.compress(data)) - _ZLIB_FRAME
    return zipfile.ZIP_DEFLATED if len(data) <= MAX_RATIO * packed else zipfile.ZIP_STORED


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_FIRST_DATE)
    entry.create_system, entry.external_attr = _UNIX, _PLAIN_FILE
    return entry


def _error(message: str) -> ReadError:
    return ReadError(message, Place(1, 1))


# ── pictures and other files ─────────────────────────────────────────────────────────────────


# ── moments ──────────────────────────────────────────────────────────────────────────────────
