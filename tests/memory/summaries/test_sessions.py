"""Where a session ends, and into which period it falls."""

from datetime import timedelta

from roleagent.memory.summaries.plan import cut_sessions, group_by_period
from roleagent.store import EpisodeMark
from roleagent.types import STRANGER, Sight, Thread

from .talk import ADA, START, TALK

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
