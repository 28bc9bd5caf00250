"""Pictures and other files of a persona: in its file as ``data:`` addresses, or in a folder beside it.

The folder of ``ada.yaml`` is ``ada.assets``. Nothing outside of it is ever read.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path, PurePosixPath

from roleagent.persona.formats.foreign import bytes_of, data_uri
from roleagent.persona.formats.report import Report
from roleagent.persona.persona import Asset, Persona

MAX_INLINE = 4_096  # characters of an address that may stay in a text file
MAX_ASSET_BYTES = 8_000_000  # as a ``data:`` address, just what a persona may hold
MAX_TOTAL_BYTES = 64_000_000
_NOT_IN_NAME = re.compile(r"[^a-z0-9]+")
_SUFFIX_OF = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/avif": ".avif",
    "image/svg+xml": ".svg",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "application/octet-stream": ".bin",
}
_MEDIA_TYPE_OF = {suffix: media_type for media_type, suffix in _SUFFIX_OF.items()}


def asset_folder(path: Path) -> Path:
    """The folder of the assets of a persona's file."""
    return path.with_name(f"{path.stem}.assets")


def assets_apart(persona: Persona, path: Path) -> tuple[Persona, dict[Path, bytes]]:
    """The persona with its large assets in files, and what those files must hold.

    Args:
        persona: with assets as ``data:`` addresses.
        path: the file that the persona will be written to.
    """
    files: dict[Path, bytes] = {}
    assets = []
    for index, asset in enumerate(persona.assets):
        name, data = _file_of(asset, index)
        if data is not None:
            files[asset_folder(path) / name] = data
            asset = dataclasses.replace(asset, uri=f"{asset_folder(path).name}/{name}")
        assets.append(asset)
    return dataclasses.replace(persona, assets=tuple(assets)), files


def _file_of(asset: Asset, index: int) -> tuple[str, bytes | None]:
    """A name and the bytes of an asset that is too large to stay; no bytes if it stays."""
    suffix = _SUFFIX_OF.get(asset.uri[:100].partition(";")[0].removeprefix("data:"))
    data = bytes_of(asset.uri) if suffix and len(asset.uri) > MAX_INLINE else None
    if data is None or suffix is None or data_uri(data, _MEDIA_TYPE_OF[suffix]) != asset.uri:
        return "", None
    words = _NOT_IN_NAME.sub("-", f"{asset.kind}-{asset.name}".casefold()).strip("-")[:40]
    return f"{index}-{words or 'asset'}{suffix}", data


def assets_inlined(persona: Persona, report: Report) -> Persona:
    """The persona with the files of its asset folder as ``data:`` addresses.

    Args:
        persona: read from a file; addresses that lead elsewhere stay as they are.
        report: takes the names of assets whose files are missing, too large or out of bounds.
    """
    assets, num_bytes = [], 0
    for index, asset in enumerate(persona.assets):
        path = _path_of(asset, persona)
        data = _bytes_in(path, f"assets[{index}].uri", report) if path is not None else None
        num_bytes += len(data or b"")
        if num_bytes > MAX_TOTAL_BYTES:
            report.warn(f"assets[{index}].uri", f"all together are larger than {MAX_TOTAL_BYTES} bytes")
            data = None
        if data is not None and path is not None:
            uri = data_uri(data, _MEDIA_TYPE_OF.get(path.suffix.lower(), _MEDIA_TYPE_OF[".bin"]))
            asset = dataclasses.replace(asset, uri=uri)
        assets.append(asset)
    return dataclasses.replace(persona, assets=tuple(assets))


def asset_bytes(persona: Persona, asset: Asset) -> bytes | None:
    """The bytes of an asset, read when asked for; None where they are not at hand."""
    path = _path_of(asset, persona)
    return bytes_of(asset.uri) if path is None else _bytes_in(path, "", Report())


def _path_of(asset: Asset, persona: Persona) -> Path | None:
    """Where in the asset folder an asset lies; None if its address names no file of it."""
    if not persona.source or asset.uri.startswith("data:"):
        return None
    folder, parts = asset_folder(Path(persona.source)), PurePosixPath(asset.uri).parts
    is_plain = "\\" not in asset.uri and "\0" not in asset.uri and ".." not in parts
    return folder.joinpath(*parts[1:]) if is_plain and len(parts) > 1 and parts[0] == folder.name else None


def _bytes_in(path: Path, field: str, report: Report) -> bytes | None:
    """The bytes of a file in an asset folder, if no link leads out of it."""
    try:
        data = _read_within(path) if path.is_file() else None
    except OSError:
        data = None
    if data is None:
        report.warn(field, f"{path.name!r} is not among the files of {path.parent.name!r}: left as it is")
    elif len(data) > MAX_ASSET_BYTES:
        report.warn(field, f"{path.name!r} is larger than {MAX_ASSET_BYTES} bytes: left as it is")
        return None
    return data


def _read_within(path: Path) -> bytes | None:
    folder = next(each for each in path.parents if each.name.endswith(".assets"))
    if not path.resolve().is_relative_to(folder.parent.resolve() / folder.name):
        return None
    with path.open("rb") as file:
        return file.read(MAX_ASSET_BYTES + 1)
