"""Tests of who may begin."""

import asyncio
import threading
from contextlib import AbstractAsyncContextManager

import pytest

from roleagent.turn_order import TurnOrder
from roleagent.types import Scope

ADA = Scope(persona_id="holmes", user_id="ada", thread_id="one")
ADA_ELSEWHERE = Scope(persona_id="holmes", user_id="ada", thread_id="two")
BOB = Scope(persona_id="holmes", user_id="bob", thread_id="one")


async def begins(claim: AbstractAsyncContextManager[None]) -> bool:
    """Whether a claim is let in at once."""

    async def enter() -> None:
        async with claim:
            pass

    try:
        await asyncio.wait_for(enter(), 0.05)
    except TimeoutError:
        return False
    return True


async def test_a_conversation_has_one_turn_at_a_time_and_others_go_on() -> None:
    order = TurnOrder()
    async with order.turn(ADA):
        assert not await begins(order.turn(ADA))
        assert await begins(order.turn(ADA_ELSEWHERE))
        assert await begins(order.turn(BOB))
    assert await begins(order.turn(ADA))


async def test_all_of_a_user_waits_for_the_users_turns_and_holds_up_new_ones() -> None:
    order = TurnOrder()
    async with order.turn(ADA_ELSEWHERE):
        assert not await begins(order.all_of_user(ADA))
    async with order.all_of_user(ADA):
        assert not await begins(order.turn(ADA_ELSEWHERE))
        assert await begins(order.turn(BOB))


async def test_who_comes_first_begins_first() -> None:
    """A turn that comes after a forgetting does not slip in before it, though nobody speaks there."""
    order, begun = TurnOrder(), []

    async def take(name: str, claim: AbstractAsyncContextManager[None]) -> None:
        async with claim:
            begun.append(name)

    async with order.turn(ADA):
        waiting = [
            asyncio.create_task(take("forgetting", order.all_of_user(ADA))),
            asyncio.create_task(take("elsewhere", order.turn(ADA_ELSEWHERE))),
            asyncio.create_task(take("here", order.turn(ADA))),
        ]
        await asyncio.sleep(0.02)
        assert begun == []
    await asyncio.gather(*waiting)
    assert begun[0] == "forgetting"
    assert sorted(begun[1:]) == ["elsewhere", "here"]


async def test_who_gives_up_waiting_holds_nobody_up() -> None:
    order = TurnOrder()
    async with order.turn(ADA):
        waiting = asyncio.create_task(begins(order.all_of_user(ADA)))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await begins(order.turn(ADA_ELSEWHERE))
    assert not order.is_busy(ADA)


async def test_loops_share_one_order() -> None:
    order, inside, may_end = TurnOrder(), threading.Event(), threading.Event()

    async def elsewhere() -> None:
        async with order.turn(ADA):
            inside.set()
            await asyncio.to_thread(may_end.wait, 5)

    thread = threading.Thread(target=asyncio.run, args=[elsewhere()])
    thread.start()
    assert await asyncio.to_thread(inside.wait, 5)
    assert not await begins(order.all_of_user(ADA))
    may_end.set()
    async with order.all_of_user(ADA):
        assert order.is_busy(ADA)
    thread.join()


def test_a_loop_that_was_closed_in_the_midst_of_a_turn_holds_nobody_up() -> None:
    order, loop = TurnOrder(), asyncio.new_event_loop()
    left_open = order.turn(ADA)
    loop.run_until_complete(left_open.__aenter__())
    loop.close()
    assert asyncio.run(begins(order.turn(ADA)))
