"""Which summaries there should be: never more than allowed, and the same for the same episodes."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from roleagent.memory.summaries.plan import Session, SummaryPolicy, cut_sessions, group_by_period, plan
from roleagent.store import EpisodeMark
from roleagent.types import STRANGER, Sight, Thread
from tests.memory.summaries.talk import ADA, START, TALK

# ── where a session ends ─────────────────────────────────────────────────────────────────────────


PAUSE = timedelta(hours=4)
LATE = START + timedelta(days=100)


PUBLIC = (TALK, STRANGER)
MARY = (TALK, Sight(listener="mary"))
EARLIER = (TALK, Sight(as_of="1887"))
OTHER = (Thread(owner=ADA, thread_id="two"), STRANGER)


def marks(*when: tuple[float, tuple[Thread, Sight]]) -> list[EpisodeMark]:
    """Episodes at so many hours after the start."""
    return [
        EpisodeMark(id=f"e{number}", thread=thread, sight=sight, at=START + timedelta(hours=hours))
        for number, (hours, (thread, sight)) in enumerate(when)
    ]


def test_a_pause_ends_a_session() -> None:
    """Exactly the pause is still within."""
    sessions = cut_sessions(marks((0, PUBLIC), (4, PUBLIC), (8.01, PUBLIC)), pause=PAUSE, now=LATE)
    assert [each.sources for each in sessions] == [("e0", "e1"), ("e2",)]
    assert sessions[0].last_at == START + timedelta(hours=4)


def test_what_still_goes_on_is_no_session_yet() -> None:
    """A summary of half a conversation would be made again and again."""
    now = START + timedelta(hours=8)
    assert cut_sessions(marks((0, PUBLIC), (4.5, PUBLIC)), pause=PAUSE, now=now)[0].sources == ("e0",)
    assert len(cut_sessions(marks((0, PUBLIC), (4.5, PUBLIC)), pause=PAUSE, now=now)) == 1


def test_threads_and_listeners_and_moments_are_never_mixed() -> None:
    """What was said in confidence must not be told to another by way of a summary."""
    said = marks((0, PUBLIC), (0.1, MARY), (0.2, EARLIER), (0.3, OTHER), (0.4, PUBLIC), (0.5, MARY))
    sessions = cut_sessions(said, pause=PAUSE, now=LATE)
    assert {((each.thread, each.sight), each.sources) for each in sessions} == {
        (PUBLIC, ("e0", "e4")),
        (MARY, ("e1", "e5")),
        (EARLIER, ("e2",)),
        (OTHER, ("e3",)),
    }


def test_periods_keep_audiences_apart_and_threads_together() -> None:
    """A month of talk with one listener, whatever the conversation."""
    said = marks((0, PUBLIC), (24, OTHER), (48, MARY), (24 * 40, PUBLIC))
    months = group_by_period(cut_sessions(said, pause=PAUSE, now=LATE), "month")
    assert {key: [each.sources for each in group] for key, group in months.items()} == {
        (STRANGER, (2026, 3)): [("e0",), ("e1",)],
        (Sight(listener="mary"), (2026, 3)): [("e2",)],
        (STRANGER, (2026, 4)): [("e3",)],
    }


# ── which summaries there should be ──────────────────────────────────────────────────────────────


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
