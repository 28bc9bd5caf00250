"""Work on another thread, read by a loop or an event loop: in order, with its errors, cancelled in time."""

import asyncio
import gc
import threading
import time
from contextlib import aclosing, closing

import pytest

from roleagent.models.background import Emit, Run, aiterate, iterate


def count(limit: int, *, pause_s: float = 0.0, stopped: threading.Event | None = None):
    """Work that emits 0, 1, 2 … until it is cancelled, and says when it has stopped."""

    def work(emit: Emit[int], run: Run) -> None:
        for number in range(limit):
            if run.cancelled:
                break
            emit(number)
            time.sleep(pause_s)
        if stopped is not None:
            stopped.set()

    return work


def fail(emit: Emit[int], run: Run) -> None:
    """Work that breaks after its first value."""
    emit(1)
    raise ValueError("broken")


async def collect(work) -> list[int]:
    async with aclosing(aiterate(work)) as values:
        return [value async for value in values]


async def test_both_ways_give_everything_in_order() -> None:
    """Sync and async must agree."""
    with closing(iterate(count(50))) as values:
        assert list(values) == await collect(count(50)) == list(range(50))


async def test_errors_reach_the_reader() -> None:
    """What was emitted before the error still counts; the error is not lost on the thread."""
    seen = []
    with pytest.raises(ValueError, match="broken"):
        seen.extend(iterate(fail))
    with pytest.raises(ValueError, match="broken"):
        await collect(fail)


def test_closing_the_iterator_cancels_the_work() -> None:
    """A reader that has enough must not pay for the rest."""
    stopped = threading.Event()
    values = iterate(count(10_000, pause_s=0.001, stopped=stopped))
    assert next(values) == 0
    values.close()
    assert stopped.wait(2)


async def test_cancelling_the_task_cancels_the_work() -> None:
    """The workflow cancels drafts that nobody waits for."""
    stopped = threading.Event()
    task = asyncio.create_task(collect(count(10_000, pause_s=0.001, stopped=stopped)))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(stopped.wait, 2)


async def test_the_event_loop_stays_free() -> None:
    """While the work sleeps on its thread, other tasks go on."""
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - began)

    watcher = asyncio.create_task(watch())
    assert len(await collect(count(20, pause_s=0.02))) == 20
    watcher.cancel()
    assert longest < 0.3


def test_a_loop_that_ends_early_leaves_no_trouble_behind() -> None:
    """`asyncio.run` may close its loop while the thread is still emitting."""
    stopped = threading.Event()

    async def abandon() -> int:
        async for value in aiterate(count(10_000, pause_s=0.001, stopped=stopped)):
            return value
        return -1

    assert asyncio.run(abandon()) == 0
    gc.collect()
    assert stopped.wait(2)
