"""What an asset's file is called inside an archive or a picture, and what kind of file it is."""

from __future__ import annotations

import re
from collections.abc import Collection

from roleagent.formats.archives import problem_with_name

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
    """What stands behind the last dot of a path, in small letters; ``unknown`` where nothing does.

    >>> extension_of("assets/icon/images/main.PNG"), extension_of("v1.2/readme")
    ('png', 'unknown')
    """
    _, dot, ext = path.rpartition("/")[2].rpartition(".")
    return ext.lower() if dot and ext.isalnum() and len(ext) <= 10 else "unknown"


def made_path(kind: str, name: str, ext: str) -> str:
    """Where a file goes that has no place of its own yet.

    >>> made_path("icon", "main", "png"), made_path("emotion", "très gai", "webp")
    ('assets/icon/images/main.png', 'assets/emotion/images/tr-s-gai.webp')
    """
    file_name = f"{_plain(name)}.{_plain(ext)}" if ext != "unknown" else _plain(name)
    return f"assets/{_plain(kind)}/{folder_of(ext)}/{file_name}"


def is_safe(path: str) -> bool:
    """Whether a file may have this path in an archive."""
    return not problem_with_name(path)


def free_path(path: str, taken: Collection[str]) -> str:
    """The path, or one like it that no other file has."""
    stem, dot, ext = path.rpartition(".") if "." in path.rpartition("/")[2] else (path, "", "")
    number, free = 2, path
    while free in taken:
        free = f"{stem}-{number}{dot}{ext}"
        number += 1
    return free


def _plain(text: str) -> str:
    return _NOT_PLAIN.sub("-", text)[:60].strip("-.") or "unnamed"
