"""Tests of who may be given an episode: one rule, told to SQL and to numpy as numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.errors import InputError
from roleagent.store.tables import bounds_of, story_day
from roleagent.types import STRANGER, Sight

years = st.integers(-9999, 9999).map(lambda year: f"{year:05d}" if year < 0 else f"{year:04d}")
months = st.integers(1, 12).map(lambda month: f"-{month:02d}")
days = st.integers(1, 28).map(lambda day: f"-{day:02d}")
moments = st.one_of(
    st.just(""),
    years,
    st.builds("".join, st.tuples(years, months)),
    st.builds("".join, st.tuples(years, months, days)),
)
sights = st.builds(Sight, listener=st.sampled_from(["", "mary", "bartleby"]), as_of=moments)


@given(sights, sights)
def test_numbers_say_what_the_rule_says(asking: Sight, said: Sight) -> None:
    """SQL and numpy compare numbers; the rule compares dates. They must never disagree."""
    bounds, day = bounds_of(asking), story_day(said.as_of)
    in_time = bounds.until is None or (day is not None and day <= bounds.until)
    assert (said.listener in ("", bounds.listener) and in_time) == asking.may_see(said)


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
    for asked_at in NEAR[1:]:
        asking = Sight(as_of=asked_at)
        until, day = bounds_of(asking).until, story_day(said_at)
        assert until is not None
        assert (day is not None and day <= until) == asking.may_see(Sight(as_of=said_at)), asked_at


def test_the_rule() -> None:
    """The cases by hand."""
    mary, bartleby = Sight(listener="mary"), Sight(listener="bartleby")
    year, april, may = Sight(as_of="1887"), Sight(as_of="1887-04"), Sight(as_of="1887-05")
    assert STRANGER.may_see(STRANGER)
    assert mary.may_see(STRANGER)
    assert not STRANGER.may_see(mary)
    assert not mary.may_see(bartleby)
    assert STRANGER.may_see(year)
    assert not year.may_see(STRANGER)
    assert year.may_see(may)
    assert not april.may_see(may)


def test_a_moment_that_is_no_date_is_one_clear_error() -> None:
    """A chapter's name must be looked up before it comes here."""
    with pytest.raises(InputError, match="as_of is 'the fall', which is not a date"):
        story_day("the fall")
