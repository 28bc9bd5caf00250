"""Summaries in the record: written once, never without their sources, gone with their user."""

from datetime import UTC, datetime, timedelta

from roleagent.store import EpisodeMark, Store
from roleagent.types import STRANGER, Episode, Owner, Sight, Summary, Thread

START = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
ADA = Owner(persona_id="holmes", user_id="ada")
ADA_TALK = Thread(owner=ADA, thread_id="one")
MARY_TALK = Thread(owner=ADA, thread_id="two")
MARY_SIGHT = Sight(listener="mary", as_of="1887-04")


def episode(number: int, thread: Thread = ADA_TALK, sight: Sight = STRANGER) -> Episode:
    at = START + timedelta(minutes=number)
    return Episode(
        id=f"e{number}",
        thread=thread,
        sight=sight,
        turn_id=f"t{number}",
        speaker="user",
        text=f"say {number}",
        at=at,
    )


def summary(name: str, *sources: str, thread: Thread = ADA_TALK, sight: Sight = STRANGER) -> Summary:
    return Summary(
        id=name,
        thread=thread,
        sight=sight,
        level="session",
        text="user: say 1\nuser: 说二",
        sources=sources,
        first_at=START,
        last_at=START + timedelta(hours=1),
        made_at=START + timedelta(days=1),
        made_by="extract",
    )


def test_a_summary_comes_back_as_it_was(store: Store) -> None:
    """Listener and moment with it: they decide who is ever told."""
    store.commit(ADA, [(episode(1), None), (episode(2, MARY_TALK, MARY_SIGHT), None)])
    told = [summary("s1", "e1"), summary("s2", "e2", thread=MARY_TALK, sight=MARY_SIGHT)]
    assert store.write_summaries(ADA, told) == 2
    assert store.summaries(ADA) == tuple(told)


def test_written_again_it_changes_nothing(store: Store) -> None:
    """A crash between writing and noting it must leave no second one."""
    store.commit(ADA, [(episode(1), None)])
    assert store.write_summaries(ADA, [summary("s1", "e1")]) == 1
    state = store.summaries_state(ADA)
    assert store.write_summaries(ADA, [summary("s1", "e1")]) == 0
    assert store.summaries_state(ADA) == state


def test_one_takes_the_place_of_others_in_one_transaction(store: Store) -> None:
    """Sessions go when their period comes, and whoever keeps summaries at hand can tell."""
    store.commit(ADA, [(episode(1), None)])
    store.write_summaries(ADA, [summary("s1", "e1")])
    before = store.summaries_state(ADA)
    store.write_summaries(ADA, [summary("p1", "e1")], drop=["s1"])
    assert [each.id for each in store.summaries(ADA)] == ["p1"]
    assert store.summaries_state(ADA) != before


def test_what_was_forgotten_meanwhile_does_not_come_back(store: Store) -> None:
    """A summary takes seconds to make, and its user may forget in between."""
    store.commit(ADA, [(episode(1), None)])
    assert store.write_summaries(ADA, [summary("s1", "e1", "gone")]) == 0
    store.forget(ADA)
    assert store.write_summaries(ADA, [summary("s1", "e1")]) == 0
    assert store.users("holmes") == []


def test_forgetting_a_user_takes_their_summaries_and_no_others(store: Store) -> None:
    """They hold the user's own sentences."""
    ben = Owner(persona_id="holmes", user_id="ben")
    for owner in (ADA, ben):
        thread = Thread(owner=owner, thread_id="one")
        store.commit(owner, [(episode(1, thread), None)])
        store.write_summaries(owner, [summary("s1", "e1", thread=thread)])
    assert store.forget(ADA)["summaries"] == 1
    assert store.summaries(ADA) == ()
    assert len(store.summaries(ben)) == 1


def test_marks_are_in_the_order_of_time(store: Store) -> None:
    """Sessions are cut along them; they may have been written in another order."""
    store.commit(ADA, [(episode(2), None), (episode(1, MARY_TALK, MARY_SIGHT), None)])
    assert store.episode_marks(ADA) == [
        EpisodeMark(id="e1", thread=MARY_TALK, sight=MARY_SIGHT, at=START + timedelta(minutes=1)),
        EpisodeMark(id="e2", thread=ADA_TALK, sight=STRANGER, at=START + timedelta(minutes=2)),
    ]
    assert [each.id for each in store.episodes_of(ADA, ["e2", "e1", "none"])] == ["e1", "e2"]
