"""Critics and guards that raise, hang or take long to load."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from roleagent.testing.critics import RejectWords, a_scene
from roleagent.types import Verdict
from roleagent.workflow import checks
from roleagent.workflow.checks import MOST_HANGING
from roleagent.workflow.judging import judge, screen
from tests.workflow.pieces import make_agent, turn

SOON = 0.05  # seconds


@dataclass(eq=True)  # so that it cannot be hashed
class Hangs:
    """Answers only when it is let go."""

    name: str = "hangs"
    fails_open: bool = False
    let_go: threading.Event = field(default_factory=threading.Event)
    num_asked: int = 0

    def check(self, draft: str, scene: Any, *, complete: bool) -> Verdict:
        self.num_asked += 1
        self.let_go.wait(30)
        return Verdict(critic=self.name, ok=True)

    def screen(self, text: str, *, where: str) -> Verdict:
        return self.check(text, None, complete=True)


@dataclass
class Raises:
    """Cannot judge."""

    name: str = "raises"
    fails_open: bool = False

    def check(self, draft: str, scene: Any, *, complete: bool) -> Verdict:
        raise ZeroDivisionError("no luck")


@pytest.mark.parametrize("broken", [Raises, Hangs])
@pytest.mark.parametrize("fails_open", [False, True])
async def test_a_critic_that_gives_no_verdict_rejects_unless_it_fails_open(broken: Any, fails_open: bool):
    """Nothing passes for safety; a lapse of style lets the draft through, and both are visible."""
    critic = broken(fails_open=fails_open)
    others = RejectWords(["robot"], name="a"), RejectWords(["robot"], name="b")
    found = await judge("Good day.", a_scene(), [others[0], critic, others[1]], complete=True, timeout_s=SOON)
    assert [verdict.critic for verdict in found] == ["a", critic.name, "b"]
    assert [verdict.ok for verdict in found] == [True, fails_open, True]
    assert found[1].reason.startswith("The critic itself gave no verdict.")
    if broken is Hangs:
        assert "within 0.05 s" in found[1].reason
        critic.let_go.set()
    else:
        assert "no luck" in found[1].reason


async def test_a_draft_that_passed_unjudged_says_so(caplog: pytest.LogCaptureFixture):
    """In the reply, in its explanation and in the log."""
    agent, _ = make_agent(["I am Ada."], critics=[Raises(fails_open=True)])
    with caplog.at_level(logging.WARNING):
        reply, _ = await turn(agent)
    assert reply.text == "I am Ada."
    assert "no luck" in reply.verdicts[0].reason
    assert "raises: passed (The critic itself gave no verdict." in reply.explain().as_markdown()
    assert "'raises' failed" in caplog.text


async def test_a_guard_that_hangs_counts_as_a_warning():
    """What could not be screened is suspicious."""
    guard = Hangs()
    (warning,) = await screen([("user", "Hello.")], [guard], timeout_s=SOON)
    assert (warning.ok, warning.where) == (False, "user")
    assert "did not answer" in warning.reason
    guard.let_go.set()


async def test_a_critic_that_hangs_blocks_neither_the_loop_nor_the_others():
    """Other users' turns run in the same loop."""
    critic, ticks = Hangs(), 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await judge("Good day.", a_scene(), [critic], complete=True, timeout_s=0.2)
    ticking.cancel()
    assert ticks > 5
    critic.let_go.set()


async def test_threads_that_hang_are_limited_and_come_back():
    """A critic that always hangs must not collect a thread a sentence; once it answers, it is asked again."""
    critic = Hangs()
    before = threading.active_count()
    for _ in range(3 * MOST_HANGING):
        (verdict,) = await judge("Good day.", a_scene(), [critic], complete=True, timeout_s=0.01)
        assert not verdict.ok
    assert critic.num_asked == MOST_HANGING
    assert threading.active_count() <= before + MOST_HANGING + 1
    assert "earlier checks" in verdict.reason
    critic.let_go.set()
    deadline = time.monotonic() + 5
    while checks._state_of(critic).num_hanging and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    (verdict,) = await judge("Good day.", a_scene(), [critic], complete=True, timeout_s=5)
    assert verdict.ok


async def test_loading_does_not_count_as_checking():
    """A critic with weights is slow once; that is no reason to reject what somebody says first."""

    class Loads(RejectWords):
        num_loads = 0

        def warm_up(self) -> None:
            self.num_loads += 1
            time.sleep(0.15)

    critic = Loads(["robot"])
    for _ in range(2):
        (verdict,) = await judge("Good day.", a_scene(), [critic], complete=True, timeout_s=SOON)
        assert verdict.ok, verdict.reason
    assert critic.num_loads == 1


async def test_what_is_no_verdict_counts_as_none():
    """A plug-in may forget to return."""

    class Forgets:
        name = "forgets"

        def check(self, draft: str, scene: Any, *, complete: bool) -> Any:
            return None

    (verdict,) = await judge("Good day.", a_scene(), [Forgets()], complete=True)
    assert (verdict.ok, verdict.critic) == (False, "forgets")
    assert "None" in verdict.reason


async def test_who_is_cancelled_leaves_the_rest_unasked():
    """A user who leaves should not keep the machine busy."""
    first, second = Hangs(), Hangs()
    asking = asyncio.create_task(judge("Good day.", a_scene(), [first, second], complete=True, timeout_s=9))
    await asyncio.sleep(SOON)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    first.let_go.set()
    await asyncio.sleep(SOON)
    assert (first.num_asked, second.num_asked) == (1, 0)
