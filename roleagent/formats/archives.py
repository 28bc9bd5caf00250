"""ZIP archives that cannot be trusted: read within bounds, and written the same way every time.

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
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from roleagent.errors import InputError
from roleagent.formats.format import Report
from roleagent.formats.values import MAX_LABEL, check_size, data_uri, json_bytes, parse_json
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
    """The names of an archive's files, read without unpacking any; none if it is not a sound archive."""
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
        raise _error(f"is not a valid ZIP archive: {error}") from error


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
    """One entry's bytes, counted while they are unpacked: the sizes in the archive are not trusted."""
    most = min(MAX_ENTRY_BYTES, left, max(_RATIO_COUNTS_FROM, MAX_RATIO * entry.compress_size))
    unpacked = bytearray()
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            unpacked += chunk
            if len(unpacked) > most:
                raise _error(f"{entry.filename!r} in the archive unpacks to more than {most} bytes")
    return bytes(unpacked)


def problem_with_name(name: str) -> str:
    """Why a name is not allowed in an archive, as the end of a sentence; empty if it is allowed."""
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
        InputError: a name is not allowed in an archive.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            problem = problem_with_name(name)
            if problem:
                raise InputError(f"The name {name!r} cannot be used in an archive: it {problem}.")
            entry = zipfile.ZipInfo(name, date_time=_FIRST_DATE)
            entry.create_system, entry.external_attr = _UNIX, _PLAIN_FILE
            method = zipfile.ZIP_STORED if _would_look_like_a_bomb(data) else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data, compress_type=method)
    return buffer.getvalue()


def _would_look_like_a_bomb(data: bytes) -> bool:
    """Whether data compresses so well that `read_zip` would refuse it."""
    if len(data) <= _RATIO_COUNTS_FROM:
        return False
    return len(data) > MAX_RATIO * (len(zlib.compress(data)) - _ZLIB_FRAME)


def _error(message: str) -> ReadError:
    return ReadError(message, Place(1, 1))


# ── paths in an archive ──────────────────────────────────────────────────────────────────────────

_FOLDERS = {
    "images": ("png", "jpg", "jpeg", "webp", "gif", "avif", "apng", "bmp", "svg"),
    "audio": ("mp3", "ogg", "wav", "flac", "m4a", "opus"),
    "video": ("mp4", "webm", "mov", "mkv"),
    "fonts": ("ttf", "otf", "woff", "woff2"),
    "code": ("js", "lua", "css", "html"),
}
_MEDIA = {
    "jpg": "image/jpeg", "mp3": "audio/mpeg", "mov": "video/quicktime", "mkv": "video/x-matroska",
    "m4a": "audio/mp4", "svg": "image/svg+xml", "apng": "image/apng", "js": "text/javascript",
    "lua": "text/x-lua", "css": "text/css", "html": "text/html",
}  # fmt: skip
_FAMILIES = {"images": "image", "audio": "audio", "video": "video", "fonts": "font"}
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_.-]+")


def folder_of(ext: str) -> str:
    """The folder below ``assets/{type}/`` that files of an extension go to."""
    return next((folder for folder, each in _FOLDERS.items() if ext.lower() in each), "other")


def media_type(ext: str) -> str:
    """The media type that goes with a file extension."""
    ext = ext.lower()
    folder = folder_of(ext)
    if ext in _MEDIA or folder == "other":
        return _MEDIA.get(ext, "application/octet-stream")
    return f"{_FAMILIES[folder]}/{ext}"


def extension_of(path: str) -> str:
    """The file extension of a path in lower case, or ``unknown``.

    >>> extension_of("assets/icon/images/main.PNG"), extension_of("v1.2/readme")
    ('png', 'unknown')
    """
    _, dot, ext = path.rpartition("/")[2].rpartition(".")
    return ext.lower() if dot and ext.isalnum() and len(ext) <= 10 else "unknown"


def made_path(kind: str, name: str, ext: str) -> str:
    """A path for a file that has none yet.

    >>> made_path("icon", "main", "png"), made_path("emotion", "très gai", "webp")
    ('assets/icon/images/main.png', 'assets/emotion/images/tr-s-gai.webp')
    """
    file_name = f"{_plain(name)}.{_plain(ext)}" if ext != "unknown" else _plain(name)
    return f"assets/{_plain(kind)}/{folder_of(ext)}/{file_name}"


