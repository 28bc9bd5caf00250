"""Who may begin: one turn at a time in a conversation, and none while all of a user is at stake.

Whoever comes first begins first. Event loops share one order, so that a turn in one of them waits for what is
done in another.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from roleagent.types import Scope


@dataclass(eq=False)
class _Claim:
    """One who wants to begin, or has begun.

    Attributes:
        thread_id: a conversation; None for all of the user's.
    """

    thread_id: str | None
    loop: asyncio.AbstractEventLoop
    may_begin: asyncio.Event = field(default_factory=asyncio.Event)

    def stands_in_the_way_of(self, other: _Claim) -> bool:
        return None in (self.thread_id, other.thread_id) or self.thread_id == other.thread_id


class TurnOrder:
    """The claims of each persona and user, in the order in which they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._claims: dict[str, list[_Claim]] = {}

    @asynccontextmanager
    async def turn(self, scope: Scope) -> AsyncIterator[None]:
        """Alone in a conversation, whoever listens."""
        async with self._claimed(scope.owner_name, scope.thread_id):
            yield

    @asynccontextmanager
    async def all_of_user(self, scope: Scope) -> AsyncIterator[None]:
        """Alone in all conversations of the scope's user with its persona."""
        async with self._claimed(scope.owner_name, None):
            yield

    def is_busy(self, scope: Scope) -> bool:
        """Whether anybody has begun, or waits, in any conversation of the scope's user."""
        with self._lock:
            return scope.owner_name in self._claims

    @asynccontextmanager
    async def _claimed(self, owner: str, thread_id: str | None) -> AsyncIterator[None]:
        claim = _Claim(thread_id, asyncio.get_running_loop())
        with self._lock:
            self._claims.setdefault(owner, []).append(claim)
            self._let_begin(owner)
        try:
            await claim.may_begin.wait()
            yield
        finally:
            with self._lock:
                self._let_begin(owner, ended=claim)

    def _let_begin(self, owner: str, *, ended: _Claim | None = None) -> None:
        # a loop that was closed in the midst of a turn never gave its claim back
        claims = [
            each for each in self._claims.pop(owner, ()) if each is not ended and not each.loop.is_closed()
        ]
        if claims:
            self._claims[owner] = claims
        for claim in _unhindered(claims):
            with suppress(RuntimeError):  # its loop was closed this very moment
                claim.loop.call_soon_threadsafe(claim.may_begin.set)


def _unhindered(claims: list[_Claim]) -> Iterator[_Claim]:
    """Claims that no earlier one stands in the way of."""
    for place, claim in enumerate(claims):
        if not any(earlier.stands_in_the_way_of(claim) for earlier in claims[:place]):
            yield claim
