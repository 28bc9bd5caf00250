"""Who may begin: one turn at a time in a conversation, and none while all of a user is at stake.

Whoever comes first begins first. Event loops share one order, so that a turn in one of them waits for what is
done in another, and so do all agents of a process on one home. A claim ends when what was begun under it has
ended, and not before the last worker thread has that writes for it: see `run_writing`.
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
_ASK_AGAIN_S = 0.25  # after which who waits asks again that those before it hurry


def _no_hurry() -> None: ...


@dataclass(eq=False, kw_only=True)
class _Claim:
    """One who wants to begin, or has begun.

    Attributes:
        order: where it stands.
        owner: a user with a persona.
        thread_id: a conversation; None for all of the user's.
        let_begin: tells whoever waits that it may begin.
        hurry: asks whoever has begun to come to an end, since others wait; called from any thread.
        loop: where it lives; None for a thread. One that is closed has given up its claims.
        within: the claim of the turn within which this one is made, by a tool, say.
        writes: what still writes for it.
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
        self.start_anew()
        _all_orders.add(self)

    def start_anew(self) -> None:
        """In a forked process: nobody of its parent is in it."""
        self._lock = threading.RLock()
        self._claims: dict[str, list[_Claim]] = {}
        self._untidy: set[str] = set()

    @asynccontextmanager
    async def turn(self, thread: Thread, *, hurry: Callable[[], object] = _no_hurry) -> AsyncIterator[None]:
        """Alone in a conversation, whoever listens.

        Args:
            thread: the conversation.
            hurry: called now and then in the claim's loop while others wait for its end.

        Raises:
            InputError: it is asked for within a turn of the same conversation: it would wait for itself.
        """
        async with self._claimed(thread.owner.name, thread.thread_id, hurry):
            yield

    @asynccontextmanager
    async def all_of_user(self, owner: Owner) -> AsyncIterator[None]:
        """Alone in all conversations of a user with a persona.

        Raises:
            InputError: it is asked for within a turn of this user.
        """
        async with self._claimed(owner.name, None, _no_hurry):
            yield

    @contextmanager
    def beside_turns(self, owner: Owner, what: str, *, hurry: Callable[[], object]) -> Iterator[None]:
        """For a thread that works for a user while turns go on: `all_of_user` waits for it, and it for that.

        Args:
            owner: whose.
            what: names the work: two of one name wait for each other.
            hurry: called from any thread while others wait for its end.
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
        """Alone with all of a user without waiting, if that can be; says whether it is so.

        Args:
            owner: `Owner.name`.
        """
        held = _held.get()
        if held is not None and held.owner == owner and held.thread_id is None and self._stands(held):
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

    def is_busy(self, owner: Owner) -> bool:
        """Whether anybody has begun, or waits, in any conversation of a user."""
        with self._lock:
            return owner.name in self._claims

    def leave_untidy(self, owner: Owner) -> None:
        """Note that something of a user has to be put away as soon as nobody is about to use it."""
        with self._lock:
            self._untidy.add(owner.name)

    def is_untidy(self, owner: Owner) -> bool:
        """Whether something of a user waits to be put away."""
        with self._lock:
            return owner.name in self._untidy

    @contextmanager
    def tidying(self, owner: Owner) -> Iterator[bool]:
        """Says whether it is time to put away what was left untidy: nobody else has begun, or waits."""
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

    def _stands(self, claim: _Claim) -> bool:
        with self._lock:
            return not claim.is_over and claim in self._claims.get(claim.owner, ())

    def _let_begin(self, owner: str) -> None:
        # a loop that was closed in the middle of a turn never released its claim
        claims = [each for each in self._claims.pop(owner, ()) if not each.has_gone]
        if claims:
            self._claims[owner] = claims
        for claim in _unhindered(claims):
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
        future.add_done_callback(lambda done: self._has_written(claim, done))
        return future

    def _has_written(self, claim: _Claim, done: Future[T]) -> None:
        with self._lock:
            claim.writes.discard(done)
            if claim.is_over:
                self._let_begin(claim.owner)


def _unhindered(claims: list[_Claim]) -> Iterator[_Claim]:
    """Claims that no earlier one stands in the way of."""
    for place, claim in enumerate(claims):
        if not any(earlier.stands_in_the_way_of(claim) for earlier in claims[:place]):
            yield claim


async def run_writing(function: Callable[[], T]) -> T:
    """Run a function that writes, in a worker thread, to its end.

    The claim under which it is called stands until then, whoever is cancelled meanwhile: a turn commits
    before its claim ends, or not at all. Where there is no claim it is `run_to_end`.

    Raises:
        StoreError: the claim has ended; nothing is written.
    """
    claim = _held.get()
    return await (
        run_to_end(function) if claim is None else end_of(claim.order.begin_writing(claim, function))
    )


def order_of(home: Path | None) -> TurnOrder:
    """The order of a home, one for all of this process however they spell its path; a new one for None."""
    if home is None:
        return TurnOrder()
    place = home.expanduser().resolve()
    with _orders_lock:
        return _orders.setdefault(place, TurnOrder())


_held: ContextVar[_Claim | None] = ContextVar("_held", default=None)
_all_orders: WeakSet[TurnOrder] = WeakSet()
_orders: WeakValueDictionary[Path, TurnOrder] = WeakValueDictionary()
_orders_lock = threading.Lock()


def _start_anew() -> None:
    global _orders_lock
    _orders_lock = threading.Lock()
    for order in _all_orders:
        order.start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)
