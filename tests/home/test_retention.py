"""Tests of retention: the policy, and what a home erases by it."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roleagent.errors import InputError
from roleagent.home.home import Home
from roleagent.home.retention import Retention
from roleagent.memory.in_process import InProcessMemory
from roleagent.memory.recall.pool import recency
from roleagent.settings import get_settings
from roleagent.store import EpisodeAge
from tests.home.agents import holding, make_agent
from tests.home.canaries import (
    NOW,
    PLANTED,
    birds_of,
    found,
    places_left,
)

DAY = timedelta(days=1)


def age(days: float, importance: float | None = None, *, is_source: bool = False) -> EpisodeAge:
    name = f"{days:g}{'!' if importance else ''}{'?' if is_source else ''}"
    return EpisodeAge(id=name, at=NOW - days * DAY, importance=importance, is_source=is_source)


def test_strength_halves_with_every_half_life() -> None:
    """0.5 ** (age / half_life), by hand."""
    policy = Retention(half_life=10 * DAY)
    assert [policy.strength(days * DAY) for days in (0, 10, 20, 30)] == [1.0, 0.5, 0.25, 0.125]
    assert policy.strength(-DAY) == 1.0  # a clock that runs backwards
    assert Retention(half_life=DAY / 1_440).strength(-9 * DAY) == 1.0
    assert Retention().strength(9_999 * DAY) == 1.0


@pytest.mark.parametrize(
    ("policy", "gone"),
    [
        (Retention(), ()),
        (Retention(half_life=10 * DAY, floor=0.2), ("30",)),
        (Retention(half_life=10 * DAY, floor=0.3, keep_importance=0.95), ("25!", "30", "40!")),
        (Retention(max_episodes=3), ("30", "1", "50?")),
        (Retention(max_episodes=4, keep_importance=0.8), ("30", "1")),
        (Retention(max_episodes=1, keep_importance=0.8), ("50?", "30", "40!", "25!", "1")),
        (Retention(half_life=10 * DAY, floor=0.2, max_episodes=4), ("30", "1")),
        (Retention(max_age=DAY / 2), ()),  # a time to live is a selection of its own
    ],
)
def test_the_old_and_unimportant_go_first(policy: Retention, gone: tuple[str, ...]) -> None:
    """What matters, and what a fact rests on, does not fade; where too many matter, the oldest go."""
    episodes = [age(50, is_source=True), age(40, 0.9), age(30), age(25, 0.9), age(1), age(0, 0.9)]
    assert set(policy.faded(episodes, now=NOW)) == set(gone)


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_age": timedelta()},
        {"half_life": -DAY},
        {"max_episodes": 0},
        {"keep_importance": 1.5},
        {"floor": -0.1},
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    """A wrong sign would erase everything at the next start."""
    with pytest.raises(InputError, match=next(iter(wrong))):
        Retention(**wrong)  # type: ignore[arg-type]


def test_what_fades_sooner_is_recalled_later() -> None:
    """The same forgetting curve lowers what is old in recall, long before it is erased."""
    at = np.array([0.0, (10 * DAY).total_seconds()])
    assert recency(at, (10 * DAY).total_seconds()).tolist() == [0.5, 1.0]
    assert recency(at, (5 * DAY).total_seconds()).tolist() == [0.25, 1.0]


# ── in a home ────────────────────────────────────────────────────────────────────────────────────


def test_a_moment_without_a_zone_is_refused(tmp_path: Path) -> None:
    """It would be hours off, and what goes does not come back."""
    with closing(Home(tmp_path)) as home, pytest.raises(InputError, match="time zone"):
        home.apply_retention(Retention(max_age=timedelta(days=1)), now=datetime(2026, 1, 1))


def test_a_time_to_live_erases_for_good(folder: Path) -> None:
    """What is older is gone from every byte, of every user; the rest is not touched."""
    birds = birds_of(folder)
    policy = Retention(max_age=timedelta(days=10))
    now = NOW + timedelta(days=11)
    with closing(Home(folder)) as home:
        receipts = home.apply_retention(policy, now=now)
        assert home.apply_retention(policy, now=now) == []
    assert [receipt.removed["episodes"] for receipt in receipts] == [1, 1]
    assert found(folder, [birds["ada"][0], birds["bob"][0]]) == {}
    assert places_left(folder, birds["ada"][1]) == PLANTED - {"turn"}


def test_a_policy_of_one_persona_leaves_others_alone(folder: Path) -> None:
    """Agents share a home by default, each with a policy of its own."""
    with closing(Home(folder)) as home:
        policy = Retention(max_age=timedelta(days=1))
        assert home.apply_retention(policy, persona_id="watson", now=NOW + timedelta(days=99)) == []


def test_a_policy_with_nothing_to_erase_touches_nothing(folder: Path) -> None:
    """No ids at all would mean everything, and a turn that waits would be lost at every start."""
    birds = birds_of(folder)
    with closing(Home(folder)) as home:
        policy = Retention(half_life=timedelta(days=30), max_episodes=9)
        assert home.apply_retention(policy, now=NOW + timedelta(days=3)) == []
    assert places_left(folder, birds["ada"][0]) == PLANTED


async def test_an_agent_keeps_no_longer_than_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its next start, by argument or by setting."""
    with make_agent(tmp_path, "Ah.") as agent:
        await agent.run("My cat is called Milo.", user_id="ann")
    with make_agent(tmp_path, retention=Retention(max_age=timedelta(days=1))) as agent:
        assert len(await agent.conversation(user_id="ann").history()) == 2
    monkeypatch.setenv("ROLEAGENT_MAX_AGE_DAYS", "1e-9")
    get_settings.cache_clear()
    try:
        with make_agent(tmp_path) as agent:
            assert await agent.conversation(user_id="ann").history() == []
    finally:
        get_settings.cache_clear()
    assert holding(tmp_path, "Milo") == set()


async def test_a_memory_of_ones_own_has_to_see_to_its_age_itself(tmp_path: Path) -> None:
    """A policy that is silently not followed is worse than none."""

    class OwnMemory:
        def __init__(self) -> None:
            self.inner = InProcessMemory()

        def __getattr__(self, name: str) -> Any:
            if name == "store":
                raise AttributeError(name)  # it has no record that a home could look after
            return getattr(self.inner, name)

    policy = Retention(max_episodes=1)
    agent = make_agent(tmp_path, memory=OwnMemory(), retention=policy)
    with agent, pytest.raises(InputError, match="OwnMemory"):
        await agent.conversation(user_id="ann").history()
