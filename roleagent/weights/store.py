"""What is on this machine: one folder an entry, ``<models_dir>/<name>/``."""

from __future__ import annotations

from pathlib import Path

from roleagent.errors import ModelUnavailableError
from roleagent.settings import Settings, get_settings
from roleagent.weights.catalog import Entry, find
from roleagent.weights.files import reason_against
from roleagent.weights.progress import Meter, Report, silent
from roleagent.weights.verified import first_damage


def folder_of(entry: Entry, settings: Settings) -> Path:
    """Where an entry's files are kept, whether they are there or not."""
    return settings.models_dir / entry.name


def is_present(name: str, settings: Settings | None = None) -> bool:
    """Whether all files of an entry are there in their full size; `local_path` also compares their hashes.

    Raises:
        ModelNotFoundError: no entry of that name.
    """
    settings = settings or get_settings()
    return _all_there(find(name, settings), settings)


def local_path(name: str, settings: Settings | None = None) -> Path:
    """The path to load an entry from: its main file where it has one, else its folder.

    Raises:
        ModelNotFoundError: no entry of that name.
        ModelUnavailableError: its files are not all on this machine, or one holds other bytes than the
            catalogue promises. Each file is read for that once, and again when it has changed.
    """
    settings = settings or get_settings()
    entry = find(name, settings)
    if not _all_there(entry, settings):
        raise ModelUnavailableError(
            f"Model {name!r} is not on this machine (looked in {str(folder_of(entry, settings))!r}). "
            f"Run: roleagent models pull {name}"
        )
    folder = folder_of(entry, settings)
    if damage := first_damage(entry, folder):
        path, reason = damage
        raise ModelUnavailableError(
            f"Model {name!r} is damaged and is not loaded: {str(folder / path)!r} has {reason}. "
            f"Run: roleagent models pull {name}"
        )
    return folder / entry.main if entry.main else folder


def verify(name: str, settings: Settings | None = None, *, progress: Report = silent) -> dict[str, str]:
    """What is wrong with an entry's files, as file -> reason; empty when all is well. Reads every byte.

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
    return all(_has_size(folder / file.path, file.size) for file in entry.files)


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size
