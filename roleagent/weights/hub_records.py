"""What the hub said of each file that was pulled from it by name, kept beside the file as ``FILE.json``.

A pulled file is at ``<models_dir>/_hub/OWNER/REPO/REVISION/FILE``. Its record pins the commit, the size and
the sha256, so that a later load needs no network, and a later download fetches the same bytes.
"""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from roleagent.errors import ModelUnavailableError
from roleagent.weights.entry import Entry, HubSource, Value, WeightFile
from roleagent.weights.hub_name import HubName, all_files

_LARGEST_RECORD = 1 << 20
_log = logging.getLogger(__name__)


class HubRecord(Value):
    """The hub's own word on a model.

    Attributes:
        revision: the branch, tag or commit that was asked for.
        commit: the commit it stood for.
        licence: the licence tag of the repository.
        endpoint: the address of the hub, or of the mirror, that said so.
        files: the model's files, by their paths in the repository; the first one is loaded.
    """

    repo: str
    revision: str
    commit: str = Field(pattern=r"^[0-9a-f]{40}$")
    licence: str = Field(max_length=200)
    endpoint: str
    files: tuple[WeightFile, ...] = Field(min_length=1, max_length=999)

    @model_validator(mode="after")
    def _is_one_model(self) -> HubRecord:
        paths = [file.path for file in self.files]
        if HubName.parse(str(self.name)) != self.name or paths != all_files(paths[0]):
            raise ValueError("the files are not those of one model")
        return self

    @property
    def name(self) -> HubName:
        """The model's name, with its file in full."""
        return HubName(repo=self.repo, revision=self.revision, file=self.files[0].path)

    def entry(self) -> Entry:
        """The record as an entry of the catalogue."""
        return Entry(
            name=str(self.name),
            role="llm",
            licence=self.licence,
            description=f"From the hub at commit {self.commit[:12]}, as {self.endpoint} said.",
            main=self.files[0].path,
            files=self.files,
            sources=(HubSource(repo=self.repo, revision=self.commit),),
        )


def record_path(name: HubName, models_dir: Path) -> Path:
    """Where the record of a model is; `name.file` is in full."""
    return models_dir / name.folder / f"{name.file}.json"


def keep(record: HubRecord, models_dir: Path) -> None:
    """Write a record beside the model's first file."""
    path = record_path(record.name, models_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(record.model_dump_json(indent=2) + "\n")
    os.replace(temporary, path)


def exact(name: HubName, models_dir: Path) -> HubRecord | None:
    """The record of a file named in full; None if there is none that can be used."""
    try:
        return _read(record_path(name, models_dir), models_dir)
    except ModelUnavailableError:
        return None


def kept(models_dir: Path) -> list[Entry]:
    """The models that were pulled, by name; one whose record is damaged is left out and logged."""
    found = []
    for path in _records_in(models_dir / "_hub"):
        try:
            found.append(_read(path, models_dir).entry())
        except ModelUnavailableError as error:
            _log.warning("%s", error)
    return found


def find(name: HubName, models_dir: Path) -> Entry:
    """The pulled model of a name, whose file may be a part of one pulled file's path.

    Raises:
        ModelNotFoundError: several pulled models could be meant.
        ModelUnavailableError: none was pulled, or its record is damaged.
    """
    exact = record_path(name, models_dir)
    if exact.is_file():
        return _read(exact, models_dir).entry()
    folder = models_dir / name.folder
    here = [path.relative_to(folder).as_posix()[: -len(".json")] for path in _records_in(folder)]
    if not name.matches(here):
        raise ModelUnavailableError(
            f"Model {str(name)!r} is not on this machine (looked in {str(folder)!r}). "
            f"Run: roleagent models pull {name}"
        )
    return _read(record_path(name.choose(here, where="this machine"), models_dir), models_dir).entry()


def _records_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.json") if path.name.lower().endswith(".gguf.json"))


def _read(path: Path, models_dir: Path) -> HubRecord:
    """The record at a path.

    Raises:
        ModelUnavailableError: it cannot be read, or belongs to another place.
    """
    try:
        if path.stat().st_size > _LARGEST_RECORD:
            raise ValueError("it is too large for a record")
        record = HubRecord.model_validate_json(path.read_bytes())
        if record_path(record.name, models_dir) != path:
            raise ValueError(f"it is that of {str(record.name)!r}")
    except (OSError, ValueError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise ModelUnavailableError(
            f"The record of a model, {str(path)!r}, cannot be used: {reason}. "
            "Delete it and pull the model again: roleagent models pull hf:OWNER/REPO:FILE"
        ) from error
    return record
