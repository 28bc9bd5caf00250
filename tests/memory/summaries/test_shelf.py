"""Which summaries fit what is asked."""

from datetime import timedelta

from roleagent.memory.summaries.keeper import SummaryShelf, within_tokens
from roleagent.types import Summary, SummaryLevel

from .talk import START, TALK


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
    """A cue whose every word is there is told whole."""
    [best, *_] = SHELF.fitting("sister cello")
    assert best.score == 1.0
    assert all(0 < (each.score or 0) <= 1 for each in SHELF.fitting("my sister plays golf"))
    assert SummaryShelf([]).fitting("sister") == []


def test_together_they_keep_to_the_tokens() -> None:
    """One that is too long is passed over for the next."""
    some = [summary(0, "four words of text"), summary(1, "long " * 100), summary(2, "four words of text")]
    assert [each.id for each in within_tokens(some, 40)] == ["s0", "s2"]
    assert within_tokens(some, 0) == []
