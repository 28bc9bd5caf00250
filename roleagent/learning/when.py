"""When something was so: from the words beside a cue to an interval of ISO 8601 dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from roleagent.language.dates import parse_date
from roleagent.learning.rules import Stance

Interval = tuple[str | None, str | None]
TIMED = frozenset(
    {
        "lives_in",
        "works_as",
        "works_at",
        "studied_at",
        "likes",
        "dislikes",
        "fears",
        "plays",
        "speaks",
        "has_pet",
        "married_to",
        "friend_of",
    }
)
"""Relations that hold for a time; one is born, named or a brother for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """What the words say of time.

    Attributes:
        since: from when on ("since 2019").
        until: until when ("until last year").
        at: when something took place ("in 2019", "two years ago").
    """

    since: str | None = None
    until: str | None = None
    at: str | None = None


ReadWhen = Callable[[str, date | None], When]
"""From the words of a clause and the day they were said; without the day, "last year" says nothing."""


def interval(when: When, stance: Stance, today: date | None) -> Interval:
    """What a stance makes of the words: "in 2019" begins a move, ends a leaving, and bounds what was.

    A time that is still to come says nothing of what is.
    """
    if stance == "began":
        since, until = when.since or when.at, when.until
    elif stance == "ended":
        since, until = None, when.until or when.at
    elif stance == "held":
        since, until = when.since or when.at, when.until or _after(when.at)
    elif stance == "holds":
        since, until = when.since, None
    else:
        return None, None
    return _not_later(since, today), _not_later(until, today)


def years_before(today: date | None, years: int) -> str | None:
    """The year some years ago."""
    return str(today.year - years) if today is not None and 0 < years <= 120 else None


def months_before(today: date | None, months: int) -> str | None:
    """The month some months ago."""
    if today is None or not 0 < months <= 1200:
        return None
    index = today.year * 12 + today.month - 1 - months
    return f"{index // 12:04}-{index % 12 + 1:02}"


def days_before(today: date | None, days: int) -> str | None:
    """The day some days ago."""
    return (today - timedelta(days=days)).isoformat() if today is not None and 0 <= days <= 36500 else None


def last_weekday(today: date | None, weekday: int) -> str | None:
    """The last Monday (0) … Sunday (6) before today."""
    return None if today is None else days_before(today, (today.weekday() - weekday - 1) % 7 + 1)


def weekday_of(today: date | None, weekday: int, *, weeks: int) -> str | None:
    """The Monday (0) … Sunday (6) of this week (0) or so many weeks ago; None for one that is to come."""
    return None if today is None else days_before(today, today.weekday() - weekday + 7 * weeks)


def latest_month(today: date | None, month: int) -> str | None:
    """The last such month that is not to come: "in March"."""
    if today is None or not 1 <= month <= 12:
        return None
    return f"{today.year if month <= today.month else today.year - 1:04}-{month:02}"


def _not_later(when: str | None, today: date | None) -> str | None:
    if when is None or today is None:
        return when
    parts = parse_date(when)
    if parts is None or parts > (today.year, today.month, today.day)[: len(parts)]:
        return None
    return when


def _after(when: str | None) -> str | None:
    """The first moment after a date of its precision: "in 2012" was over by 2013."""
    parts = parse_date(when) if when else None
    if parts is None:
        return None
    if len(parts) == 3:
        return (date(*parts) + timedelta(days=1)).isoformat()
    if len(parts) == 2:
        year, month = parts
        return f"{year + month // 12:04}-{month % 12 + 1:02}"
    return f"{parts[0] + 1:04}"
