"""Summaries are made from the record, each once, whatever stops the work; and found by a cue."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from roleagent.errors import ModelError
from roleagent.memory.summaries.keeper import SummaryShelf, bring_up_to_date, within_tokens
from roleagent.protocols import Passage
from roleagent.store import Store
from roleagent.types import Selection, Sight, Summary, SummaryLevel
from tests.memory.summaries.talk import ADA, START, TALK, CountingSummariser, keep, session, workshop

# ── making ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store(":memory:")
    yield store
    store.close()


def levels(store: Store) -> list[str]:
    return [each.level for each in store.summaries(ADA)]


def test_run_twice_it_changes_nothing(store: Store) -> None:
    """And asks no model again."""
    keep(store, session(0, 0) + session(1, 10))
    summariser = CountingSummariser()
    made = bring_up_to_date(workshop(store, day=40, summariser=summariser))
    assert [each.level for each in made] == ["session", "session", "period"]
    assert {each.made_by for each in made} == {"counting"}
    before = store.summaries(ADA)
    assert bring_up_to_date(workshop(store, day=41, summariser=summariser)) == []
    assert store.summaries(ADA) == before
    assert len(summariser.passages) == 3


def test_sources_are_episodes_at_every_level(store: Store) -> None:
    """Whoever asks what a summary rests on is led to what was said."""
    said = session(0, 0) + session(1, 10)
    keep(store, said)
    made = bring_up_to_date(workshop(store, day=40))
    assert set(made[-1].sources) == {each.id for each in said}
    assert all(set(each.sources) <= {one.id for one in said} for each in made)


def test_a_period_is_made_of_the_summaries_of_its_sessions(store: Store) -> None:
    """What a model wrote once is not read again from the beginning."""
    keep(store, session(0, 0) + session(1, 10))
    summariser = CountingSummariser()
    bring_up_to_date(workshop(store, day=40, summariser=summariser))
    assert [line.text for line in summariser.passages[2].lines] == ["Summary number 2.", "Summary number 1."]


def test_sessions_that_give_up_their_place_go_when_their_period_is_there(store: Store) -> None:
    """Never more than allowed, and never a time at which they are told nowhere."""
    for number in range(6):
        keep(store, session(number, 10 * number))
    bring_up_to_date(workshop(store, day=10, max_sessions=6))
    assert levels(store) == ["session"] * 6
    bring_up_to_date(workshop(store, day=10, max_sessions=2))
    assert levels(store) == ["session"] * 2 + ["period"]
    assert len(store.summaries(ADA)[-1].sources) == 16


def test_a_run_that_is_stopped_keeps_what_it_made_and_the_next_goes_on(store: Store) -> None:
    """A turn goes before; a kill between two steps looks the same from here."""
    for number in range(3):
        keep(store, session(number, 10 * number))
    num_asked = 0

    def stop() -> bool:
        nonlocal num_asked
        num_asked += 1
        return num_asked > 2

    assert len(bring_up_to_date(workshop(store, day=40, stop=stop))) == 1
    bring_up_to_date(workshop(store, day=40))
    whole = store.summaries(ADA)
    other = Store(":memory:")
    for number in range(3):
        keep(other, session(number, 10 * number))
    bring_up_to_date(workshop(other, day=40))
    assert {each.id for each in whole} == {each.id for each in other.summaries(ADA)}
    assert len(whole) == len({each.id for each in whole})


def test_stopped_while_a_model_writes_nothing_of_it_is_kept(store: Store) -> None:
    """Half a summary, or an extract that was never asked for."""
    keep(store, session(0, 0))
    stopped = threading.Event()

    class Interrupted:
        name = "interrupted"

        def summarise(self, passage: Passage) -> str:
            stopped.set()
            return "Talk was about"

    made = bring_up_to_date(workshop(store, day=40, summariser=Interrupted(), stop=stopped.is_set))
    assert made == []
    assert store.summaries(ADA) == ()


def test_where_a_model_fails_or_stands_by_nothing_the_extract_serves(store: Store) -> None:
    """It is told who made which."""
    keep(store, session(0, 0))
    keep(store, session(1, 10))

    class Failing:
        name = "failing"

        def __init__(self) -> None:
            self.left = ["", ModelError("down")]

        def summarise(self, passage: Passage) -> str:
            answer = self.left.pop()
            if isinstance(answer, ModelError):
                raise answer
            return str(answer)

    made = bring_up_to_date(workshop(store, day=10, summariser=Failing()))
    assert [each.made_by for each in made] == ["extract", "extract"]
    assert made[0].text.startswith("user: Talk number 10 was about boats of day 1.")


def test_what_is_said_to_one_listener_is_summed_up_for_that_listener_alone(store: Store) -> None:
    """Each word of a summary comes from an episode of its own audience."""
    mary = Sight(listener="mary")
    keep(store, session(0, 0))
    keep(store, session(0, 10, sight=mary, topic="poison"))
    keep(store, session(1, 20, sight=mary, topic="poison"))
    bring_up_to_date(workshop(store, day=40))
    for summary in store.summaries(ADA):
        assert ("poison" in summary.text) == (summary.sight.listener == "mary")
    assert levels(store) == ["session", "session", "session", "period"]


def test_what_was_erased_is_in_no_new_summary(store: Store) -> None:
    """The session is summed up anew from what is left, under another name."""
    keep(store, session(0, 0))
    [before] = bring_up_to_date(workshop(store, day=40))
    store.forget(ADA, Selection(episodes=("e0",)))
    assert store.summaries(ADA) == ()
    [after] = bring_up_to_date(workshop(store, day=40, min_episodes=3))
    assert "number 0" in before.text
    assert "number 0" not in after.text
    assert after.id != before.id


def test_a_conversation_of_nothing_asks_nobody(store: Store) -> None:
    """Words such as yes and no carry nothing, and are not asked about again and again."""
    keep(store, [replace(each, text="Yes.") for each in session(0, 0)])
    summariser = CountingSummariser()
    assert bring_up_to_date(workshop(store, day=40, summariser=summariser)) == []
    assert summariser.passages == []


# ── finding ──────────────────────────────────────────────────────────────────────────────────────


def summary(number: int, text: str, level: SummaryLevel = "session") -> Summary:
    at = START + timedelta(days=number)
    return Summary(
        id=f"s{number}",
        thread=TALK,
        level=level,
        text=text,
        sources=(f"e{number}",),
        first_at=at,
        last_at=at,
        made_at=at,
        made_by="extract",
    )


SHELF = SummaryShelf(
    [
        summary(0, "user: I moved to Oslo with Milo.", "period"),
        summary(1, "user: My sister plays the cello."),
        summary(2, "user: I bake bread on Sundays."),
        summary(3, "Since 2026-03-05 it is so: “The user likes coffee.”", "reflection"),
        summary(4, "用户: 我在上海当护士。", "period"),
    ]
)


def ids(cue: str, *, besides: tuple[str, ...] = ()) -> list[str]:
    return [each.id for each in SHELF.fitting(cue, besides=besides)]


def test_what_matches_comes_first_and_the_latest_session_after_it() -> None:
    """The last talk is never far from the next one."""
    assert ids("What does my sister play?") == ["s1", "s2"]
    assert ids("Do I like coffee?") == ["s3", "s2"]
    assert ids("我在哪里当护士？") == ["s4", "s2"]
    assert ids("xyzzy") == ["s2"]
    assert ids("") == ["s2"]


def test_what_the_prompt_holds_already_is_not_summed_up_beside_it() -> None:
    """The latest session may be the one that still stands there; then the one before it comes."""
    assert ids("xyzzy", besides=("e2",)) == ["s1"]
    assert ids("Sunday bread", besides=("e2",)) == ["s1"]


def test_scores_are_between_nothing_and_one() -> None:
    """A cue is told whole if all of its words are there."""
    [best, *_] = SHELF.fitting("sister cello")
    assert best.score == 1.0
    assert all(0 < (each.score or 0) <= 1 for each in SHELF.fitting("my sister plays golf"))
    assert SummaryShelf([]).fitting("sister") == []


def test_together_they_keep_to_the_tokens() -> None:
    """One that is too long is passed over for the next."""
    some = [summary(0, "four words of text"), summary(1, "long " * 100), summary(2, "four words of text")]
    assert [each.id for each in within_tokens(some, 40)] == ["s0", "s2"]
    assert within_tokens(some, 0) == []
