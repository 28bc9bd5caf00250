"""The order of turns: one at a time in a conversation, and none while all data of a user is being changed.

The first to ask begins first. All event loops of a process, and all its agents on one home, share one order,
so that a turn in one loop waits for a turn in another. A claim ends when its work has ended, including the
last worker thread that writes for it: see `run_writing`.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakSet, WeakValueDictionary

from roleagent.concurrency.blocking import begin, end_of, run_to_end
from roleagent.errors import InputError, StoreError
from roleagent.types import Owner, Thread

T = TypeVar("T")
_ASK_AGAIN_S = 0.25  # after which a waiting call asks those before it again to hurry


def _no_hurry() -> None: ...


@dataclass(eq=False, kw_only=True)
class _Claim:
    """A call that wants to begin, or has begun.

    Attributes:
        order: its position.
        owner: a user with a persona.
        thread_id: a conversation; None for all of the user's.
        let_begin: tells the waiting call that it may begin.
        hurry: asks the running call to finish, because others wait; called from any thread.
        loop: its event loop; None for a thread. The claims of a closed loop have ended.
        within: the claim of the turn inside which this one was made, for example by a tool.
        writes: the writes for it that are still running.
    """

    order: TurnOrder
    owner: str
    thread_id: str | None
    let_begin: Callable[[], object]
    hurry: Callable[[], object] = _no_hurry
    loop: asyncio.AbstractEventLoop | None = None
    within: _Claim | None = None
    is_over: bool = False
    writes: set[Future[Any]] = field(default_factory=set)  # Any: whatever is written for it

    def stands_in_the_way_of(self, other: _Claim) -> bool:
        return None in (self.thread_id, other.thread_id) or self.thread_id == other.thread_id

    @property
    def has_gone(self) -> bool:
        self.is_over = self.is_over or (self.loop is not None and self.loop.is_closed())
        return self.is_over and not self.writes


class TurnOrder:
    """The claims of each persona and user, in the order in which they came."""

    def __init__(self) -> None:
        self.reset()
        _all_orders.add(self)

    def reset(self) -> None:
        """Reset in a forked process, in which none of its parent's turns run."""
        self._lock = threading.RLock()
        self._claims: dict[str, list[_Claim]] = {}
        self._untidy: set[str] = set()

    @asynccontextmanager
    async def turn(self, thread: Thread, *, hurry: Callable[[], object] = _no_hurry) -> AsyncIterator[None]:
        """Wait for the conversation and hold it alone, for any listener.

        Args:
            thread: the conversation.
            hurry: called now and then in the claim's loop while other calls wait for its end.

        Raises:
            InputError: called within a turn of the same conversation, which would wait for itself.
        """
        async with self._claimed(thread.owner.name, thread.thread_id, hurry):
            yield

    @asynccontextmanager
    async def all_of_user(self, owner: Owner) -> AsyncIterator[None]:
        """Wait for all conversations of a user with a persona and hold them alone.

        Raises:
            InputError: called within a turn of this user.
        """
        async with self._claimed(owner.name, None, _no_hurry):
            yield

    @contextmanager
    def beside_turns(self, owner: Owner, what: str, *, hurry: Callable[[], object]) -> Iterator[None]:
        """Work for a user in a thread while turns run; only `all_of_user` and this work wait for each other.

        Args:
            owner: whose.
            what: a name for the work; two with the same name wait for each other.
            hurry: called from any thread while other calls wait for its end.
        """
        may_begin = threading.Event()
        claim = _Claim(
            order=self,
            owner=owner.name,
            thread_id=f"\x1f{what}",
            let_begin=may_begin.set,
            hurry=hurry,
        )
        self._enter(claim)
        try:
            while not may_begin.is_set():
                self._ask_to_hurry(claim)
                may_begin.wait(_ASK_AGAIN_S)
            yield
        finally:
            self._end(claim)

    @contextmanager
    def alone(self, owner: str) -> Iterator[bool]:
        """Hold all conversations of a user without waiting, if possible; yields whether it was.

        Args:
            owner: `Owner.name`.
        """
        held = _held.get()
        if held is not None and held.owner == owner and held.thread_id is None:
            with self._lock:
                is_held = not held.is_over and held in self._claims.get(owner, ())
            if is_held:
                yield True
                return
        claim = _Claim(order=self, owner=owner, thread_id=None, let_begin=_no_hurry)
        with self._lock:
            self._let_begin(owner)
            is_free = owner not in self._claims
            if is_free:
                self._claims[owner] = [claim]
        if not is_free:
            yield False
            return
        token = _held.set(claim)
        try:
            yield True
        finally:
            _held.reset(token)
            self._end(claim)

    def leave_untidy(self, owner: Owner) -> None:
        """Note that a user's data needs cleaning up when no call uses it."""
        with self._lock:
            self._untidy.add(owner.name)

    def is_untidy(self, owner: Owner) -> bool:
        """Whether a user's data waits for cleaning up."""
        with self._lock:
            return owner.name in self._untidy

    @contextmanager
    def tidying(self, owner: Owner) -> Iterator[bool]:
        """Yields whether to clean up now, because no other call has begun or waits."""
        with self.alone(owner.name) as is_alone:
            with self._lock:
                is_time = is_alone and owner.name in self._untidy
                if is_time:
                    self._untidy.discard(owner.name)
            yield is_time

    @asynccontextmanager
    async def _claimed(
        self, owner: str, thread_id: str | None, hurry: Callable[[], object]
    ) -> AsyncIterator[None]:
        loop, may_begin = asyncio.get_running_loop(), asyncio.Event()
        claim = _Claim(
            order=self,
            owner=owner,
            thread_id=thread_id,
            let_begin=lambda: loop.call_soon_threadsafe(may_begin.set),
            hurry=lambda: loop.call_soon_threadsafe(hurry),
            loop=loop,
            within=_held.get(),
        )
        self._enter(claim)
        token = _held.set(claim)
        try:
            while not may_begin.is_set():
                self._ask_to_hurry(claim)
                with suppress(TimeoutError):
                    await asyncio.wait_for(may_begin.wait(), _ASK_AGAIN_S)
            yield
        finally:
            self._end(claim)
            with suppress(ValueError):  # what was never awaited to its end is closed in any context
                _held.reset(token)

    def _enter(self, claim: _Claim) -> None:
        with self._lock:
            claims, place = self._claims.setdefault(claim.owner, []), None
            outer = claim.within
            while outer is not None:
                if outer in claims and not outer.is_over:
                    if outer.stands_in_the_way_of(claim):
                        raise InputError(
                            "A turn cannot take another one in its own conversation, nor forget its user: "
                            "it would wait for itself. Do it when the turn is over, or let a tool talk in "
                            "another conversation."
                        )
                    place = place or claims.index(outer) + 1  # before those who wait for the outer one
                outer = outer.within
            claims.insert(len(claims) if place is None else place, claim)
            self._let_begin(claim.owner)

    def _end(self, claim: _Claim) -> None:
        with self._lock:
            claim.is_over = True
            self._let_begin(claim.owner)

    def _let_begin(self, owner: str) -> None:
        """Drop claims that have ended, and let those begin that no earlier claim blocks."""
        # a loop that was closed in the middle of a turn never released its claim
        claims = [each for each in self._claims.pop(owner, ()) if not each.has_gone]
        if claims:
            self._claims[owner] = claims
        for place, claim in enumerate(claims):
            if not any(earlier.stands_in_the_way_of(claim) for earlier in claims[:place]):
                with suppress(RuntimeError):  # its loop was closed this very moment
                    claim.let_begin()

    def _ask_to_hurry(self, claim: _Claim) -> None:
        with self._lock:
            claims = self._claims.get(claim.owner, [])
            before = claims[: claims.index(claim)] if claim in claims else []
            for each in before:
                if each.stands_in_the_way_of(claim):
                    with suppress(RuntimeError):
                        each.hurry()

    def begin_writing(self, claim: _Claim, function: Callable[[], T]) -> Future[T]:
        """See `run_writing`."""
        with self._lock:
            if claim.is_over:
                raise StoreError("The turn was broken off: nothing of it is written any more.")
            future = begin(function)
            claim.writes.add(future)

        def end(done: Future[T]) -> None:
            with self._lock:
                claim.writes.discard(done)
                if claim.is_over:
                    self._let_begin(claim.owner)

        future.add_done_callback(end)
        return future


async def run_writing(function: Callable[[], T]) -> T:
    """Run a function that writes, in a worker thread, to its end.

    The current claim lasts until then, even if the caller is cancelled: a turn commits before its claim ends,
    or not at all. Without a claim this is `run_to_end`.

    Raises:
        StoreError: the claim has ended; nothing is written.
    """
    claim = _held.get()
    return await (
        run_to_end(function) if claim is None else end_of(claim.order.begin_writing(claim, function))
    )


def order_of(home: Path | None) -> TurnOrder:
    """The order of a home, the same for all spellings of its path in this process; a new one for None."""
    if home is None:
        return TurnOrder()
    place = home.expanduser().resolve()
    with _orders_lock:
        return _orders.setdefault(place, TurnOrder())


_held: ContextVar[_Claim | None] = ContextVar("_held", default=None)
_all_orders: WeakSet[TurnOrder] = WeakSet()
_orders: WeakValueDictionary[Path, TurnOrder] = WeakValueDictionary()
_orders_lock = threading.Lock()


def _reset_in_child() -> None:
    global _orders_lock
    _orders_lock = threading.Lock()
    for order in _all_orders:
        order.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_in_child)
