"""Run a blocking function beside the event loop, within a time."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, ClassVar, TypeVar

T = TypeVar("T")


async def run_blocking(function: Callable[[], T], *, timeout_s: float | None = None) -> T:
    """Run `function()` in a worker thread and await it.

    Workers are daemons: unlike those of `asyncio.to_thread`, one that hangs delays neither the loop nor the
    end of the process, and takes no place that others wait for. A thread cannot be stopped, so after a
    time-out it runs on unheard.

    Raises:
        TimeoutError: the function took longer than `timeout_s` seconds.
    """
    future: Future[T] = Future()
    context = contextvars.copy_context()

    def work() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = context.run(function)
        except BaseException as error:  # handed over to whoever awaits
            future.set_exception(error)
        else:
            future.set_result(result)

    _Worker.free().do(work)
    return await asyncio.wait_for(asyncio.wrap_future(future), timeout_s)


class _Worker:
    """A daemon thread that does one job after another; as many are made as are busy at once."""

    _idle: ClassVar[deque[_Worker]] = deque()

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        threading.Thread(target=self._work, name="roleagent-worker", daemon=True).start()

    @classmethod
    def free(cls) -> _Worker:
        try:
            return cls._idle.pop()
        except IndexError:
            return cls()

    def do(self, job: Callable[[], None]) -> None:
        self._jobs.put(job)

    def _work(self) -> None:
        while True:
            self._jobs.get()()
            self._idle.append(self)


class LoopThread:
    """An event loop in a daemon thread of its own, for calling async code from sync code.

    One loop serves all calls, so that what is bound to a loop (an HTTP client, say) can be kept between them.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="roleagent-loop", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end; an interrupt from the keyboard cancels it."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    def close(self) -> None:
        """Stop the loop and close it; it cannot be used again."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
