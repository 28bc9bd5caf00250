"""The pictures and other files of a card: listed in its JSON, or beside it in the archive or picture.

A card that is a PNG picture is its own main icon (``ccdefault:``). Files that no list names are kept as
assets of the kinds FILE and PREFIX, which are not written into a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from roleagent.formats.archives import extension_of, free_path, is_safe, made_path, media_type
from roleagent.formats.cards.exif import extension_of_picture
from roleagent.formats.cards.png_chunks import SIGNATURE
from roleagent.formats.format import Report
from roleagent.formats.values import MAX_LABEL, bytes_of, clean_text, data_uri, text_of

Container = Literal["json", "png", "charx"]
Json = Any  # Any: JSON, or a part of a persona document

# Keys of `Archive.files` for what is no file of an archive; no archive can hold such a name.
PICTURE = "/picture"
BACK_FILL = "/chara"
PREFIX_FILE = "/prefix"
ICON = "/icon"  # in another picture format than PNG, to draw the PNG from
PICTURE_PATH = "image.png"  # of a picture whose card lists another main icon
FILE, PREFIX = "x_file", "x_prefix"
MAX_ASSET_BYTES = 8_900_000  # as a `data:` address that is 12 million characters
OTHER_PICTURE = "/other"  # that a card was read from, in another picture format than PNG
_DEFAULT = "ccdefault:"
_SCHEMES = ("embeded://", "embedded://", "__asset:")
_WRITTEN = {"png": "__asset:", "charx": "embeded://"}


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def read_assets(listed: Json, files: Mapping[str, bytes], where: str, report: Report) -> list[Json]:
    """The assets of a document: those that a card lists, its picture, and the files that are not listed.

    Args:
        listed: the card's list; any other value is reported.
        files: those beside the card, by path; PICTURE and PREFIX_FILE are special.
        where: the name of the list in reports.
        report: takes what was odd.
    """
    files = {path: data for path, data in files.items() if _fits(path, data, report)}
    used: set[str] = set()
    assets = [
        _read_one(item, f"{where}[{i}]", files, used, report) for i, item in _tables(listed, where, report)
    ]
    assets += _own_picture(assets, files, used)
    for path, data in files.items():
        if path not in used and path[0] != "/":
            ext = extension_of(path)
            uri = data_uri(data, media_type(ext))
            assets.append({"kind": FILE, "name": path, "ext": ext, "uri": uri, "path": path})
    if PREFIX_FILE in files:
        uri = data_uri(files[PREFIX_FILE], media_type("jpg"))
        assets.append({"kind": PREFIX, "name": "prefix", "ext": "jpg", "uri": uri})
    return assets


def _fits(path: str, data: bytes, report: Report) -> bool:
    if len(data) <= MAX_ASSET_BYTES and len(path) <= MAX_LABEL:
        return bool(path)
    report.warn(
        path[:200].lstrip("/"), f"is larger than {MAX_ASSET_BYTES} bytes, or so is its name: left out"
    )
    return False


def _tables(listed: Json, where: str, report: Report) -> Iterator[tuple[int, dict[str, Json]]]:
    if listed is not None and not isinstance(listed, list):
        report.warn(where, f"is {type(listed).__name__}, not a list: left out of the persona")
        return
    for index, item in enumerate(listed or ()):
        if isinstance(item, dict):
            yield index, item
        else:
            report.warn(
                f"{where}[{index}]", f"is {type(item).__name__}, not a table: left out of the persona"
            )


def _read_one(
    item: dict[str, Json], where: str, files: Mapping[str, bytes], used: set[str], report: Report
) -> dict[str, str]:
    found = {key: text_of(item, key, f"{where}.", report, limit=MAX_LABEL) for key in ("type", "name", "ext")}
    asset = {"kind": found["type"] or "x_unknown", "name": found["name"] or "unnamed"}
    asset["ext"] = found["ext"] or "unknown"
    uri = item.get("uri")
    uri = clean_text(uri) if isinstance(uri, str) else ""
    if uri in ("", _DEFAULT):
        picture = _picture_of(files)
        if picture is None or picture in used or not _is_main(asset):
            return asset | {"uri": _DEFAULT}
        used.add(picture)
        return asset | _as_icon(files[picture])
    scheme = next((each for each in _SCHEMES if uri.startswith(each)), None)
    if scheme is None:
        return asset | {"uri": uri}
    path = uri.removeprefix(scheme)
    if path not in files or path.startswith("/"):
        report.warn(f"{where}.uri", f"{uri[:200]!r} is not in the file")
        return asset | {"uri": uri}
    used.add(path)
    asset["uri"] = data_uri(files[path], media_type(asset["ext"]))
    return asset if path == _made(asset) else asset | {"path": path}


def _own_picture(assets: list[dict[str, str]], files: Mapping[str, bytes], used: set[str]) -> list[Json]:
    """The picture that the card is in, if no entry of its list stands for it."""
    picture = _picture_of(files)
    if picture is None or picture in used:
        return []
    asset = {"kind": "icon", "name": "main", **_as_icon(files[picture])}
    mains = [each for each in assets if _is_main(each)]
    if any(each["uri"] == asset["uri"] for each in mains):
        return []
    return [asset | {"path": PICTURE_PATH}] if mains else [asset]


def _picture_of(files: Mapping[str, bytes]) -> str | None:
    """The name of the picture that the card is in."""
    return next((name for name in (PICTURE, OTHER_PICTURE) if name in files), None)


def _as_icon(picture: bytes) -> dict[str, str]:
    ext = extension_of_picture(picture) or "png"
    return {"ext": ext, "uri": data_uri(picture, media_type(ext))}


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def write_assets(
    document: Mapping[str, Json], container: Container, *, with_list: bool
) -> tuple[list[Json], dict[str, bytes]]:
    """The list of assets for a card, and the files to lie beside it.

    Args:
        document: the persona.
        container: what the card will be in.
        with_list: whether the card can hold a list; if not, only the picture and unlisted files are taken.
    """
    assets = document.get("assets", [])
    files: dict[str, bytes] = {}
    picture = picture_in(assets) if container == "png" else None
    if picture is not None:
        files[PICTURE] = bytes_of(picture["uri"]) or b""
    elif container == "png" and (icon := main_icon(assets)):
        files[ICON] = icon
    if not with_list:
        assets = [asset for asset in assets if asset["kind"] == FILE or asset is picture]
    # Files that have a path keep it, so they come before those that are given one.
    in_order = sorted(assets, key=lambda asset: not asset.get("path"))
    paths = {id(asset): _add_file(asset, files, container) for asset in in_order}
    is_hidden = picture is not None and picture.get("path") == PICTURE_PATH
    listed = [
        {
            "type": asset["kind"],
            "uri": _DEFAULT if asset is picture else paths[id(asset)] or asset.get("uri", _DEFAULT),
            "name": asset["name"],
            "ext": asset.get("ext", "unknown"),
        }
        for asset in assets
        if asset["kind"] not in (FILE, PREFIX) and not (is_hidden and asset is picture)
    ]
    return listed, files


def picture_in(assets: list[Json]) -> dict[str, str] | None:
    """The asset that is the picture of a card written as PNG; None if there is no PNG picture."""
    mains = [asset for asset in assets if _is_main(asset)]
    own = [asset for asset in mains if asset.get("path") == PICTURE_PATH]
    pictures = (asset for asset in own + mains if (bytes_of(asset.get("uri", "")) or b"")[:8] == SIGNATURE)
    return next(pictures, None)


def main_icon(assets: list[Json]) -> bytes | None:
    """The bytes of the main icon, in whatever picture format; None if there are none."""
    found = (bytes_of(asset.get("uri", "")) for asset in assets if _is_main(asset))
    return next((data for data in found if data), None)


def _add_file(asset: Json, files: dict[str, bytes], container: Container) -> str:
    """Add an asset's bytes to the files; return the address they have there, or an empty text."""
    data = None if container == "json" else bytes_of(asset.get("uri", ""))
    if data is None or files.get(PICTURE) == data:
        return ""
    if asset["kind"] == PREFIX:
        files |= {PREFIX_FILE: data} if container == "charx" else {}
        return ""
    path = asset.get("path") or _made(asset)
    path = path if is_safe(path) and path != "card.json" else _made(asset)
    if container == "png" and not fits_keyword(path):
        return ""
    if files.get(path) != data:
        path = free_path(path, files)
        files[path] = data
    return _WRITTEN[container] + path


def fits_keyword(path: str) -> bool:
    """Whether a path is short and plain enough for the name of a text chunk."""
    return len(path) <= 60 and path.isascii() and path.isprintable() and " " not in path


def _is_main(asset: Mapping[str, Json]) -> bool:
    return (asset.get("kind"), asset.get("name")) == ("icon", "main")


def _made(asset: Mapping[str, Json]) -> str:
    return made_path(asset["kind"], asset["name"], asset.get("ext", "unknown"))
