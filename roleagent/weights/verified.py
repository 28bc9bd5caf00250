"""Which files were found sound, so that each is read once and not at every start.

A file is known by its size, its times and its inode: whoever changes it in place changes one of them. What is
known is kept in ``<models_dir>/.verified/<name>.json``, and in memory where that cannot be written.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from pathlib import Path

from roleagent.weights.catalog import Entry, WeightFile
from roleagent.weights.files import reason_against

_Stamp = list[int | str]  # size, mtime, ctime and inode of a file, and the sha256 it was found to have
_log = logging.getLogger(__name__)
_in_memory: dict[Path, dict[str, _Stamp]] = {}


def first_damage(entry: Entry, folder: Path) -> tuple[str, str] | None:
    """The first file of an entry that is not as promised, and why; reads what changed since the last time."""
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
    return folder.parent / ".verified" / f"{entry.name}.json"


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
