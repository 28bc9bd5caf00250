"""Keeps vector indexes up to date with the record, in the background: recall never waits for one.

An index is opened, checked against the record, filled and only then searched. Until then, and whenever it
breaks, all vectors are compared one by one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from roleagent.embedding.cache import QueryVectors
from roleagent.errors import StoreError
from roleagent.memory.index.owner_index import OwnerIndex
from roleagent.memory.index.vector_index import (
    IndexFailure,
    Matrix,
    OnProgress,
    VectorIndex,
    fill,
    num_agreeing,
)
from roleagent.types import Owner

NEWEST_ROWS = 2_000  # the newest, compared one by one, so that not every new episode has to be indexed
RETRY_S = 60.0
_POLL_S = 0.05

_log = logging.getLogger(__name__)

OpenIndex = Callable[[Owner], VectorIndex]


class _Lock(Protocol):
    def acquire(self, *, timeout: float) -> bool: ...

    def release(self) -> None: ...


class Slot:
    """What is open for one persona and user, with the lock that a user of it must hold.

    Attributes:
        queries: embeds queries; can be used without the lock.
        num_users: how many threads use it or are about to.
        filling: the job that is updating its index now.
        retry_at: when an index that broke may be tried again, on the monotonic clock.
        is_down: its index broke, and the log says so.
    """

    def __init__(self, queries: QueryVectors) -> None:
        self.queries = queries
        self.lock = threading.RLock()
        self.num_users = 0
        self.ready: OwnerIndex | None = None
        self.filling: Filling | None = None
        self.retry_at = 0.0
        self.is_down = False

    @property
    def is_idle(self) -> bool:
        """Whether no thread uses it, in the foreground or in the background."""
        return not self.num_users and self.filling is None

    def cancel(self) -> None:
        """Ask its background job to stop."""
        filling = self.filling  # it may end, and be None, at any moment
        if filling is not None:
            filling.cancel()

    def close(self) -> None:
        """Stop its background job and close everything."""
        filling = self.filling
        if filling is not None:
            filling.cancel()
            filling.done.wait()
        if self.ready is not None and self.ready.index is not None:
            self.ready.index.close()
        self.ready = None
        self.queries.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexState:
    """How far the index of one persona and user is.

    Attributes:
        num_indexed: how many episodes are searched in the index; the others are compared one by one.
        num_filled: how many of `num_to_fill` vectors the running job has written; 0 if none is running.
        is_down: the index broke; it is tried again.
    """

    num_episodes: int
    num_indexed: int
    num_filled: int
    num_to_fill: int
    is_down: bool


class IndexKeeper:
    """Decides when a persona and user get an index, and fills it.

    Args:
        open_index: returns the index of a persona and user, which is not opened before it is used.
        exact_rows: up to this many episodes there is no index, because comparing them one by one is as fast.
    """

    def __init__(self, open_index: OpenIndex, *, exact_rows: int) -> None:
        self._open_index = open_index
        self._exact_rows = exact_rows
        self._newest_rows = min(exact_rows, NEWEST_ROWS)
        self._one_at_a_time = threading.Lock()

    def bring_up(self, slot: Slot, owner: Owner) -> None:
        """Start updating the index in the background. The caller holds the slot's lock."""
        if slot.ready is None or slot.filling is not None or time.monotonic() < slot.retry_at:
            return
        target = self._target(slot.ready)
        if target > slot.ready.num_indexed:
            filling = self._begin(slot, slot.ready, owner, target, _in_the_log(owner))
            threading.Thread(target=filling.run, name="roleagent-index").start()

    def rebuild(self, slot: Slot, owner: Owner, on_progress: OnProgress) -> Filling | None:
        """Erase the index; return the job that rebuilds it, or None if no index is needed.

        The caller holds the slot's lock now, and must not hold it while the job runs. All vectors are in RAM.
        """
        if slot.ready is None or not (target := self._target(slot.ready)):
            return None
        return self._begin(slot, slot.ready, owner, target, on_progress)

    def erase(self, slot: Slot, owner: Owner) -> None:
        """Remove the index, in use or not. The caller holds the slot's lock.

        Raises:
            StoreError: it cannot be removed.
        """
        index = slot.ready.index if slot.ready is not None else None
        slot.close()
        try:
            (index or self._open_index(owner)).erase()
        except IndexFailure as failure:
            raise StoreError(
                f"The vector index of {owner} cannot be erased: {failure}. "
                "Nothing was erased: see that it can be written, or reached, and try again."
            ) from failure

    def broke(self, slot: Slot, owner: Owner, failure: IndexFailure) -> None:
        """Log a failure once, close the index, and try again later."""
        slot.close()
        _tell(slot, owner, failure)

    def _target(self, ready: OwnerIndex) -> int:
        """How many of the first episodes should be in the index."""
        if ready.index is None:
            return len(ready) - self._newest_rows if len(ready) > self._exact_rows else 0
        if len(ready.fresh) > self._newest_rows * 5 // 4:  # some at a time
            return len(ready) - self._newest_rows
        return ready.num_indexed

    def _begin(
        self, slot: Slot, ready: OwnerIndex, owner: Owner, target: int, on_progress: OnProgress
    ) -> Filling:
        index = ready.index or self._open_index(owner)
        slot.filling = Filling(slot, ready, index, owner, target, on_progress, self._one_at_a_time)
        return slot.filling


