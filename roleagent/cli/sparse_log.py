"""Progress in a log file, where no bar can move."""

from __future__ import annotations

import time
from collections.abc import Callable

_INTERVAL_S = 30.0


class SparseLog:
    """Tells how far something is in lines, for a log: each quarter, or each half minute.

    Args:
        say: prints a line.
        clock: seconds, for measuring spans.
    """

    def __init__(self, say: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._say, self._clock = say, clock
        self._told: dict[str, tuple[int, float]] = {}

    def tell(self, what: str, done: int, total: int) -> None:
        """Say how far it is, if enough has happened since it was said last."""
        quarter, now = 4 * done // max(total, 1), self._clock()
        last_quarter, last_at = self._told.setdefault(what, (0, now))
        if quarter > last_quarter or now - last_at >= _INTERVAL_S:
            self._told[what] = quarter, now
            self._say(f"{what}: {done / max(total, 1):.0%}")