def is_safe(path: str) -> bool:
    """Whether a file may have this path in an archive."""
    return not problem_with_name(path)


def free_path(path: str, taken: Collection[str]) -> str:
    """The path, changed if another file has it."""
    stem, dot, ext = path.rpartition(".") if "." in path.rpartition("/")[2] else (path, "", "")
    number, free = 2, path
    while free in taken:
        free = f"{stem}-{number}{dot}{ext}"
        number += 1
    return free


def _plain(text: str) -> str:
    return _NOT_PLAIN.sub("-", text)[:60].strip("-.") or "unnamed"


# ── JSON files, pictures and other files ─────────────────────────────────────────────────────────

MAX_ASSET_BYTES = 8_900_000  # as a `data:` address that is 12 million characters


OURS = "roleagent.json"  # a file of an archive in which the whole persona travels; other programs ignore it
Json = Any  # Any: JSON, or a part of a persona document
Table = Mapping[str, Json]


def read_members(data: bytes, report: Report) -> tuple[dict[str, Json], dict[str, bytes]]:
    """The JSON files of an archive by path, and its other files.

    Raises:
        ReadError: it is not an archive, or goes beyond the bounds.
    """
    packed = read_zip(data)
    check_size(b"".join(content for path, content in packed.items() if _is_json(path)))
    tables: dict[str, Json] = {}
    files: dict[str, bytes] = {}
    for path, content in packed.items():
        if not _is_json(path):
            files[path] = content
            continue
        try:
            tables[path] = parse_json(content, report, what=path)
        except ReadError as error:
            report.warn(path, f"{error.message}: kept as a file")
            files[path] = content
    return tables, files


def _is_json(path: str) -> bool:
    return path.lower().endswith(".json")


def write_members(tables: Table, files: Mapping[str, bytes], report: Report) -> bytes:
    """An archive of JSON files and others; a file with an impossible name is left out, and reported."""
    members = {path: json_bytes(table) for path, table in tables.items() if not problem_with_name(path)}
    for path, content in files.items():
        if path in members or problem_with_name(path):
            report.lost(path, "is a name that no file in this archive can have")
        else:
            members[path] = content
    return write_zip(members)


def table_at(raw: Table, key: str) -> dict[str, Json]:
    """The table that `raw` has under a key, or an empty one."""
    found = raw.get(key) if isinstance(raw, Mapping) else None
    return found if isinstance(found, dict) else {}


def member(raw: Table, key: str) -> tuple[str, dict[str, Json]]:
    """The path and the table of a JSON file that is kept under a key; empty if there is none."""
    kept = table_at(raw, key)
    path = kept.get("path")
    return path if isinstance(path, str) else "", table_at(kept, "json")


def paths_in(listed: object) -> Iterator[str]:
    """The paths of a list in a manifest."""
    yield from (path for path in listed if isinstance(path, str)) if isinstance(listed, list) else ()


def as_asset(path: str, content: bytes, *, kind: str, name: str, report: Report) -> dict[str, str] | None:
    """A file as an asset that holds it; None, and reported, if it is too large."""
    if len(content) > MAX_ASSET_BYTES or len(path) > MAX_LABEL:
        report.lost(path[:200], f"is larger than {MAX_ASSET_BYTES} bytes, or its name is too long")
        return None
    ext = extension_of(path)
    uri = data_uri(content, media_type(ext))
    return {"kind": kind, "name": name[:MAX_LABEL].strip() or "unnamed", "ext": ext, "uri": uri, "path": path}


def seconds_of(table: Table, key: str, where: str, report: Report) -> int | None:
    """An ISO 8601 moment as seconds since 1970; None if there is none, or it is the first second of 1970."""
    value = table.get(key)
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(value)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(aware.timestamp()) or None
    except (TypeError, ValueError, OverflowError):
        report.warn(f"{where}{key}", "is not an ISO 8601 time: left out of the persona")
        return None


def moment_of(seconds: int | None) -> str:
    """Seconds since 1970 as the ISO 8601 moment that programs in JavaScript write."""
    try:
        moment = datetime.fromtimestamp(seconds or 0, UTC)
    except (OverflowError, ValueError, OSError):
        moment = datetime.fromtimestamp(0, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