class Filling:
    """Updates one index while its persona and user keep talking.

    It reads views of the vectors, which do not change, and takes the slot's lock only to switch to the index.
    """

    def __init__(
        self,
        slot: Slot,
        ready: OwnerIndex,
        index: VectorIndex,
        owner: Owner,
        target: int,
        on_progress: OnProgress,
        one_at_a_time: threading.Lock,
    ) -> None:
        self._slot, self._ready, self._index, self._owner = slot, ready, index, owner
        self._seqs: NDArray[np.int64] = ready.seqs
        self._vectors: Matrix = ready.fresh.values
        self._first = ready.num_indexed
        self._is_new = ready.index is None
        self._target = target
        self._on_progress = on_progress
        self._one_at_a_time = one_at_a_time
        self._cancelled = threading.Event()
        self.done = threading.Event()
        self.num_filled = self.num_to_fill = 0
        self.failure: IndexFailure | None = None

    def run(self) -> None:
        """Run the job; an exception of the index is kept in `failure` and logged."""
        try:
            if self._take(self._one_at_a_time):
                try:
                    self._bring_up()
                finally:
                    self._one_at_a_time.release()
        except IndexFailure as failure:
            self.failure = failure
            _tell(self._slot, self._owner, failure)
        finally:
            self._slot.filling = None
            self.done.set()

    def cancel(self) -> None:
        """Stop after the current batch of vectors; `done` is set then."""
        self._cancelled.set()

    def _bring_up(self) -> None:
        held = self._num_held() if self._is_new else self._first
        part = slice(held - self._first, max(self._target, held) - self._first)
        is_whole = fill(
            self._index,
            self._seqs[self._first :][part],
            self._vectors[part],
            on_progress=self._count,
            is_cancelled=self._is_cancelled,
        )
        if not (is_whole and self._switch(max(self._target, held))) and self._is_new:
            self._index.close()

    def _num_held(self) -> int:
        """How many vectors are in the index; if they disagree with the record, erase all and return 0."""
        reason = "it"
        try:
            held = num_agreeing(self._index, self._seqs, self._vectors)
        except IndexFailure as failure:
            held, reason = None, f"({failure}) it"
        if held is None:
            self._index.erase()
            _log.warning(
                "The vector index of %s disagrees with the record: %s is rebuilt; until then the record is "
                "searched.",
                self._owner,
                reason,
            )
        return held or 0

    def _switch(self, num_indexed: int) -> bool:
        """Search the index from now on; return False if the memory was closed or forgotten before that."""
        if not self._take(self._slot.lock):
            return False
        try:
            if self._slot.ready is not self._ready or self._is_cancelled():
                return False
            self._ready.attach(self._index, num_indexed)
            if self._slot.is_down:
                _log.warning("The vector index of %s serves again.", self._owner)
            self._slot.is_down = False
            return True
        finally:
            self._slot.lock.release()

    def _take(self, lock: _Lock) -> bool:
        """Whether the lock could be taken; its holder may be waiting for this job to stop."""
        while not lock.acquire(timeout=_POLL_S):
            if self._is_cancelled():
                return False
        return True

    def _is_cancelled(self) -> bool:
        # after the main thread ends, Python waits for the others, and `close` is no longer called
        return self._cancelled.is_set() or not threading.main_thread().is_alive()

    def _count(self, num_filled: int, num_to_fill: int) -> None:
        self.num_filled, self.num_to_fill = num_filled, num_to_fill
        self._on_progress(num_filled, num_to_fill)


def _tell(slot: Slot, owner: Owner, failure: IndexFailure) -> None:
    if not slot.is_down:
        _log.warning(
            "The vector index of %s broke (%s). Nothing is lost: the record is searched in its place, more "
            "slowly, and the index is tried again every %d seconds.",
            owner,
            failure,
            RETRY_S,
        )
    slot.is_down = True
    slot.retry_at = time.monotonic() + RETRY_S


def _in_the_log(owner: Owner) -> OnProgress:
    """Log the progress at every tenth, if the job is long."""

    def tell(num_filled: int, num_to_fill: int) -> None:
        tenth = max(num_to_fill // 10, 1_000)
        if num_filled // tenth > max(num_filled - 256, 0) // tenth or num_filled == num_to_fill:
            _log.info("Indexed %d of %d vectors of %s.", num_filled, num_to_fill, owner)

    return tell
