"""A stream that is produced in a task of its own and passed on when the reader asks."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Generic, TypeVar

T = TypeVar("T")
_AWAY_S = 1.0  # after which one who has not asked for the next item counts as away
_ENDING_S = 5.0  # that one who leaves waits for the end of what is under way

_log = logging.getLogger(__name__)


class Relay(Generic[T]):
    """Connects a source of items with its reader.

    The source runs one step at a time: it waits until the reader asks for the next item, so it pauses when
    the reader pauses. If the reader closes the stream or is cancelled, the source ends. If the reader only
    pauses, the source waits until another call needs its end (`hurry`). Then it continues on its own, and its
    items are kept for the reader.

    Args:
        is_last: whether an item is the source's last one, so that the source can end without another request.
    """

    def __init__(self, is_last: Callable[[T], bool]) -> None:
        self._is_last = is_last
        self._items: asyncio.Queue[T | None] = asyncio.Queue()  # None at the end
        self._asked = asyncio.Event()
        self._is_hurried = self._is_at_end = False
        self._away_since: float | None = None

    def hurry(self) -> None:
        """Let the source continue without its reader, if the reader has paused for a while."""
        since = self._away_since
        if self._is_hurried or since is None or time.monotonic() - since < _AWAY_S:
            return
        _log.warning(
            "A stream was left without being closed, and others wait for its turn: it goes on by itself. "
            "Close a stream that you leave: `await stream.aclose()`."
        )
        self._is_hurried = True
        self._asked.set()

    async def items(self, source: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        """The items of the source; raises what it raises."""
        task = asyncio.create_task(self._run(source))
        try:
            while True:
                self._away_since = None
                self._asked.set()
                item = await self._items.get()
                if item is None:
                    break
                self._away_since = time.monotonic()
                yield item
            await task
        finally:
            await self._end(task)

    async def _run(self, source: AsyncGenerator[T, None]) -> None:
        try:
            async with aclosing(source):
                async for item in source:
                    self._asked.clear()
                    self._is_at_end = self._is_last(item)
                    self._items.put_nowait(item)
                    if not (self._is_hurried or self._is_at_end):
                        await self._asked.wait()
        finally:
            self._items.put_nowait(None)

    async def _end(self, task: asyncio.Task[None]) -> None:
        """Cancel the source's task if the reader leaves early, and wait a while for it to end."""
        if task.done():
            return
        if not self._is_at_end:
            task.cancel()
        task.add_done_callback(_tell_of_failure)
        _, pending = await asyncio.wait([task], timeout=_ENDING_S)
        if pending:
            _log.warning("A turn that was left still writes; whoever comes next waits for its end.")


def _tell_of_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.warning("A turn that was left failed: %r", error)
