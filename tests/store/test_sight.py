"""Tests of who may be given an episode: one rule, told to SQL and to numpy as numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.errors import InputError
from roleagent.store.owners import may_see, sight_of, story_day
from roleagent.types import Scope

years = st.integers(-9999, 9999).map(lambda year: f"{year:05d}" if year < 0 else f"{year:04d}")
months = st.integers(1, 12).map(lambda month: f"-{month:02d}")
days = st.integers(1, 28).map(lambda day: f"-{day:02d}")
moments = st.one_of(
    st.just(""),
    years,
    st.builds("".join, st.tuples(years, months)),
    st.builds("".join, st.tuples(years, months, days)),
)
scopes = st.builds(
    Scope,
    persona_id=st.just("holmes"),
    user_id=st.just("ada"),
    thread_id=st.just("one"),
    listener=st.sampled_from(["", "mary", "bartleby"]),
    as_of=moments,
)


@given(scopes, scopes)
def test_numbers_say_what_the_rule_says(asking: Scope, said_in: Scope) -> None:
    """SQL and numpy compare numbers; the rule compares dates. They must never disagree."""
    sight, day = sight_of(asking), story_day(said_in.as_of)
    in_time = sight.until is None or (day is not None and day <= sight.until)
    assert (said_in.listener in ("", sight.listener) and in_time) == may_see(asking, said_in)


NEAR = (
    "",
    "1887",
    "1887-01",
    "1887-01-01",
    "1887-12",
    "1887-12-31",
    "1888",
    "1888-01-01",
    "-0001-12",
    "0000",
)


@pytest.mark.parametrize("said_at", NEAR)
def test_numbers_say_what_the_rule_says_where_dates_are_close(said_at: str) -> None:
    """The last day of a year is in the year, the first of the next is not."""
    said_in = Scope(persona_id="holmes", user_id="ada", thread_id="one", as_of=said_at)
    for asked_at in NEAR[1:]:
        asking = Scope(persona_id="holmes", user_id="ada", thread_id="one", as_of=asked_at)
        until, day = sight_of(asking).until, story_day(said_at)
        assert until is not None
        assert (day is not None and day <= until) == may_see(asking, said_in), asked_at


def test_the_rule() -> None:
    """The cases by hand."""

    def scope(listener: str = "", as_of: str = "", user: str = "ada") -> Scope:
        return Scope(persona_id="holmes", user_id=user, thread_id="x", listener=listener, as_of=as_of)

    assert may_see(scope(), scope())
    assert may_see(scope("mary"), scope())
    assert not may_see(scope(), scope("mary"))
    assert not may_see(scope("mary"), scope("bartleby"))
    assert may_see(scope(), scope(as_of="1887"))
    assert not may_see(scope(as_of="1887"), scope())
    assert may_see(scope(as_of="1887"), scope(as_of="1887-05"))
    assert not may_see(scope(as_of="1887-04"), scope(as_of="1887-05"))
    assert not may_see(scope(user="bob"), scope())


def test_a_moment_that_is_no_date_is_one_clear_error() -> None:
    """A chapter's name must be looked up before it comes here."""
    with pytest.raises(InputError, match="as_of is 'the fall', which is not a date"):
        story_day("the fall")
