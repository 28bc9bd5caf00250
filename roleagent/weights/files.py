"""Files that are checked while they are written, and the progress that a fetch reports."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from roleagent.errors import HashMismatchError
from roleagent.weights.entry import WeightFile

_INTERVAL_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one activity is, in bytes.

    Attributes:
        model: the entry's name.
        doing: what is under way, such as ``fetching``, ``unpacking`` or ``checking``.
    """

    model: str
    doing: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One line worth showing, such as that a source failed and the next one is tried."""

    model: str
    text: str


Report = Callable[[Progress | Note], None]


def silent(_: Progress | Note) -> None:
    """A report that ignores everything."""


class Meter:
    """Counts the bytes of one activity and reports them, ten times a second at most."""

    def __init__(self, report: Report, *, model: str, doing: str, total: int) -> None:
        self._report, self._model, self._doing = report, model, doing
        self._total = total
        self._done = 0
        self._told_at = float("-inf")

    def advance(self, num_bytes: int) -> None:
        """Count bytes as done; a negative number takes back bytes that have to be done again."""
        self._done += num_bytes
        now = time.monotonic()
        if self._done >= self._total or now - self._told_at >= _INTERVAL_S:
            self._told_at = now
            self._report(Progress(model=self._model, doing=self._doing, done=self._done, total=self._total))

    def note(self, text: str) -> None:
        """Report one line."""
        self._report(Note(model=self._model, text=text))


CHUNK = 1 << 20


def chunks_of(path: Path) -> Iterator[bytes]:
    """A file's bytes, a megabyte at a time."""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def sha256_of(path: Path, meter: Meter | None = None) -> str:
    """The sha256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    for chunk in chunks_of(path):
        digest.update(chunk)
        if meter:
            meter.advance(len(chunk))
    return digest.hexdigest()


def reason_against(file: WeightFile, folder: Path, meter: Meter | None = None) -> str:
    """Why the file in that folder differs from the catalogue's; empty if it does not."""
    path = folder / file.path
    if not path.is_file():
        return "missing"
    if (size := path.stat().st_size) != file.size:
        return f"{size:,} bytes instead of {file.size:,}"
    if (found := sha256_of(path, meter)) != file.sha256:
        return f"sha256 {found} instead of {file.sha256}"
    return ""


class PartFile:
    """A growing file at ``<target>.part``: never longer than promised, and verified at the end.

    If an earlier run left a part there, `length` starts above zero.

    Args:
        origin: who delivers the bytes, for messages.
        meter: counts every byte that arrives, or has to arrive again.
    """

    def __init__(self, target: Path, *, size: int, sha256: str, origin: str, meter: Meter) -> None:
        self.target, self.size, self.sha256, self.origin = target, size, sha256, origin
        self._meter = meter
        self.path = target.with_name(target.name + ".part")
        target.parent.mkdir(parents=True, exist_ok=True)
        self._digest = hashlib.sha256()
        self.length = 0
        if self.path.exists():
            self._take_up()

    def append(self, chunk: bytes) -> None:
        """Add bytes at the end.

        Raises:
            HashMismatchError: the file would be longer than the catalogue promises.
        """
        if self.length + len(chunk) > self.size:
            self.clear()
            raise HashMismatchError(
                f"{self.origin} delivered more than the {self.size:,} bytes of {self.target.name!r}"
            )
        with self.path.open("ab") as stream:
            stream.write(chunk)
        self._count(chunk)

    def clear(self) -> None:
        """Delete what is there and start again from zero."""
        self.path.unlink(missing_ok=True)
        self._meter.advance(-self.length)
        self._digest = hashlib.sha256()
        self.length = 0

    def finish(self) -> Path:
        """Verify the file and move it into place in one step.

        Raises:
            HashMismatchError: the bytes differ from those promised; they are deleted.
        """
        found = self._digest.hexdigest()
        if self.length != self.size or found != self.sha256:
            length = self.length
            self.clear()
            raise HashMismatchError(
                f"{self.origin} delivered other bytes for {self.target.name!r}: {length:,} bytes with sha256 "
                f"{found}, where {self.size:,} bytes with sha256 {self.sha256} were promised"
            )
        with self.path.open("ab") as stream:  # also makes the file that an empty one has not yet become
            os.fsync(stream.fileno())
        os.replace(self.path, self.target)
        return self.target

    def _take_up(self) -> None:
        if self.path.stat().st_size > self.size:
            self.clear()
            return
        for chunk in chunks_of(self.path):
            self._count(chunk)

    def _count(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        self.length += len(chunk)
        self._meter.advance(len(chunk))
