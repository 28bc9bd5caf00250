"""Tests of who may begin."""

import asyncio
import contextvars
import threading
import time
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from roleagent.concurrency.turn_order import TurnOrder, order_of, run_writing
from roleagent.errors import InputError, StoreError
from roleagent.types import Owner, Thread

T = TypeVar("T")

ADA = Owner(persona_id="holmes", user_id="ada")
ADA_TALK = Thread(owner=ADA, thread_id="one")
ADA_ELSEWHERE_TALK = Thread(owner=ADA, thread_id="two")
BOB = Owner(persona_id="holmes", user_id="bob")
BOB_TALK = Thread(owner=BOB, thread_id="one")


async def begins(claim: AbstractAsyncContextManager[None]) -> bool:
    """Whether a claim of somebody else is let in at once."""

    async def enter() -> None:
        async with claim:
            pass

    entering = asyncio.create_task(enter(), context=contextvars.Context())
    try:
        await asyncio.wait_for(entering, 0.05)
    except TimeoutError:
        return False
    return True


async def test_a_conversation_has_one_turn_at_a_time_and_others_go_on() -> None:
    order = TurnOrder()
    async with order.turn(ADA_TALK):
        assert not await begins(order.turn(ADA_TALK))
        assert await begins(order.turn(ADA_ELSEWHERE_TALK))
        assert await begins(order.turn(BOB_TALK))
    assert await begins(order.turn(ADA_TALK))


async def test_all_of_a_user_waits_for_the_users_turns_and_holds_up_new_ones() -> None:
    order = TurnOrder()
    async with order.turn(ADA_ELSEWHERE_TALK):
        assert not await begins(order.all_of_user(ADA))
    async with order.all_of_user(ADA):
        assert not await begins(order.turn(ADA_ELSEWHERE_TALK))
        assert await begins(order.turn(BOB_TALK))


async def test_who_comes_first_begins_first() -> None:
    """A turn that comes after a forgetting does not slip in before it, though nobody speaks there."""
    order, begun = TurnOrder(), []

    async def take(name: str, claim: AbstractAsyncContextManager[None]) -> None:
        async with claim:
            begun.append(name)

    async with order.turn(ADA_TALK):
        waiting = [
            asyncio.create_task(take(name, claim), context=contextvars.Context())
            for name, claim in (
                ("forgetting", order.all_of_user(ADA)),
                ("elsewhere", order.turn(ADA_ELSEWHERE_TALK)),
                ("here", order.turn(ADA_TALK)),
            )
        ]
        await asyncio.sleep(0.02)
        assert begun == []
    await asyncio.gather(*waiting)
    assert begun[0] == "forgetting"
    assert sorted(begun[1:]) == ["elsewhere", "here"]


async def test_who_gives_up_waiting_holds_nobody_up() -> None:
    order = TurnOrder()
    async with order.turn(ADA_TALK):
        waiting = asyncio.create_task(begins(order.all_of_user(ADA)), context=contextvars.Context())
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await begins(order.turn(ADA_ELSEWHERE_TALK))
    assert await begins(order.all_of_user(ADA))


async def test_loops_share_one_order() -> None:
    order, inside, may_end = TurnOrder(), threading.Event(), threading.Event()

    async def elsewhere() -> None:
        async with order.turn(ADA_TALK):
            inside.set()
            await asyncio.to_thread(may_end.wait, 5)

    thread = threading.Thread(target=asyncio.run, args=[elsewhere()])
    thread.start()
    assert await asyncio.to_thread(inside.wait, 5)
    assert not await begins(order.all_of_user(ADA))
    may_end.set()
    async with order.all_of_user(ADA):
        assert not await begins(order.turn(ADA_TALK))
    thread.join()


def test_a_loop_that_was_closed_in_the_midst_of_a_turn_holds_nobody_up() -> None:
    order, loop = TurnOrder(), asyncio.new_event_loop()
    left_open = order.turn(ADA_TALK)
    loop.run_until_complete(left_open.__aenter__())
    loop.close()
    assert asyncio.run(begins(order.turn(ADA_TALK)))


