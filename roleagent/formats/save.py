"""Write a persona to a file, in any format, without losing or overwriting what somebody wrote."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from roleagent.errors import InputError, PersonaFileError, RoleAgentError, StoreError
from roleagent.formats import Format, built_in, by_suffix, find, names, suffix_of
from roleagent.formats.convert import bytes_in
from roleagent.formats.format import Report
from roleagent.formats.load import load_persona, personas_in
from roleagent.formats.values import as_table, bytes_of, data_uri
from roleagent.persona.as_document import persona_document
from roleagent.persona.build import build_persona
from roleagent.persona.persona import Asset, Persona
from roleagent.persona.problems import ReadError, Table, did_you_mean
from roleagent.persona.view import view
from roleagent.settings import get_settings
from roleagent.types import PUBLIC, Fact


def save_persona(persona: Persona, path: str | os.PathLike[str]) -> None:
    """Write a persona as a persona document, in the notation of the path's suffix, such as YAML.

    The file is read back and compared before anything is written.

    Raises:
        InputError: no notation has that suffix, or the persona holds what a file cannot, such as
            learned facts.
        StoreError: the file cannot be written.
    """
    path = Path(path)
    found = by_suffix(path.suffix)
    if found is None or found.holds != "document" or found.write is None:
        notations = (each for each in built_in() if each.holds == "document")
        endings = ", ".join(suffix for each in notations for suffix in each.suffixes)
        raise InputError(f"{str(path)!r} must end in one of {endings}; see `convert_persona` for others.")
    refuse_learned(persona.graph.facts.values())
    data = found.write(persona_document(persona, for_tools=found.as_graph), Report())
    check_reads_back(persona, data, found)
    write_atomically(path, data)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        StoreError: it cannot be written.
    """
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        raise StoreError(f"{str(path)!r} cannot be written: {error.strerror}.") from error


def refuse_learned(facts: Iterable[Fact]) -> None:
    """Raise `InputError` if any of the facts was learned."""
    learned = [fact.id for fact in facts if fact.layer == "learned"]
    if learned:
        raise InputError(
            f"A persona file holds canon only, and {len(learned)} facts were learned, such as "
            f"{learned[0]!r}: save the persona as it was loaded."
        )


def check_reads_back(persona: Persona, data: bytes, file_format: Format) -> None:
    """Read a file again, and compare.

    Raises:
        InputError: the persona holds what a file cannot.
    """
    try:
        tree = file_format.read(data, Report()) if file_format.read else None
        table = tree if isinstance(tree, Table) else as_table(tree)
        same = build_persona(table, source=persona.source) == persona
    except (PersonaFileError, ReadError) as error:
        raise InputError(f"Persona {persona.id!r} does not fit the file format: {error}") from error
    if not same:
        raise InputError(
            f"Persona {persona.id!r} would not read back the same: texts may not begin or end with blanks."
        )


# ── assets in files of their own ─────────────────────────────────────────────────────────────────

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
    """The bytes of an asset, read on demand; None if they cannot be found."""
    path = _path_of(asset, persona)
    return bytes_of(asset.uri) if path is None else _bytes_in(path, "", Report())


def _path_of(asset: Asset, persona: Persona) -> Path | None:
    """The path of an asset in the asset folder; None if its address is not in there."""
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


# ── any format ───────────────────────────────────────────────────────────────────────────────────

PathLike = str | os.PathLike[str]


def convert_persona(
    source: PathLike,
    target: PathLike,
    *,
    to: str | None = None,
    force: bool = False,
    public: bool = False,
    report: Report | None = None,
) -> Report:
    """Read a persona in any format and write it in any other.

    Args:
        source: a file, or the name of a persona.
        target: a file; or a folder, in which the file is called after the persona's id.
        to: name of the format; else the target's suffix tells it.
        force: overwrite the target. Another character in the personas folder is never overwritten.
        public: leave out what a stranger may not learn; see docs/secrets.md.
        report: the report to add to; if there is none, a new one.

    Returns:
        What was odd about the source, and what the target cannot hold.

    Raises:
        InputError: the format is not known, or the target is there already.
        PersonaFileError: the source breaks its format.
        PersonaNotFoundError: there is no such source.
        StoreError: the target cannot be written.
    """
    report = Report() if report is None else report
    persona = load_persona(source, report=report)
    write_persona(persona, target, to=to, force=force, public=public, report=report)
    return report


