"""Dates of any precision: as ISO 8601 writes them (``1881``, ``1881-03``, ``1881-03-04``), and in words."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
"""In English, whatever the locale of the machine."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CHINESE_WEEKDAYS = "一二三四五六日"
MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in MONTHS).replace("tember", "t(?:ember)?")
"""A regular expression for a month, whole or shortened; compile it with IGNORECASE."""
DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
"""A regular expression for the day of a month, such as 3 or 3rd."""

_ISO_DATE = re.compile(r"(-?\d{1,4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_ISO_IN_TEXT = re.compile(r"-?\d{3,4}-\d{2}(?:-\d{2})?")
_DAY_MONTH = re.compile(rf"(?:the )?{DAY}(?: day)?(?: of)? (?P<month>{MONTH})\b", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"\b(?P<month>{MONTH})\.?(?: (?:the )?{DAY}\b)?", re.IGNORECASE)
_CHINESE_DATE = re.compile(r"(?:(?P<month>\d{1,2})月)(?:(?P<day>\d{1,2})[日号])?")
_YEAR = re.compile(r"(?<!\d)(\d{3,4})(?!\d)")
_YEAR_NAMED = re.compile(
    r"[公西]元前(?P<before>\d{1,4})(?=年)|(?<![\d.,前])(?P<bc>\d{1,4})(?= ?BCE?\b)"
    r"|(?<![\d.,])(?<!元前)(?P<year>[12]\d{3}|\d{3,4}(?=年))(?!\d|[.,]\d| ?BCE?\b)"
)
_LEAP_YEAR = 2000  # stands in for years that datetime.date does not know
_MAX_YEAR = 9999


def parse_date(text: str) -> tuple[int, ...] | None:
    """The parts of an ISO 8601 date, as many as are given: year, month, day; None if it is not a date.

    Years run from -9999 to 9999; a negative one is before the year 0.

    >>> parse_date("1881-03"), parse_date("-0469"), parse_date("1881-13")
    ((1881, 3), (-469,), None)
    """
    match = _ISO_DATE.fullmatch(text)
    if match is None:
        return None
    parts = tuple(int(part) for part in match.groups() if part is not None)
    year, month, day = (*parts, 1, 1)[:3]
    try:
        date(year if 1 <= year <= _MAX_YEAR else _LEAP_YEAR, month, day)
    except ValueError:
        return None
    return parts


def years_named(text: str) -> frozenset[int]:
    """The years that a text names, as far as they look like years and like no other numbers.

    >>> sorted(years_named("Where were you in 1892, or 1893? It cost 1,892 pounds."))
    [1892, 1893]
    >>> sorted(years_named("公元前450年你在哪里？ And in 1200 BC?"))
    [-1200, -450]
    """
    found = _YEAR_NAMED.finditer(text)
    return frozenset(int(each["year"] or 0) or -int(each["before"] or each["bc"]) for each in found)


def is_later(year: int, date: str) -> bool:
    """Whether a year comes after a date.

    >>> is_later(1896, "1895-12-31"), is_later(1895, "1895-12-31")
    (True, False)
    """
    parts = parse_date(date)
    return parts is not None and year > parts[0]


def is_before(first: str, second: str) -> bool:
    """Whether a date is certainly before another, compared at the coarser of their precisions.

    >>> is_before("1881", "1881-03"), is_before("1880-12", "1881")
    (False, True)
    """
    one, other = parse_date(first), parse_date(second)
    if one is None or other is None:
        raise ValueError(f"{first!r} and {second!r} are not both dates.")
    shared = min(len(one), len(other))
    return one[:shared] < other[:shared]


def month_number(name: str) -> int:
    """1 to 12 for an English month, whole or shortened.

    Raises:
        KeyError: it does not begin like a month.

    >>> month_number("Sept."), month_number("may")
    (9, 5)
    """
    return _MONTH_NUMBERS[name[:3].casefold()]


_MONTH_NUMBERS = {name[:3].casefold(): number for number, name in enumerate(MONTHS, start=1)}


class Date(NamedTuple):
    """A date as far as it is known."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


def read_date(words: str) -> Date:
    """Whatever some words say of a date, in ISO 8601, English or Chinese; all None if they say nothing.

    >>> read_date("on the 6th of January, 1854"), read_date("1月6日")
    (Date(year=1854, month=1, day=6), Date(year=None, month=1, day=6))
    """
    if (iso := _ISO_IN_TEXT.search(words)) and (parts := parse_date(iso.group())):
        return Date(*parts)
    found = _DAY_MONTH.search(words) or _MONTH_DAY.search(words)
    month = month_number(found["month"]) if found else None
    if chinese := _CHINESE_DATE.search(words):
        found, month = chinese, int(chinese["month"])
    year = _YEAR.search(words)
    day = int(found["day"]) if found and found["day"] else None
    return Date(int(year[1]) if year else None, month, day)


def dates_agree(one: Date, other: Date) -> bool | None:
    """Whether two dates agree in all that both say; None if they share nothing."""
    shared = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    return all(a == b for a, b in shared) if shared else None
