"""Which summaries there ought to be: never more than allowed, and the same for the same episodes."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from roleagent.memory.summaries.plan import Session, SummaryPolicy, plan
from roleagent.types import STRANGER, Sight

from .talk import START, TALK


def sessions_on(*days: int, num_episodes: int = 4) -> list[Session]:
    return [
        Session(
            thread=TALK,
            sight=STRANGER,
            sources=tuple(f"{day}/{number}" for number in range(num_episodes)),
            first_at=START + timedelta(days=day),
            last_at=START + timedelta(days=day, hours=1),
        )
        for day in days
    ]


def levels(sessions: list[Session], *, day: int, **policy: int) -> list[tuple[str, int]]:
    """The level of each, and of how many sessions it is."""
    planned = plan(sessions, SummaryPolicy(**policy), START + timedelta(days=day))  # type: ignore[arg-type]
    return [(each.level, len(each.sessions)) for each in planned]


def test_a_running_month_has_its_sessions_and_one_that_is_over_is_told_whole() -> None:
    """March has 30 days left from its second day on."""
    march = sessions_on(0, 1, 2)
    assert levels(march, day=10) == [("session", 1)] * 3
    assert levels(march, day=40) == [("session", 1)] * 3 + [("period", 3)]


def test_a_single_session_needs_no_period() -> None:
    """It would say the same twice."""
    assert levels(sessions_on(0), day=40) == [("session", 1)]


def test_sessions_without_a_place_are_gathered() -> None:
    """The newest keep theirs."""
    planned = plan(sessions_on(0, 1, 2), SummaryPolicy(max_sessions=1), START + timedelta(days=10))
    assert [each.sources[0] for each in planned] == ["2/0", "0/0"]
    assert [len(each.sessions) for each in planned] == [1, 2]


def test_the_oldest_periods_become_one() -> None:
    """Ten months, and room for three."""
    days = [30 * month + day for month in range(10) for day in (1, 2)]
    assert levels(sessions_on(*days), day=400, max_periods=3, max_sessions=0) == [
        ("period", 2),
        ("period", 2),
        ("period", 16),
    ]


def test_a_short_session_is_told_with_others_only() -> None:
    """Two greetings need no notes."""
    short = sessions_on(0, 1, 2, num_episodes=2)
    assert levels(short, day=40) == [("period", 3)]
    assert levels(short[:1], day=40) == []


@given(
    days=st.lists(st.integers(0, 400), unique=True, max_size=40),
    listeners=st.lists(st.sampled_from(["", "mary", "watson"]), min_size=40, max_size=40),
    most=st.integers(0, 5),
    now=st.integers(401, 500),
)
def test_caps_hold_and_audiences_stay_apart(
    days: list[int], listeners: list[str], most: int, now: int
) -> None:
    """Whatever was said when, to whom: never too many, never mixed, never twice under one level."""
    sessions = [
        replace(each, sight=Sight(listener=listener))
        for each, listener in zip(sessions_on(*sorted(days)), listeners, strict=False)
    ]
    policy = SummaryPolicy(max_sessions=most, max_periods=most)
    planned = plan(sessions, policy, START + timedelta(days=now))
    for level in ("session", "period"):
        of_level = [each for each in planned if each.level == level]
        sources = [source for each in of_level for source in each.sources]
        assert len(of_level) <= most
        assert len(sources) == len(set(sources))
    assert all(len({one.sight for one in each.sessions}) == 1 for each in planned)
    assert planned == plan(sessions, policy, START + timedelta(days=now))
