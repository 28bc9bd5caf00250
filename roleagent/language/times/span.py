"""Stretches of time, and the calendar in UTC: days, weeks from Monday, months, northern seasons, years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAY = timedelta(days=1)
WEEK = 7 * DAY
_FIRST_MONTH_OF_SEASON = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}
_DAYS_IN = {"day": 1, "week": 7, "month": 30, "year": 365}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From a moment up to another, which is not in it."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """A time counted from a remembered event.

    Attributes:
        event: how the text calls it ("the race").
        shift: from the event to the middle of what is meant; negative for before.
        reach: so far around the middle.
    """

    event: str
    shift: timedelta
    reach: timedelta

    def from_event(self, at: datetime) -> Span:
        """The stretch of time, once it is known when the event was."""
        day = day_of(at + self.shift)
        return Span(start=day.start - self.reach, end=day.end + self.reach)


def day_of(at: datetime, *, days: int = 0) -> Span:
    """The day of a moment, or the day some `days` later."""
    start = at.replace(hour=0, minute=0, second=0, microsecond=0) + days * DAY
    return Span(start=start, end=start + DAY)


def week_of(at: datetime, *, weeks: int = 0) -> Span:
    """The week of a moment, from Monday, or the week some `weeks` later."""
    start = day_of(at, days=7 * weeks - at.weekday()).start
    return Span(start=start, end=start + WEEK)


def weekend_of(at: datetime, *, weeks: int = 0) -> Span:
    """Friday evening to Sunday of a week."""
    end = week_of(at, weeks=weeks).end
    return Span(start=end - timedelta(hours=54), end=end)


def month_of(year: int, month: int) -> Span:
    """A month; one outside 1–12 is of another year.

    >>> f"{month_of(2023, 0).start:%Y-%m}"
    '2022-12'
    """
    return Span(start=_first_of(year, month), end=_first_of(year, month + 1))


def months_from(at: datetime, months: int) -> Span:
    """The month that lies some `months` after that of a moment."""
    return month_of(at.year, at.month + months)


def year_of(year: int) -> Span:
    """A year."""
    return Span(start=_first_of(year, 1), end=_first_of(year + 1, 1))


def season_of(year: int, season: str) -> Span:
    """A season by its meteorological months; winter is named by the year in which it begins."""
    first = _FIRST_MONTH_OF_SEASON[season]
    return Span(start=_first_of(year, first), end=_first_of(year, first + 3))


def latest_season(at: datetime, season: str, *, ended: bool) -> Span:
    """The latest season of a name that has begun by a moment, or `ended` by it."""
    span = season_of(at.year, season)
    while (span.end if ended else span.start) > at:
        span = season_of(span.start.year - 1, season)
    return span


def latest_month(at: datetime, month: int) -> Span:
    """The latest month of a name that has begun by a moment."""
    return month_of(at.year if month <= at.month else at.year - 1, month)


def latest_weekday(at: datetime, weekday: int) -> Span:
    """The latest Monday, Tuesday … before the day of a moment."""
    return day_of(at, days=-((at.weekday() - weekday - 1) % 7 + 1))


def date_of(year: int, month: int, day: int, zone: datetime) -> Span | None:
    """A day of the calendar; None if there is no such day (30 February)."""
    try:
        return day_of(zone.replace(year=year, month=month, day=day))
    except ValueError:
        return None


def latest_date(at: datetime, month: int, day: int) -> Span | None:
    """The latest day of that name that has begun by a moment."""
    for year in (at.year, at.year - 1):
        span = date_of(year, month, day, at)
        if span is not None and span.start <= at:
            return span
    return None


def ago(at: datetime, count: int, unit: str) -> Span:
    """About `count` units before a moment; the longer the unit, the vaguer."""
    if unit == "year":
        return year_of(at.year - count)
    if unit == "month":
        return months_from(at, -count)
    middle = day_of(at - count * timedelta(days=_DAYS_IN[unit]))
    reach = DAY * (0 if unit == "day" else 3)
    return Span(start=middle.start - reach, end=middle.end + reach)


def within_last(at: datetime, count: int, unit: str) -> Span:
    """The last `count` units up to a moment."""
    return Span(start=at - count * timedelta(days=_DAYS_IN[unit]), end=at)


def shift_of(count: int, unit: str) -> timedelta:
    """A number of units as a duration."""
    return count * timedelta(days=_DAYS_IN[unit])


def reach_of(unit: str) -> timedelta:
    """How far around a moment somebody means who tells it in a unit."""
    return {"day": DAY, "week": 3 * DAY, "month": 15 * DAY, "year": 120 * DAY}[unit]


def _first_of(year: int, month: int) -> datetime:
    return datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=UTC)