def write_persona(
    persona: Persona,
    target: PathLike,
    *,
    to: str | None = None,
    force: bool = False,
    public: bool = False,
    report: Report,
) -> Path:
    """Write a persona in any format, and return the path of its file; see `convert_persona`."""
    refuse_learned(persona.graph.facts.values())
    path = Path(target)
    if path.is_dir():
        path /= persona.id + (suffix_of(find(to)) if to in names() else ".yaml")
    found = _format_of(path, to)
    if path.exists() and not force:
        raise InputError(f"{str(path)!r} is there already: choose another name, or force it.")
    if path.resolve().parent == (get_settings().home / "personas").resolve():
        _refuse_another_character(path, persona)
    if public:
        persona = _as_strangers_know_it(persona, report)
    elif found.holds != "document":
        _warn_of_secrets(persona, found.name, report)
    persona = assets_inlined(persona, report)
    files: dict[Path, bytes] = {}
    if found.holds == "document":
        persona, files = assets_apart(persona, path)
    data = bytes_in(persona, found.name, report)
    if found.holds == "document":
        check_reads_back(persona, data, found)
    _write_all({**files, path: data}, force=force)
    return path


def _as_strangers_know_it(persona: Persona, report: Report) -> Persona:
    """The persona without secrets; if it had any, also without the JSON it came from, which may hold them."""
    public = view(persona).persona
    if public is persona:
        return persona
    for extension in persona.extensions:
        report.lost(f"extensions.{extension.name}", "may tell what a stranger may not learn")
    return replace(public, extensions=())


def _warn_of_secrets(persona: Persona, name: str, report: Report) -> None:
    secret = [fact.id for fact in persona.graph.facts.values() if fact.visibility != (PUBLIC,)]
    if secret:
        message = (
            f"is in the {name} file, and whoever opens it can read it; to leave it out, convert "
            "with public=True (in a shell --public)"
        )
        for fact_id in secret:
            report.warn(f"secret {fact_id}", message)


def _format_of(path: Path, to: str | None) -> Format:
    of_suffix = by_suffix(path.suffix)
    if to is not None and to not in names():
        raise InputError(f"{to!r} is no format.{did_you_mean(to, names())} Known: {', '.join(names())}.")
    found = of_suffix if to is None else find(to)
    if found is None:
        raise InputError(
            f"{str(path)!r}: no format ends in {path.suffix!r}. Name a format "
            f"(in Python `to`, in a shell --to): {', '.join(names())}."
        )
    if of_suffix is not None and of_suffix is not found and found.recognises is None:
        raise InputError(
            f"{str(path)!r} would be read as {of_suffix.name}: give {found.name} another suffix."
        )
    return found


def _write_all(files: dict[Path, bytes], *, force: bool) -> None:
    """Write the files, the persona's own last, so that it never names an asset that is missing."""
    *assets, path = files
    folder = asset_folder(path)
    taken = [each for each in assets if each.exists() and each.read_bytes() != files[each]]
    if taken and not force:
        raise InputError(f"{str(taken[0])!r} is there already: choose another name, or force it.")
    if assets:
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise StoreError(f"{str(folder)!r} cannot be made: {error.strerror}.") from error
    for each, data in files.items():
        write_atomically(each, data)


def _refuse_another_character(path: Path, persona: Persona) -> None:
    """Refuse to replace another character in the personas folder: memories are kept by its id."""
    for other in personas_in(path.parent):
        is_rival = other.stem == path.stem or other.stem == persona.id
        known = _identity(other) if is_rival else None
        if known is not None and (known != (persona.id, persona.name) or other.name != path.name):
            raise InputError(
                f"{str(other)!r} holds {known[1]!r} under the id {known[0]!r}: "
                f"give {persona.name!r} another id and file name, or remove that file."
            )


def _identity(path: Path) -> tuple[str, str] | None:
    """The id and name of the persona in a file; None if there is none that can be read."""
    try:
        persona = load_persona(path)
    except RoleAgentError:
        return None
    return persona.id, persona.name
