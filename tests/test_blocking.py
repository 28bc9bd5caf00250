"""Blocking work beside the loop."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time

import pytest

from roleagent.blocking import LoopThread, run_blocking


async def test_gives_the_result_and_leaves_the_loop_free():
    """The loop must go on turning while a model computes."""
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    ticking = asyncio.create_task(tick())
    assert await run_blocking(lambda: time.sleep(0.2) or 42) == 42
    ticking.cancel()
    assert ticks > 5


async def test_hands_over_what_the_function_raises():
    """An error in a thread must not be lost."""

    def fail() -> None:
        raise KeyError("why")

    with pytest.raises(KeyError, match="why"):
        await run_blocking(fail)


async def test_a_hanging_function_times_out_and_its_thread_holds_nobody_up():
    """A perceptor that hangs may cost its time-out, never the process."""
    release = threading.Event()
    start = time.perf_counter()
    with pytest.raises(TimeoutError):
        await run_blocking(release.wait, timeout_s=0.1)
    assert time.perf_counter() - start < 2
    hanging = [thread for thread in threading.enumerate() if thread.name == "roleagent-worker"]
    assert hanging
    assert all(thread.daemon for thread in hanging)
    release.set()


async def test_workers_are_used_again_unless_they_hang():
    """A turn runs a dozen small jobs; starting a thread for each would cost more than the jobs."""
    first = await run_blocking(threading.get_ident)
    await asyncio.sleep(0.1)  # a worker is free again a moment after it has answered
    assert await run_blocking(threading.get_ident) == first
    release = threading.Event()
    with pytest.raises(TimeoutError):
        await run_blocking(release.wait, timeout_s=0.05)
    assert await run_blocking(lambda: 42, timeout_s=5) == 42
    release.set()


async def test_context_variables_reach_the_thread():
    """Tracing and request ids travel in context variables."""
    variable = contextvars.ContextVar("variable", default="unset")
    variable.set("set")
    assert await run_blocking(variable.get) == "set"


def test_one_loop_serves_all_sync_calls():
    """A client bound to a loop can be kept between calls."""
    loop = LoopThread()

    async def which() -> int:
        return id(asyncio.get_running_loop())

    assert loop.run(which()) == loop.run(which())
    loop.close()
