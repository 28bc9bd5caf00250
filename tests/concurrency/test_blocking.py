"""Blocking work in threads."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import threading
import time
from collections.abc import Callable

import pytest

from roleagent.concurrency.blocking import LoopThread, _Worker, run_blocking, run_to_end


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


def test_a_function_that_ends_the_process_ends_no_loop():
    """A plug-in that calls `sys.exit` gives an error, and the loop serves the next call."""

    def leave() -> None:
        raise SystemExit(3)

    loop = LoopThread()
    with pytest.raises(RuntimeError, match=r"tried to end the process: SystemExit\(3\)"):
        loop.run(run_blocking(leave))
    assert loop.run(run_blocking(lambda: 42)) == 42
    loop.close()


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


async def test_what_runs_to_its_end_is_waited_for_when_it_is_cancelled():
    """What writes must be over when its caller is."""
    begun, may_end, done = threading.Event(), threading.Event(), []

    def write() -> None:
        begun.set()
        may_end.wait(5)
        done.append(True)

    running = asyncio.create_task(run_to_end(write))
    await asyncio.to_thread(begun.wait, 5)
    running.cancel()
    await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.sleep(0.02)
    assert not running.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert done == [True]


async def test_workers_that_have_nothing_to_do_end(monkeypatch: pytest.MonkeyPatch):
    """A burst must not leave its threads for good."""
    monkeypatch.setattr(_Worker, "idle_s", 0.05)
    together = threading.Barrier(50)
    await asyncio.gather(*(run_blocking(together.wait) for _ in range(50)))
    assert len(workers()) >= 50
    deadline = time.monotonic() + 5
    while len(workers()) > 5 and time.monotonic() < deadline:  # some are of other tests
        await asyncio.sleep(0.02)
    assert len(workers()) <= 5
    assert await run_blocking(lambda: 42) == 42


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "roleagent-worker"]


def test_closing_a_loop_ends_what_runs_in_it():
    """A turn that is left behind must not be found half done by the next."""
    loop, ended = LoopThread(), threading.Event()

    async def never() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async def start() -> asyncio.Task[None]:
        task = asyncio.create_task(never())
        await asyncio.sleep(0)
        return task

    task = loop.run(start())
    loop.close()
    assert ended.is_set()
    assert task.cancelled()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_workers_and_a_loop_of_its_own():
    """Its parent's threads are not in it; waiting for them would never end."""
    loop = LoopThread()
    assert loop.run(run_blocking(lambda: 1)) == 1
    assert answer_of_child(lambda: loop.run(run_blocking(lambda: 42))) == 42
    assert loop.run(run_blocking(lambda: 2)) == 2
    loop.close()


def answer_of_child(function: Callable[[], int]) -> int | None:
    """What a function gives in a forked process; None where that hangs."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(function())
        except BaseException:
            os._exit(255)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None
