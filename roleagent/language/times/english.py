"""Time expressions of English: a table of patterns and what each means."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from roleagent.language.dates import DAY, MONTH, WEEKDAYS, month_number
from roleagent.language.times import span as calendar
from roleagent.language.times.span import Anchored, Span

Reading = Callable[[re.Match[str], datetime], Span | Anchored | None]

_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "a couple of": 2, "three": 3, "a few": 3, "several": 3,
           "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
           "ten": 10, "twelve": 12}  # fmt: skip
_LAST = r"(?P<last>last|past|previous|this)"
_COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(sorted(_COUNTS, key=len, reverse=True))})"
_SO_MANY = rf"(?P<count>the|last|\d{{1,3}}|{'|'.join(sorted(_COUNTS, key=len, reverse=True))})"
_UNIT = r"(?P<unit>day|week|month|year)s?"
_MONTH = rf"(?P<month>(?:{MONTH})\b\.?)"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_EVENT = r"(?P<event>(?:the|my|your|his|her|our|their|that|[A-Z]\w*'s)\s[^,.?!;]{2,60})"


def _count(match: re.Match[str]) -> int:
    said = match["count"].lower()
    return int(said) if said.isdigit() else _COUNTS[said]


def _full_date(match: re.Match[str], now: datetime) -> Span | None:
    return calendar.date_of(int(match["year"]), month_number(match["month"]), int(match["day"]), now)


def _date(match: re.Match[str], now: datetime) -> Span | None:
    return calendar.latest_date(now, month_number(match["month"]), int(match["day"]))


def _of_unit(match: re.Match[str], now: datetime) -> Span:
    """Last week, this month, the previous year."""
    back = 0 if match["last"].lower() == "this" else -1
    unit = match["unit"].lower()
    if unit == "weekend":
        return calendar.weekend_of(now, weeks=back)
    if unit == "week":
        return calendar.week_of(now, weeks=back)
    return calendar.months_from(now, back) if unit == "month" else calendar.year_of(now.year + back)


def _season(match: re.Match[str]) -> str:
    return match["season"].lower().replace("fall", "autumn")


def _from_event(match: re.Match[str], now: datetime) -> Anchored:
    unit = match["unit"].lower()
    count = 1 if match["count"].lower() in ("the", "last") else _count(match)
    sign = -1 if match["side"].lower() == "before" else 1
    return Anchored(
        event=match["event"].strip(),
        shift=sign * calendar.shift_of(count, unit),
        reach=calendar.reach_of(unit) if unit != "day" else 0 * calendar.DAY,
    )


def _before_date(match: re.Match[str], now: datetime) -> Span | None:
    """What was before a date is told around it: from then up to that day."""
    year = int(match["year"]) if match["year"] else None
    month, day = month_number(match["month"]), int(match["day"])
    date = calendar.date_of(year, month, day, now) if year else calendar.latest_date(now, month, day)
    if date is None:
        return None
    count = 1 if match["count"].lower() in ("the", "last") else _count(match)
    unit = match["unit"].lower().removesuffix("end")  # a weekend before is a week before
    return Span(start=date.start - calendar.shift_of(count, unit) - calendar.reach_of(unit), end=date.end)


def _near_event(match: re.Match[str], now: datetime) -> Anchored:
    sign = -1 if match["side"].lower() == "before" else 1
    return Anchored(event=match["event"].strip(), shift=sign * calendar.WEEK, reach=calendar.WEEK)


_TABLE: tuple[tuple[str, Reading], ...] = (
    (rf"{_YEAR}-(?P<number>\d\d)-(?P<day>\d\d)",
     lambda m, now: calendar.date_of(int(m["year"]), int(m["number"]), int(m["day"]), now)),
    (rf"{_SO_MANY} (?P<unit>day|weekend|week|month|year)s? before (?:the )?"
     rf"(?:{_MONTH} {DAY}(?:,? {_YEAR})?)", _before_date),
    (rf"(?:the )?{DAY} (?:of )?{_MONTH},? {_YEAR}", _full_date),
    (rf"{_MONTH} {DAY},? {_YEAR}", _full_date),
    (rf"(?:the )?{DAY} (?:of )?{_MONTH}", _date),
    (rf"{_MONTH} {DAY}", _date),
    (rf"{_MONTH},? (?:of )?{_YEAR}",
     lambda m, now: calendar.month_of(int(m["year"]), month_number(m["month"]))),
    (rf"(?P<season>spring|summer|autumn|fall|winter) (?:of )?{_YEAR}",
     lambda m, now: calendar.season_of(int(m["year"]), _season(m))),
    (rf"{_SO_MANY} {_UNIT} (?P<side>before|after) {_EVENT}", _from_event),
    (rf"(?:shortly |right |just |soon )?(?P<side>before|after) {_EVENT}", _near_event),
    (r"the day before yesterday", lambda m, now: calendar.day_of(now, days=-2)),
    (r"yesterday|last night", lambda m, now: calendar.day_of(now, days=-1)),
    (r"today|tonight|this (?:morning|afternoon|evening)", lambda m, now: calendar.day_of(now)),
    (rf"{_COUNT} {_UNIT} (?:ago|earlier|back)",
     lambda m, now: calendar.ago(now, _count(m), m["unit"].lower())),
    (rf"the (?:last|past) {_COUNT} {_UNIT}",
     lambda m, now: calendar.within_last(now, _count(m), m["unit"].lower())),
    (rf"{_LAST} (?P<unit>weekend|week|month|year)", _of_unit),
    (rf"{_LAST} (?P<season>spring|summer|autumn|fall|winter)",
     lambda m, now: calendar.latest_season(now, _season(m), ended=m["last"].lower() != "this")),
    (rf"(?:last|on|this past) (?P<weekday>{'|'.join(WEEKDAYS)})",
     lambda m, now: calendar.latest_weekday(now, WEEKDAYS.index(m["weekday"].capitalize()))),
    (rf"(?:in|during|since|of|last|this|by) {_MONTH}",
     lambda m, now: calendar.latest_month(now, month_number(m["month"]))),
    (rf"(?:in|during|since|of|by) {_YEAR}", lambda m, now: calendar.year_of(int(m["year"]))),
)  # fmt: skip
READINGS = tuple((re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), reading) for pattern, reading in _TABLE)