def elsewhere(coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task that is no part of whatever runs here."""
    return asyncio.create_task(coroutine, context=contextvars.Context())


async def test_a_claim_stands_until_its_last_thread_has_written() -> None:
    """Whoever is cancelled: what was begun is done before the next one begins, or never is."""
    order, begun, may_end, events = TurnOrder(), threading.Event(), threading.Event(), []

    def write() -> None:
        begun.set()
        may_end.wait(5)
        events.append("written")

    async def turn() -> None:
        async with order.turn(ADA_TALK):
            await run_writing(write)

    async def forget() -> None:
        async with order.all_of_user(ADA):
            events.append("forgotten")

    running = elsewhere(turn())
    assert await asyncio.to_thread(begun.wait, 5)
    running.cancel()
    running.cancel()
    forgetting = elsewhere(forget())
    await asyncio.sleep(0.05)
    assert events == []
    may_end.set()
    await forgetting
    assert events == ["written", "forgotten"]
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_what_outlives_its_claim_writes_no_more() -> None:
    """A task that a turn has left behind must not write after a receipt."""
    order, written = TurnOrder(), []
    async with order.turn(ADA_TALK):
        late = asyncio.create_task(_after(0.05, run_writing(lambda: written.append("late"))))
    with pytest.raises(StoreError, match="broken off"):
        await late
    assert written == []


async def _after(seconds: float, coroutine: Coroutine[Any, Any, T]) -> T:
    await asyncio.sleep(seconds)
    return await coroutine


def test_a_loop_that_was_closed_while_a_thread_writes_is_waited_for() -> None:
    order, loop, begun, may_end = TurnOrder(), asyncio.new_event_loop(), threading.Event(), threading.Event()

    async def turn() -> None:
        async with order.turn(ADA_TALK):
            await run_writing(lambda: begun.set() or may_end.wait(5))

    running = loop.create_task(turn())
    loop.run_until_complete(asyncio.sleep(0.05))
    assert begun.wait(5)
    loop.close()
    assert not asyncio.run(begins(order.turn(ADA_TALK)))
    may_end.set()
    time.sleep(0.05)
    assert asyncio.run(begins(order.turn(ADA_TALK)))
    del running


async def test_within_a_turn_another_conversation_goes_before_who_waits_for_the_turn() -> None:
    """A tool that talks elsewhere, while somebody forgets: neither waits for the other."""
    order, events = TurnOrder(), []

    async def forget() -> None:
        async with order.all_of_user(ADA):
            events.append("forgotten")

    async with order.turn(ADA_TALK):
        forgetting = elsewhere(forget())
        await asyncio.sleep(0.01)
        async with order.turn(ADA_ELSEWHERE_TALK):
            events.append("talked")
    await forgetting
    assert events == ["talked", "forgotten"]


async def test_what_would_wait_for_itself_is_refused() -> None:
    order = TurnOrder()
    async with order.turn(ADA_TALK), order.turn(ADA_ELSEWHERE_TALK):
        for claim in (order.turn(ADA_TALK), order.turn(ADA_ELSEWHERE_TALK), order.all_of_user(ADA)):
            with pytest.raises(InputError, match="wait for itself"):
                await claim.__aenter__()
    assert await begins(order.all_of_user(ADA))


async def test_who_is_waited_for_is_asked_to_hurry() -> None:
    order, asked, calls = TurnOrder(), asyncio.Event(), []
    async with order.turn(ADA_TALK, hurry=asked.set):
        waiting = elsewhere(begins(order.turn(ADA_TALK)))
        await asyncio.wait_for(asked.wait(), 5)
        await waiting
    with order.beside_turns(ADA, "work", hurry=lambda: calls.append("hurry")):
        assert await begins(order.turn(ADA_TALK))
        assert calls == []
        assert not await begins(order.all_of_user(ADA))
    assert calls


async def test_alone_is_who_finds_nobody() -> None:
    order, owner = TurnOrder(), ADA.name
    async with order.turn(ADA_TALK):
        with order.alone(owner) as is_alone:
            assert not is_alone
    with order.alone(owner) as is_alone, order.alone(owner) as is_still_alone:
        assert is_alone
        assert is_still_alone
        assert not await begins(order.turn(ADA_TALK))
    async with order.all_of_user(ADA):
        with order.alone(owner) as is_alone:
            assert is_alone
    assert await begins(order.all_of_user(ADA))


def test_a_home_has_one_order_however_its_path_is_spelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "home")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    order = order_of(tmp_path / "home")
    spellings = ("home", "home/../home", "link", "~/home", "./home/")
    assert all(order_of(Path(each)) is order for each in spellings)
    assert order_of(tmp_path / "other") is not order
    assert order_of(None) is not order_of(None)
