"""Tests of time expressions: what each means, as seen from Wednesday, 12 July 2023, 15:00."""

from datetime import UTC, datetime, timedelta

import pytest

from roleagent.language.times import find_time
from roleagent.language.times.span import Anchored, Span

NOW = datetime(2023, 7, 12, 15, tzinfo=UTC)
DAY = timedelta(days=1)


def shown(text: str) -> str:
    """First and last day, or one day."""
    span = find_time(text, NOW)
    if span is None:
        return ""
    assert isinstance(span, Span)
    first, last = f"{span.start:%Y-%m-%d}", f"{span.end - timedelta(seconds=1):%Y-%m-%d}"
    return first if first == last else f"{first}/{last}"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("What happened today?", "2023-07-12"),
        ("What did I eat last night?", "2023-07-11"),
        ("the day before yesterday", "2023-07-10"),
        ("last week", "2023-07-03/2023-07-09"),
        ("this week", "2023-07-10/2023-07-16"),
        ("last weekend", "2023-07-07/2023-07-09"),
        ("last month", "2023-06-01/2023-06-30"),
        ("last year", "2022-01-01/2022-12-31"),
        ("Where were we last summer?", "2022-06-01/2022-08-31"),
        ("this summer", "2023-06-01/2023-08-31"),
        ("last winter", "2022-12-01/2023-02-28"),
        ("in the fall of 2021", "2021-09-01/2021-11-30"),
        ("last Friday", "2023-07-07"),
        ("on Wednesday", "2023-07-05"),
        ("three days ago", "2023-07-09"),
        ("a week ago", "2023-07-02/2023-07-08"),
        ("two months ago", "2023-05-01/2023-05-31"),
        ("a couple of years ago", "2021-01-01/2021-12-31"),
        ("the past two weeks", "2023-06-28/2023-07-12"),
        ("on 3 May 2023", "2023-05-03"),
        ("on May 3rd, 2023", "2023-05-03"),
        ("on July 4th", "2023-07-04"),
        ("on the 20th of August", "2022-08-20"),
        ("2023-05-08", "2023-05-08"),
        ("in August 2022", "2022-08-01/2022-08-31"),
        ("in August", "2022-08-01/2022-08-31"),
        ("in 2022", "2022-01-01/2022-12-31"),
        ("two weeks before July 8, 2023", "2023-06-21/2023-07-08"),
        ("last weekend before April 10", "2023-03-31/2023-04-10"),
    ],
)
def test_english(text: str, days: str) -> None:
    """Each form of the table."""
    assert shown(text) == days


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("今天吃了什么", "2023-07-12"),
        ("昨晚我说了什么", "2023-07-11"),
        ("前天我们去哪了", "2023-07-10"),
        ("大前天", "2023-07-09"),
        ("上周", "2023-07-03/2023-07-09"),
        ("上上周", "2023-06-26/2023-07-02"),
        ("这个星期", "2023-07-10/2023-07-16"),
        ("上周三", "2023-07-05"),
        ("上个周末", "2023-07-07/2023-07-09"),
        ("上个月", "2023-06-01/2023-06-30"),
        ("去年", "2022-01-01/2022-12-31"),
        ("去年夏天你在哪里", "2022-06-01/2022-08-31"),
        ("去年五月", "2022-05-01/2022-05-31"),
        ("三天前", "2023-07-09"),
        ("两周之前", "2023-06-25/2023-07-01"),
        ("一个月前", "2023-06-01/2023-06-30"),
        ("半年前", "2023-01-01/2023-01-31"),
        ("二十天前", "2023-06-22"),
        ("2023年5月8日", "2023-05-08"),
        ("五月八号", "2023-05-08"),
        ("2022年秋天", "2022-09-01/2022-11-30"),
        ("十月", "2022-10-01/2022-10-31"),
        ("最近两个月", "2023-05-13/2023-07-12"),
    ],
)
def test_chinese(text: str, days: str) -> None:
    """Each form of the table."""
    assert shown(text) == days


@pytest.mark.parametrize(
    ("text", "event", "shift", "reach"),
    [
        ("What did I eat two days before the race?", "the race", -2 * DAY, 0 * DAY),
        ("the week after my birthday party", "my birthday party", 7 * DAY, 3 * DAY),
        ("Who called before Milo's wedding?", "Milo's wedding", -7 * DAY, 7 * DAY),
        ("比赛前两天我吃了什么", "比赛", -2 * DAY, 0 * DAY),
        ("我们在音乐会后三天去了哪里？", "音乐会", 3 * DAY, 0 * DAY),
        ("婚礼之后", "婚礼", 7 * DAY, 7 * DAY),
    ],
)
def test_times_counted_from_an_event(text: str, event: str, shift: timedelta, reach: timedelta) -> None:
    """The event has to be remembered before the time is known."""
    assert find_time(text, NOW) == Anchored(event=event, shift=shift, reach=reach)


def test_a_day_is_counted_from_the_day_of_the_event() -> None:
    """Two days before a race on Saturday is the whole of Thursday."""
    found = find_time("two days before the race", NOW)
    assert isinstance(found, Anchored)
    race = datetime(2023, 7, 8, 9, 30, tzinfo=UTC)
    assert found.from_event(race) == Span(
        start=datetime(2023, 7, 6, tzinfo=UTC), end=datetime(2023, 7, 7, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    "text",
    ["I may go", "March on!", "before I go", "Who is my cat?", "我的猫叫什么", "What is new lately?", ""],
)
def test_what_speaks_of_no_time(text: str) -> None:
    """A verb is no month."""
    assert find_time(text, NOW) is None


def test_a_day_that_no_calendar_has_is_passed_over() -> None:
    """The month that remains is still right."""
    assert shown("30 February 2023") == "2023-02-01/2023-02-28"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("13月的事", ""),
        ("十五月四十日", ""),
        ("2022年13月", "2022-01-01/2022-12-31"),
        ("去年二十月", "2022-01-01/2022-12-31"),
    ],
)
def test_there_is_no_thirteenth_month(text: str, days: str) -> None:
    """A slip of the pen is no January."""
    assert shown(text) == days
