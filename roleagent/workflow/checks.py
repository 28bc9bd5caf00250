"""Run critics and guards in worker threads, each check within a time limit.

Plug-ins may raise, hang, or take their time to load. Checks run one after the other in one thread, since
handing over to a thread for each would cost more than most checks take. If one exceeds its time, that thread
is abandoned, because a thread cannot be stopped, and another goes on with the rest. So that a plug-in that
always hangs does not collect threads without end, it is not asked while `MOST_HANGING` of its checks hang.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from roleagent.concurrency.blocking import begin
from roleagent.critics.version import with_version
from roleagent.types import Verdict

MOST_HANGING = 4
"""Checks of one plug-in that may hang at once, each in a thread of its own."""

_LOADING_S = 120.0  # for `warm_up`, before a plug-in's first check
_log = logging.getLogger(__name__)
_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question to one plug-in.

    Attributes:
        part: the critic or guard.
        ask: asks it.
        broken: the verdict where it does not answer, from the reason why.
    """

    part: object
    ask: Callable[[], Verdict]
    broken: Callable[[str], Verdict]


async def ask_all(checks: Sequence[Check], *, timeout_s: float) -> tuple[Verdict, ...]:
    """The verdicts of checks, in their order. A check that raises or exceeds its time counts as broken.

    Args:
        checks: what to ask.
        timeout_s: for each check, in seconds. Loading a plug-in that has `warm_up` does not count.
    """
    verdicts: list[Verdict] = []
    while len(verdicts) < len(checks):
        rest = checks[len(verdicts) :]
        if _state_of(rest[0].part).num_hanging >= MOST_HANGING:
            verdicts.append(rest[0].broken("It has not answered earlier checks."))
            continue
        verdicts += await _ask_until_one_hangs(rest, timeout_s)
    return tuple(verdicts)


async def _ask_until_one_hangs(checks: Sequence[Check], timeout_s: float) -> list[Verdict]:
    """The verdicts of checks up to the first that hangs, with a broken one for it."""
    running = _Run(checks)
    waiting = asyncio.wrap_future(begin(running.work))
    try:
        while not waiting.done():
            at, since, is_loading = running.now
            limit = _LOADING_S if is_loading else timeout_s
            left = since + limit - time.monotonic()
            if left <= 0 and running.abandon(at):
                what = "load" if is_loading else "answer"
                _log.warning("%r did not %s within %g s.", _name(checks[at].part), what, limit)
                return [*running.found[:at], checks[at].broken(f"It did not {what} within {limit:g} s.")]
            await asyncio.wait([waiting], timeout=max(left, 0.0))
    finally:
        running.leave()
        waiting.cancel()
    waiting.result()
    return running.found


@dataclass(eq=False)
class _Run:
    """Checks that run in one thread.

    Attributes:
        found: their verdicts so far.
        now: the place of the check that runs, since when (`time.monotonic`), and whether it is loading.
    """

    checks: Sequence[Check]
    found: list[Verdict] = field(default_factory=list)
    now: tuple[int, float, bool] = field(default_factory=lambda: (0, time.monotonic(), False))
    _is_left: bool = False
    _is_hanging: bool = False

    def work(self) -> None:
        """Run the checks, until nobody waits for them any more or a plug-in must not be asked."""
        for at, check in enumerate(self.checks):
            if at and _state_of(check.part).num_hanging >= MOST_HANGING:
                return
            verdict = self._ask(at, check)
            with _lock:
                if self._is_hanging:
                    _state_of(check.part).num_hanging -= 1
                if self._is_left:
                    return
                self.found.append(verdict)
                self.now = (at + 1, time.monotonic(), False)

    def _ask(self, at: int, check: Check) -> Verdict:
        try:
            if not (state := _state_of(check.part)).is_warm:
                self.now = (at, time.monotonic(), True)
                check.part.warm_up()  # type: ignore[attr-defined]  # else it counts as warm
                state.is_warm = True
            self.now = (at, time.monotonic(), False)
            verdict = check.ask()
        except Exception as error:  # a plug-in
            _log.exception("%r failed.", _name(check.part))
            return check.broken(f"It failed: {error!r}")
        if not isinstance(verdict, Verdict):
            _log.error("%r returned %r, which is no Verdict.", _name(check.part), verdict)
            return check.broken(f"It returned {verdict!r}, which is no Verdict.")
        return with_version(verdict, check.part)

    def abandon(self, at: int) -> bool:
        """Leave the thread to the check that hangs; False if that one has ended after all."""
        with _lock:
            if len(self.found) != at or at == len(self.checks):
                return False
            self._is_left = self._is_hanging = True
            _state_of(self.checks[at].part).num_hanging += 1
            return True

    def leave(self) -> None:
        """Run no further check."""
        with _lock:
            self._is_left = True


@dataclass(eq=False, slots=True)
class _State:
    """What is known of a plug-in: its checks that hang, and whether it is loaded."""

    num_hanging: int = 0
    is_warm: bool = False


_states: dict[int, _State] = {}


def _state_of(part: object) -> _State:
    """The state of a plug-in, by its identity: it need not be hashable."""
    state = _states.get(id(part))
    if state is None:
        state = _states.setdefault(id(part), _State(is_warm=not hasattr(part, "warm_up")))
        with suppress(TypeError):  # without weak references it is kept, as such objects are few
            weakref.finalize(part, _states.pop, id(part), None)
    return state


def _name(part: object) -> object:
    return getattr(part, "name", part)
