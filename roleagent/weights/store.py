"""Which weights are on this machine: one folder for each entry, ``<models_dir>/<name>/``."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from pathlib import Path

from roleagent.errors import ModelUnavailableError
from roleagent.settings import Settings, get_settings
from roleagent.weights.catalog import find
from roleagent.weights.entry import Entry, WeightFile
from roleagent.weights.files import Meter, Report, reason_against, silent

_Stamp = list[int | str]  # size, mtime, ctime and inode of a file, and the sha256 it was found to have
_log = logging.getLogger(__name__)
_in_memory: dict[Path, dict[str, _Stamp]] = {}


def first_damage(entry: Entry, folder: Path) -> tuple[str, str] | None:
    """The first file that differs from the catalogue, and why; only changed files are read again."""
    record = _record_of(entry, folder)
    known = _read(record)
    found = {}
    for file in entry.files:
        stamp = _stamp(file, folder)
        if stamp is None or known.get(file.path) != stamp:
            if reason := reason_against(file, folder):
                return file.path, reason
            found[file.path] = stamp or []
    if found:
        _write(record, known | found)
    return None


def note_verified(entry: Entry, folder: Path) -> None:
    """Remember that every file of an entry has just been compared with the catalogue."""
    stamps = {file.path: stamp for file in entry.files if (stamp := _stamp(file, folder))}
    _write(_record_of(entry, folder), stamps)


def _record_of(entry: Entry, folder: Path) -> Path:
    return folder.parent / ".verified" / f"{entry.key}.json"


def _stamp(file: WeightFile, folder: Path) -> _Stamp | None:
    try:
        status = (folder / file.path).stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, file.sha256]


def _read(record: Path) -> dict[str, _Stamp]:
    try:
        kept = json.loads(record.read_text("utf-8"))
    except (OSError, ValueError):  # missing or damaged: the files are read again
        kept = {}
    return (kept if isinstance(kept, dict) else {}) | _in_memory.get(record, {})


def _write(record: Path, stamps: dict[str, _Stamp]) -> None:
    _in_memory[record] = stamps
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=record.parent, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(stamps, file)
        os.replace(name, record)
    except OSError as error:
        _log.debug("%s cannot be written (%s): the files are read again by the next process", record, error)


def folder_of(entry: Entry, settings: Settings) -> Path:
    """The folder of an entry's files, whether they are there or not."""
    return settings.models_dir / entry.folder


def is_present(name: str, settings: Settings | None = None) -> bool:
    """Whether all files of an entry have their full size; `local_path` also compares their hashes.

    Raises:
        ModelNotFoundError: no entry of that name.
    """
    settings = settings or get_settings()
    try:
        entry = find(name, settings)
    except ModelUnavailableError:  # a file of the hub that was not pulled
        return False
    return _all_there(entry, settings)


def local_path(name: str, settings: Settings | None = None) -> Path:
    """The path to load an entry from: its main file if it has one, else its folder.

    Raises:
        ModelNotFoundError: no entry of that name.
        ModelUnavailableError: a file is missing, or its bytes differ from the catalogue's. Each file is read
            once for this check, and again when it has changed.
    """
    settings = settings or get_settings()
    entry = find(name, settings)
    if not _all_there(entry, settings):
        raise ModelUnavailableError(
            f"Model {entry.name!r} is not on this machine (looked in {str(folder_of(entry, settings))!r}). "
            f"Run: roleagent models pull {entry.name}"
        )
    folder = folder_of(entry, settings)
    if damage := first_damage(entry, folder):
        path, reason = damage
        raise ModelUnavailableError(
            f"Model {entry.name!r} is damaged and is not loaded: {str(folder / path)!r} has {reason}. "
            f"Run: roleagent models pull {entry.name}"
        )
    return folder / entry.main if entry.main else folder


def verify(name: str, settings: Settings | None = None, *, progress: Report = silent) -> dict[str, str]:
    """What is wrong with an entry's files, as file -> reason; empty if nothing is. Reads every byte.

    Raises:
        ModelNotFoundError: no entry of that name.
    """
    settings = settings or get_settings()
    entry = find(name, settings)
    folder = folder_of(entry, settings)
    meter = Meter(progress, model=name, doing="checking", total=entry.size)
    reasons = {file.path: reason_against(file, folder, meter) for file in entry.files}
    return {path: reason for path, reason in reasons.items() if reason}


def _all_there(entry: Entry, settings: Settings) -> bool:
    folder = folder_of(entry, settings)
    return all(
        (path := folder / file.path).is_file() and path.stat().st_size == file.size for file in entry.files
    )
