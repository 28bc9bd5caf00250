"""The folder of a training: checkpoints that a kill cannot spoil."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from roleagent.errors import InputError

COMPLETE = "complete.json"
"""In a checkpoint's folder: it was written to its end. Holds the training's fingerprint and course so far."""
_FIELDS = frozenset({"fingerprint", "steps", "looks", "best", "ended"})
_LOCK = ".training.lock"
_NAME = re.compile(r"checkpoint-(\d+)")


_NUM_PROCESSES = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")  # torch's, MPI's


def is_first_process() -> bool:
    """Whether this process, of those that `accelerate launch` started, is the one to write and to speak."""
    return os.environ.get("RANK", "0") == "0"


def is_alone() -> bool:
    """Whether no other process trains together with this one."""
    return all(os.environ.get(name) in (None, "", "1") for name in _NUM_PROCESSES)


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Checkpoints of one training, each a folder ``checkpoint-STEP``. Nothing else in the folder is touched.

    A checkpoint counts once it holds `COMPLETE`, which is written last and removed first.
    """

    folder: Path

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep other trainings out of the folder; of several processes of one training, the first does.

        Raises:
            InputError: another training runs there.
        """
        if not is_first_process():
            yield
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / _LOCK, timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise InputError(
                f"Another training runs in {self.folder}. Wait for it, or name another."
            ) from error
        try:
            yield
        finally:
            lock.release()
            (self.folder / _LOCK).unlink(missing_ok=True)

    def of_step(self, step: int) -> Path:
        """The folder of the checkpoint of a step."""
        return self.folder / f"checkpoint-{step}"

    @property
    def last(self) -> Path | None:
        """The last checkpoint that was written to its end."""
        whole = {step: path for step, path in self._all().items() if (path / COMPLETE).is_file()}
        return whole[max(whole)] if whole else None

    def told(self) -> dict[str, Any] | None:  # Any: JSON
        """What was sealed with the last checkpoint, or None if there is none.

        Raises:
            InputError: it cannot be read.
        """
        if (last := self.last) is None:
            return None
        try:
            told: dict[str, Any] = json.loads((last / COMPLETE).read_text(encoding="utf-8"))
            if not isinstance(told, dict) or not _FIELDS.issubset(told):
                raise ValueError(f"it does not hold {', '.join(sorted(_FIELDS))}")
            if not isinstance(told["fingerprint"], dict):
                raise ValueError("its fingerprint is no object")
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"{last / COMPLETE} cannot be read: {error}. Remove {last}.") from error
        return told

    def check_best(self, told: Mapping[str, Any]) -> None:  # Any: JSON
        """Refuse to go on from `told` if the checkpoint with the best weights is not there any more.

        Raises:
            InputError: it was removed.
        """
        if (best := told["best"]) and not (self.of_step(best) / COMPLETE).is_file():
            raise InputError(
                f"{self.of_step(best)}, the best checkpoint so far, is not there any more. Remove "
                f"{self.folder} and train again."
            )

    def seal(self, step: int, told: Mapping[str, Any]) -> None:  # Any: JSON
        """Mark the checkpoint of a step as written to its end."""
        beside = self.of_step(step) / f".{COMPLETE}"
        beside.write_text(json.dumps(told), encoding="utf-8")
        beside.replace(self.of_step(step) / COMPLETE)

    def remove_all_but(self, steps: Collection[int]) -> None:
        """Remove the checkpoints of all other steps."""
        for step, path in sorted(self._all().items(), reverse=True):  # the last one says that all has ended
            if step not in steps:
                (path / COMPLETE).unlink(missing_ok=True)
                shutil.rmtree(path)

    def remove_broken(self) -> None:
        """Remove what a kill left half written or half removed."""
        self.remove_all_but([step for step, path in self._all().items() if (path / COMPLETE).is_file()])

    def remove(self) -> None:
        """Remove all checkpoints, and the folder if nothing else is in it."""
        self.remove_all_but(())
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def check_new(self, *, resume: bool) -> None:
        """Refuse a folder with another training in it, unless that is to go on.

        Raises:
            InputError: there is one.
        """
        if self.last is not None and not resume:
            raise InputError(
                f"{self.folder} holds a training already. Go on with it by --resume, or remove the folder."
            )

    def check_same(self, fingerprint: Mapping[str, Any]) -> None:  # Any: JSON
        """Refuse to go on with another training than the one in the folder.

        Raises:
            InputError: the message says what differs.
        """
        if (told := self.told()) is None:
            return
        before, now = told["fingerprint"], json.loads(json.dumps(fingerprint))
        differing = [name for name in now if before.get(name) != now[name]]
        if differing or set(before) != set(now):
            raise InputError(
                f"{self.folder} holds a training with other data or options ({', '.join(differing)}), so it "
                "cannot be resumed with these. Give the same ones, or remove the folder."
            )

    def _all(self) -> dict[int, Path]:
        paths = [path for path in self.folder.glob("checkpoint-*") if path.is_dir() and not path.is_symlink()]
        return {int(name[1]): path for path in paths if (name := _NAME.fullmatch(path.name))}
