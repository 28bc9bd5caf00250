"""Tests of the policy that says how long memories are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from roleagent.errors import InputError
from roleagent.home.retention import Retention
from roleagent.memory.recall.pool import recency
from roleagent.store import EpisodeAge

NOW = datetime(2026, 5, 1, tzinfo=UTC)
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
