"""Values made on a worker thread, read as they arrive by a plain loop or an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Run:
    """One piece of work in progress. `cancel` asks it to stop soon; the work checks `cancelled`."""

    _cancelled: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        """Ask the work to stop; any thread may call this, and more than once."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()


Emit = Callable[[T], None]
Work = Callable[[Emit[T], Run], None]


@dataclass(frozen=True, slots=True)
class _End:
    """The last thing in a queue: the work is done, or failed."""

    failure: BaseException | None = None


def iterate(work: Work[T]) -> Generator[T]:
    """The values that `work` emits on its own thread, in order. Closing the iterator cancels the work.

    Raises:
        BaseException: whatever the work raised.
    """
    arrived: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
    run = Run()
    _start(work, arrived.put, run)
    try:
        while not isinstance(item := arrived.get(), _End):
            yield item
        if item.failure is not None:
            raise item.failure
    finally:
        run.cancel()


async def aiterate(work: Work[T]) -> AsyncGenerator[T]:
    """Like `iterate`, but it never blocks the event loop; cancelling the task cancels the work."""
    arrived: asyncio.Queue[T | _End] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    run = Run()

    def post(item: T | _End) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed, so nobody listens any more
            loop.call_soon_threadsafe(arrived.put_nowait, item)

    _start(work, post, run)
    try:
        while not isinstance(item := await arrived.get(), _End):
            yield item
        if item.failure is not None:
            raise item.failure
    finally:
        run.cancel()


def _start(work: Work[T], put: Callable[[T | _End], None], run: Run) -> None:
    def body() -> None:
        failure: BaseException | None = None
        try:
            work(put, run)
        except BaseException as error:  # it belongs to the reader, who gets it from the queue
            failure = error
        put(_End(failure))

    threading.Thread(target=body, name="roleagent-model", daemon=True).start()
