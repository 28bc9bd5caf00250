"""Run a blocking function beside the event loop, within a time."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


async def run_blocking(function: Callable[[], T], *, timeout_s: float | None = None) -> T:
    """Run `function()` in a thread of its own and await it.

    The thread is a daemon: unlike `asyncio.to_thread`, one that hangs delays neither the loop nor the end of
    the process. A thread cannot be stopped, so after a time-out it runs on unheard.

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

    threading.Thread(target=work, name="roleagent-blocking", daemon=True).start()
    return await asyncio.wait_for(asyncio.wrap_future(future), timeout_s)


class LoopThread:
    """An event loop in a daemon thread of its own, for calling async code from sync code.

    One loop serves all calls, so that what is bound to a loop (an HTTP client, say) can be kept between them.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="roleagent-loop", daemon=True).start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end; an interrupt from the keyboard cancels it."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    def close(self) -> None:
        """Stop the loop; it cannot be used again."""
        self._loop.call_soon_threadsafe(self._loop.stop)
