"""Run a blocking function in a thread, within a time limit or to its end."""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, ClassVar, TypeVar

T = TypeVar("T")
_CLOSING_S = 5.0  # that closing a loop waits for what still runs in it


async def run_blocking(function: Callable[[], T], *, timeout_s: float | None = None) -> T:
    """Run `function()` in a worker thread and await it.

    Workers are daemons: unlike those of `asyncio.to_thread`, a hanging one delays neither the loop nor the
    end of the process, and blocks no pool. A thread cannot be stopped, so after a timeout, or if the caller
    is cancelled, it runs on and its result is ignored. Functions that write go through `run_to_end`.

    Raises:
        TimeoutError: the function took longer than `timeout_s` seconds.
    """
    return await asyncio.wait_for(asyncio.wrap_future(begin(function)), timeout_s)


async def run_to_end(function: Callable[[], T]) -> T:
    """Run `function()` in a worker thread and wait for its end, even if the caller is cancelled.

    If the function has not begun by then, it never does.
    """
    return await end_of(begin(function))


def begin(function: Callable[[], T]) -> Future[T]:
    """Hand a function to a worker thread, with the context of the caller."""
    future: Future[T] = Future()
    context = contextvars.copy_context()

    def work() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = context.run(function)
        except (SystemExit, KeyboardInterrupt) as error:  # raised in a task, it would end the loop
            future.set_exception(RuntimeError(f"The function tried to end the process: {error!r}."))
        except BaseException as error:  # handed over to whoever awaits
            future.set_exception(error)
        else:
            future.set_result(result)

    _Worker.free().do(work)
    return future


async def end_of(future: Future[T]) -> T:
    """The result of a future; a cancellation is raised only after the future has ended."""
    waiting, cancelled = asyncio.wrap_future(future), None
    while not waiting.done():
        try:
            await asyncio.wait([waiting])
        except asyncio.CancelledError as error:
            cancelled = error
            future.cancel()  # in vain once it has begun
    if cancelled is not None:
        raise cancelled from (None if waiting.cancelled() else waiting.exception())
    return waiting.result()


class _Worker:
    """A daemon thread that does one job after another; there are as many as are busy at once.

    A worker ends after `idle_s` seconds without a job.
    """

    idle_s: ClassVar[float] = 5.0
    _idle: ClassVar[list[_Worker]] = []
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        threading.Thread(target=self._work, name="roleagent-worker", daemon=True).start()

    @classmethod
    def free(cls) -> _Worker:
        with cls._lock:
            if cls._idle:
                return cls._idle.pop()
        return cls()

    @classmethod
    def reset(cls) -> None:
        """Reset in a forked process, which does not have its parent's threads."""
        cls._idle, cls._lock = [], threading.Lock()

    def do(self, job: Callable[[], None]) -> None:
        self._jobs.put(job)

    def _work(self) -> None:
        while (job := self._next_job()) is not None:
            job()
            del job  # it may hold a turn and its pictures
            with self._lock:
                self._idle.append(self)

    def _next_job(self) -> Callable[[], None] | None:
        try:
            return self._jobs.get(timeout=self.idle_s)
        except Empty:
            with self._lock:
                if self in self._idle:
                    self._idle.remove(self)
                    return None
        return self._jobs.get()  # somebody took this worker a moment ago


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Worker.reset)


class LoopThread:
    """An event loop in a daemon thread of its own, for calling async code from sync code.

    One loop serves all calls, so that what is bound to a loop (an HTTP client, say) can be kept between them.
    A forked process gets a loop of its own.
    """

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._process = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="roleagent-loop", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end; Ctrl-C cancels it."""
        if self._process != os.getpid():
            self._start()
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    def close(self) -> None:
        """Cancel the loop's tasks, stop it and close it; it cannot be used again."""
        if self._process != os.getpid():
            return
        ending = asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop)
        with suppress(TimeoutError):
            ending.result(_CLOSING_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _cancel_others() -> None:
    """Cancel every other task of the loop and wait for them to end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
