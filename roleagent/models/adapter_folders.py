"""Where adapters are: ``<models_dir>/_adapters/BASE/NAME/``, in the package, or in the catalogue."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from importlib.resources import files as package_files
from pathlib import Path

from roleagent import weights
from roleagent.errors import ModelError, ModelNotFoundError, ModelUnavailableError
from roleagent.language.nearest import nearest
from roleagent.models.adapters import MANIFEST, Adapter, Manifest, read_adapter, read_manifest
from roleagent.settings import Settings, get_settings

FOLDER = "_adapters"
_log = logging.getLogger(__name__)


def adapter_folder(name: str, *, base: str, settings: Settings | None = None) -> Path:
    """Where the adapter of that name for that base belongs, whether it is there or not."""
    return (settings or get_settings()).models_dir / FOLDER / as_file_name(base) / name


def as_file_name(base: str) -> str:
    """A base's name as one file name.

    >>> as_file_name("hf:Qwen/Qwen2.5-1.5B-Instruct-GGUF:Q4_K_M"), as_file_name("smollm2-135m")
    ('hf--Qwen--Qwen2.5-1.5B-Instruct-GGUF--Q4_K_M', 'smollm2-135m')
    """
    return re.sub(r"[^A-Za-z0-9._@-]+", "--", base).strip(".-") or "_"


def shipped() -> Path:
    """The folder of adapters that come with the package."""
    return Path(str(package_files("roleagent.models"))) / "shipped_adapters"


def find_adapter(
    name_or_path: str | Path, *, base: str, settings: Settings | None = None, shipped_in: Path | None = None
) -> Adapter:
    """An adapter by the path of its folder, or by its name: one's own, a shipped one, or the catalogue's.

    Args:
        name_or_path: a path has a separator in it, or is a `Path`, or is a folder with a manifest.
        base: the name of the model that it is to be used with.
        settings: where weights are kept; the process's own by default.
        shipped_in: the folder of shipped adapters; the package's by default.

    Raises:
        ModelNotFoundError: no adapter of that name is there for that base.
        ModelUnavailableError: it is of the catalogue and not on this machine, or lacks a file.
        ModelError: it is damaged.
    """
    path = Path(name_or_path).expanduser()
    is_path = isinstance(name_or_path, Path) or len(path.parts) > 1 or (path / MANIFEST).is_file()
    if is_path:
        return read_adapter(path)
    name, places = str(name_or_path), _places(settings, shipped_in)
    for place in places:
        if (place / as_file_name(base) / name / MANIFEST).is_file():
            return read_adapter(place / as_file_name(base) / name)
    entry = weights.entries(settings).get(name)
    if entry is not None and entry.role == "adapter":
        there = weights.local_path(name, settings)
        return read_adapter(there if there.is_dir() else there.parent)
    raise _not_found(name, base, places, settings)


def installed_adapters(
    settings: Settings | None = None, *, shipped_in: Path | None = None
) -> list[tuple[Path, Manifest]]:
    """The adapters of one's own and the shipped ones, by base and name; a damaged manifest is logged."""
    found = {}
    for place in reversed(_places(settings, shipped_in)):  # one's own takes the place of a shipped one
        for folder in _folders(place):
            try:
                found[folder.relative_to(place)] = folder, read_manifest(folder)
            except (ModelError, ModelUnavailableError) as error:
                _log.warning("%s", error)
    return [found[key] for key in sorted(found)]


def _places(settings: Settings | None, shipped_in: Path | None) -> tuple[Path, Path]:
    return (settings or get_settings()).models_dir / FOLDER, shipped_in or shipped()


def _folders(place: Path) -> Iterator[Path]:
    return (manifest.parent for manifest in place.glob(f"*/*/{MANIFEST}"))


def _not_found(
    name: str, base: str, places: tuple[Path, Path], settings: Settings | None
) -> ModelNotFoundError:
    here = [folder for place in places for folder in _folders(place)]
    of_base = {folder.name for folder in here if folder.parent.name == as_file_name(base)}
    of_base |= {
        entry.name
        for entry in weights.entries(settings).values()
        if entry.role == "adapter" and entry.base == base
    }
    others = [folder for folder in here if folder.name == name]
    if others:
        way_out = (
            f"There is one for {', '.join(repr(folder.parent.name) for folder in others)}: use that model, "
            f"or give the path {str(others[0])!r}. "
        )
    else:
        near = nearest(name, of_base)
        way_out = f"Did you mean {near!r}? " if near else ""
    known = ", ".join(sorted(of_base)) or "none"
    return ModelNotFoundError(f"{base!r} has no adapter {name!r}. {way_out}Known: {known}.")
