"""Loads in the background what the first reply seldom needs: what sees and hears, and the graph network."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

_QUIET_S = 5.0
_log = logging.getLogger(__name__)


class LateLoading:
    """Calls loaders one after the other, in a thread of its own, and begins none while a turn runs.

    The first is called after a turn, or when there has been no turn for a while. A turn that needs a model
    earlier loads it itself, or waits until it is loaded (`roleagent.perception.Once`).

    Args:
        quiet_s: how long to wait for a first turn, in seconds.
    """

    def __init__(self, *, quiet_s: float = _QUIET_S) -> None:
        self._quiet_s = quiet_s
        self._due_at = 0.0  # on the monotonic clock
        self._num_turns = 0
        self._is_closed = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._process = os.getpid()

    def start(self, loaders: Sequence[Callable[[], object]]) -> None:
        """Call the loaders in the background, soon; a second start changes nothing."""
        with self._changed:
            if self._thread is not None or self._is_closed or not loaders:
                return
            self._due_at = time.monotonic() + self._quiet_s
            run = threading.Thread(target=self._run, args=(loaders,), name="roleagent-loading", daemon=True)
            self._thread = run
            atexit.register(self._end)  # an interpreter that exits in the middle of an import may crash
            run.start()

    @contextmanager
    def postponed(self) -> Iterator[None]:
        """Begin nothing in this block, which is a turn; the waiting for a first turn ends with it."""
        with self._changed:
            self._num_turns += 1
        try:
            yield
        finally:
            with self._changed:
                self._num_turns -= 1
                self._due_at = 0.0
                self._changed.notify_all()

    def close(self) -> None:
        """Begin nothing more, and do not wait for what is being loaded: models are shared by all agents."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _end(self) -> None:
        if self._process == os.getpid() and self._thread is not None:
            self.close()
            self._thread.join()

    def _run(self, loaders: Sequence[Callable[[], object]]) -> None:
        for load in loaders:
            if not self._is_time():
                break
            try:
                load()
            except Exception as error:  # a plug-in: a turn that needs it tries again
                _log.warning("Loading in the background failed: %s", error)
        atexit.unregister(self._end)

    def _is_time(self) -> bool:
        """Wait until it is quiet; False once closed."""
        with self._changed:
            while not self._is_closed:
                pause_s = self._due_at - time.monotonic()
                if not self._num_turns and pause_s <= 0:
                    return True
                self._changed.wait(None if self._num_turns else pause_s)
        return False
