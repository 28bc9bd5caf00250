"""Run a blocking function beside the event loop, within a time."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

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
