"""The folder in which an entry gathers until all of it is there: ``<models_dir>/.staging/<name>/``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from roleagent.weights.catalog import WeightFile
from roleagent.weights.files import reason_against


class Staging:
    """Verified files lie in ``ready/``, what is under way in a folder for each source.

    It outlives an interrupted fetch, and the next one goes on from it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ready = folder / "ready"

    def workplace(self, number: int) -> Path:
        """One source's own folder: no two sources ever write on one half-fetched file."""
        folder = self._folder / f"source-{number}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def distrust(self, files: Sequence[WeightFile]) -> None:
        """Drop what an earlier fetch left ready and is no longer what it was."""
        for file in files:
            if reason_against(file, self._ready):
                (self._ready / file.path).unlink(missing_ok=True)

    def missing(self, files: Sequence[WeightFile]) -> list[WeightFile]:
        """Those of the files that are not ready."""
        return [file for file in files if not (self._ready / file.path).is_file()]

    def keep(self, files: Sequence[WeightFile], workplace: Path) -> None:
        """Take over what a source has finished; only verified files bear their final name."""
        for file in files:
            if (workplace / file.path).is_file():
                _move(workplace / file.path, self._ready / file.path)

    def num_bytes(self) -> int:
        """What lies here already, finished or not."""
        return sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())

    def free_bytes(self) -> int:
        """Room left on the disk."""
        return shutil.disk_usage(self._folder).free

    def install(self, files: Sequence[WeightFile], target: Path) -> None:
        """Move the files to where they belong, and clear the rest away."""
        for file in files:
            _move(self._ready / file.path, target / file.path)
        shutil.rmtree(self._folder)


def _move(here: Path, there: Path) -> None:
    there.parent.mkdir(parents=True, exist_ok=True)
    os.replace(here, there)
