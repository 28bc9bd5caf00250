"""English words of time beside a cue."""

from __future__ import annotations

import re
from datetime import date

from roleagent.learning.english.times import date as read_date
from roleagent.learning.english.times import small_number
from roleagent.learning.when import (
    When,
    days_before,
    last_weekday,
    latest_month,
    months_before,
    weekday_of,
    years_before,
)

_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
_MONTH_NUMBER = {name[:3]: number for number, name in enumerate(_MONTHS.split("|")[:12], start=1)}
_YEAR = r"(?:1[89]|20)\d{2}"
_COUNT = (
    r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty)"
)
_UNIT = r"(?:years?|months?|weeks?|days?)"
_SEASON = "spring|summer|autumn|fall|winter"
_AGO = rf"(?:about |some |over |nearly |almost )?{_COUNT} {_UNIT} ago"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = rf"(?:{'|'.join(_WEEKDAYS)})"
_PART_OF_DAY = "(?: (?:morning|afternoon|evening|night|noon))?"
_RECENT = (
    rf"(?:(?:the )?day before yesterday|yesterday|today|tonight|this (?:morning|afternoon|evening)|last night"
    rf"|(?:last|this)(?: past)? weekend|{_WEEKDAY} last week|last week {_WEEKDAY}|(?:a )?fortnight ago"
    rf"|(?:(?:the )?last |this(?: past)? |the past |past )?{_WEEKDAY}{_PART_OF_DAY})"
)
_POINT = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_MONTHS})\.?,? {_YEAR}"
    rf"|(?:{_MONTHS})\.? \d{{1,2}}(?:st|nd|rd|th)?,? {_YEAR}|(?:{_MONTHS})\.?,? (?:of )?{_YEAR}"
    rf"|\d{{4}}-\d{{2}}(?:-\d{{2}})?|(?:the )?(?:{_SEASON}) (?:of )?{_YEAR}|{_YEAR}"
    rf"|{_AGO}|(?:last|this) (?:year|month|week|{_SEASON}|{_MONTHS})\b|{_RECENT}|(?:{_MONTHS})\b(?! \d))"
)
_SINCE = re.compile(rf"\b(?:since|starting) (?:about |around |early |late )?({_POINT})", re.IGNORECASE)
_BETWEEN = re.compile(
    rf"\b(?:(?:from|between) )?({_POINT}) (?:until|till|to|and|through) ({_POINT})", re.IGNORECASE
)
_YEARS = re.compile(rf"\b({_YEAR})\s*[-–—/]\s*({_YEAR})\b")
_UNTIL = re.compile(rf"\b(?:until|till|up to) (?:about |around |early |late )?({_POINT})", re.IGNORECASE)
_FOR = re.compile(
    rf"\bfor (?:about |over |nearly |almost |the (?:past|last) )?({_COUNT}) ({_UNIT})\b(?! ago)",
    re.IGNORECASE,
)
_AT = re.compile(
    rf"\b(?:in|on|during|back in|around|early|late) ((?!may be)(?:{_POINT}))"
    rf"|\b({_AGO}|(?:last|this) (?:year|month|week|{_SEASON}|{_MONTHS})|{_RECENT})\b",
    re.IGNORECASE,
)


def when(words: str, today: date | None) -> When:
    """The times that a clause names.

    >>> when("lived in Rome from 2010 to 2014", None)
    When(since='2010', until='2014', at=None)
    """
    if between := _BETWEEN.search(words) or _YEARS.search(words):
        return When(since=_date(between[1], today), until=_date(between[2], today))
    since, until, lasted, at = (pattern.search(words) for pattern in (_SINCE, _UNTIL, _FOR, _AT))
    begun = _date(since[1], today) if since else _ago(lasted[1], lasted[2], today) if lasted else None
    return When(
        since=begun,
        until=_date(until[1], today) if until else None,
        at=_date(at[1] or at[2], today) if at and not (since or until) else None,
    )


def _date(words: str, today: date | None) -> str | None:
    """One point in time, as far as it is known."""
    words = re.sub(r"^(?:about|some|over|nearly|almost|the) ", "", words.lower().strip())
    if ago := re.fullmatch(rf"({_COUNT}) ({_UNIT}) ago", words):
        return _ago(ago[1], ago[2], today)
    if re.fullmatch(_RECENT, words):
        return _recent(words, today)
    if named := re.fullmatch(r"(last|this) (\w+)", words):
        return _named(named[1], named[2], today)
    if words[:3] in _MONTH_NUMBER and words.isalpha():
        return latest_month(today, _MONTH_NUMBER[words[:3]])
    found = read_date(re.sub(rf"^(?:{_SEASON}) (?:of )?", "", words), True)
    return found[0] if found and not found[0].startswith("--") else None


def _recent(words: str, today: date | None) -> str | None:
    """A day of the last two weeks."""
    if words.startswith("day before"):
        return days_before(today, 2)
    if words.startswith("yesterday") or words == "last night":
        return days_before(today, 1)
    if "fortnight" in words:
        return days_before(today, 14)
    if words.startswith(("today", "tonight")) or words.endswith(
        ("this morning", "this afternoon", "this evening")
    ):
        return days_before(today, 0)
    if "weekend" in words:
        return last_weekday(today, _WEEKDAYS.index("saturday"))
    weekday = next(number for number, name in enumerate(_WEEKDAYS) if name in words)
    return weekday_of(today, weekday, weeks=1) if "week " in f"{words} " else last_weekday(today, weekday)


def _ago(count: str, unit: str, today: date | None) -> str | None:
    number = 1 if count.lower() in ("a", "an") else small_number(count)
    if unit.lower().startswith("year"):
        return years_before(today, number)
    if unit.lower().startswith("month"):
        return months_before(today, number)
    days = number * 7 if unit.lower().startswith("week") else number
    return days_before(today, days) if days else None


def _named(which: str, name: str, today: date | None) -> str | None:
    """Such as "last year", "this month", "last March", "last summer"."""
    if today is None:
        return None
    is_last = which == "last"
    if name == "year":
        return str(today.year - is_last)
    if name == "month":
        return months_before(today, 1) if is_last else f"{today:%Y-%m}"
    if name == "week":
        return days_before(today, 7) if is_last else None
    if name[:3] in _MONTH_NUMBER:
        return latest_month(today, _MONTH_NUMBER[name[:3]])
    return None if is_last else str(today.year)  # "last summer" may lie in this year or the one before
