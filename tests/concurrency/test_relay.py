"""A stream in a task of its own, and those who leave it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from roleagent.concurrency import relay
from roleagent.concurrency.relay import Relay


class Source:
    """Counts up to three, and remembers how far it came and how it ended."""

    def __init__(self, error: Exception | None = None) -> None:
        self.given, self.ended, self.error = 0, False, error

    async def __call__(self) -> AsyncGenerator[int, None]:
        try:
            for number in (1, 2, 3):
                self.given = number
                yield number
            if self.error:
                raise self.error
        finally:
            await asyncio.sleep(0)
            self.ended = True


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_everything_comes_in_order_and_only_when_asked_for() -> None:
    source = Source()
    items = Relay[int](lambda _: False).items(source())
    assert await anext(items) == 1
    await settle()
    assert source.given == 1
    assert [item async for item in items] == [2, 3]
    assert source.ended


async def test_the_last_item_need_not_be_asked_after() -> None:
    """Whoever stops at the end leaves nothing open."""
    source = Source()
    items = Relay[int](lambda item: item == 3).items(source())
    assert [await anext(items) for _ in range(3)] == [1, 2, 3]
    await settle()
    assert source.ended


async def test_an_error_reaches_the_reader() -> None:
    items = Relay[int](lambda _: False).items(Source(KeyError("why"))())
    with pytest.raises(KeyError, match="why"):
        [item async for item in items]


async def test_closing_ends_the_source_before_it_returns() -> None:
    source = Source()
    items = Relay[int](lambda _: False).items(source())
    await anext(items)
    await items.aclose()
    assert (source.given, source.ended) == (1, True)


async def test_cancelling_the_reader_ends_the_source() -> None:
    source = Source()
    relayed = Relay[int](lambda _: False)

    async def read() -> None:
        async for _ in relayed.items(source()):
            await asyncio.sleep(10)

    reading = asyncio.create_task(read())
    await settle()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await settle()
    assert (source.given, source.ended) == (1, True)


async def test_one_who_is_away_while_others_wait_is_not_waited_for_and_misses_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    source, relayed = Source(), Relay[int](lambda _: False)
    items = relayed.items(source())
    await anext(items)
    relayed.hurry()
    await settle()
    assert source.given == 1  # it has not been away for long
    monkeypatch.setattr(relay, "_AWAY_S", 0.0)
    relayed.hurry()
    await settle()
    assert source.ended
    assert "left without being closed" in caplog.text
    assert [item async for item in items] == [2, 3]


async def test_leaving_does_not_wait_without_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A store that hangs holds up who comes next, not who leaves."""
    monkeypatch.setattr(relay, "_ENDING_S", 0.05)
    may_end = asyncio.Event()

    async def stubborn() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            await may_end.wait()

    items = Relay[int](lambda _: False).items(stubborn())
    await anext(items)
    await asyncio.wait_for(items.aclose(), 5)
    assert "still writes" in caplog.text
    may_end.set()
    await settle()
