"""What a fetch tells while it works."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

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
    """The report of a caller who does not want to know."""


class Meter:
    """Counts the bytes of one activity and reports them, ten times a second at most."""

    def __init__(self, report: Report, *, model: str, doing: str, total: int) -> None:
        self._report, self._model, self._doing = report, model, doing
        self._total = total
        self._done = 0
        self._told_at = float("-inf")

    def advance(self, num_bytes: int) -> None:
        """So many more bytes are done; a negative number takes back what has to be done again."""
        self._done += num_bytes
        now = time.monotonic()
        if self._done >= self._total or now - self._told_at >= _INTERVAL_S:
            self._told_at = now
            self._report(Progress(model=self._model, doing=self._doing, done=self._done, total=self._total))

    def note(self, text: str) -> None:
        """Say one line."""
        self._report(Note(model=self._model, text=text))
