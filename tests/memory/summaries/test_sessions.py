"""Where a session ends, and into which period it falls."""

from dataclasses import replace
from datetime import timedelta

from roleagent.memory.summaries.plan import cut_sessions, group_by_period
from roleagent.store import EpisodeMark
from roleagent.types import Scope

from .talk import ADA, START

PAUSE = timedelta(hours=4)
LATE = START + timedelta(days=100)


def marks(*when: tuple[float, Scope]) -> list[EpisodeMark]:
    """Episodes at so many hours after the start."""
    return [
        EpisodeMark(id=f"e{number}", scope=scope, at=START + timedelta(hours=hours))
        for number, (hours, scope) in enumerate(when)
    ]


def test_a_pause_ends_a_session() -> None:
    """Exactly the pause is still within."""
    sessions = cut_sessions(marks((0, ADA), (4, ADA), (8.01, ADA)), pause=PAUSE, now=LATE)
    assert [each.sources for each in sessions] == [("e0", "e1"), ("e2",)]
    assert sessions[0].last_at == START + timedelta(hours=4)


def test_what_still_goes_on_is_no_session_yet() -> None:
    """A summary of half a conversation would be made again and again."""
    now = START + timedelta(hours=8)
    assert cut_sessions(marks((0, ADA), (4.5, ADA)), pause=PAUSE, now=now)[0].sources == ("e0",)
    assert len(cut_sessions(marks((0, ADA), (4.5, ADA)), pause=PAUSE, now=now)) == 1


def test_threads_and_listeners_and_moments_are_never_mixed() -> None:
    """What was said in confidence must not be told to another by way of a summary."""
    mary, earlier = replace(ADA, listener="mary"), replace(ADA, as_of="1887")
    other = replace(ADA, thread_id="two")
    said = marks((0, ADA), (0.1, mary), (0.2, earlier), (0.3, other), (0.4, ADA), (0.5, mary))
    sessions = cut_sessions(said, pause=PAUSE, now=LATE)
    assert {(each.scope, each.sources) for each in sessions} == {
        (ADA, ("e0", "e4")),
        (mary, ("e1", "e5")),
        (earlier, ("e2",)),
        (other, ("e3",)),
    }


def test_periods_keep_audiences_apart_and_threads_together() -> None:
    """A month of talk with one listener, whatever the conversation."""
    mary, other = replace(ADA, listener="mary"), replace(ADA, thread_id="two")
    said = marks((0, ADA), (24, other), (48, mary), (24 * 40, ADA))
    months = group_by_period(cut_sessions(said, pause=PAUSE, now=LATE), "month")
    assert {key: [each.sources for each in group] for key, group in months.items()} == {
        (("", ""), (2026, 3)): [("e0",), ("e1",)],
        (("mary", ""), (2026, 3)): [("e2",)],
        (("", ""), (2026, 4)): [("e3",)],
    }
