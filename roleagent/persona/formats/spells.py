"""Dates of any precision as the whole days that graph tools want, and back."""

from __future__ import annotations

import calendar
import re

from roleagent.persona.dates import parse_date

_WHOLE_YEAR = re.compile(r"(-?\d{1,4})\.0+")


def first_day(date: str) -> str:
    """The first day of a date.

    >>> first_day("1881"), first_day("-469-02")
    ('1881-01-01', '-0469-02-01')
    """
    year, month, day = (*(parse_date(date) or (1,)), 1, 1)[:3]
    return _day(year, month, day)


def last_day(date: str) -> str:
    """The last day of a date.

    >>> last_day("1881"), last_day("1880-02"), last_day("1881-03-04")
    ('1881-12-31', '1880-02-29', '1881-03-04')
    """
    parts = parse_date(date) or (1,)
    year, month = (*parts, 12)[:2]
    day = parts[2] if len(parts) > 2 else calendar.monthrange(year, month)[1]
    return _day(year, month, day)


def _day(year: int, month: int, day: int) -> str:
    sign = "-" if year < 0 else ""
    return f"{sign}{abs(year):04d}-{month:02d}-{day:02d}"


def date_of(text: str) -> str:
    """The date in a tool's moment; a text that is none stays what it is.

    >>> date_of("1881-03-04T00:00:00"), date_of("1881.0"), date_of("soon")
    ('1881-03-04', '1881', 'soon')
    """
    day = text.strip().partition("T")[0]
    year = _WHOLE_YEAR.fullmatch(day)
    return year[1] if year else day


def end_date(edge_date: str | None, spell: str | None, day: str | None) -> str | None:
    """The date that counts: the precise one, unless a tool has moved the spell away from its day.

    Args:
        edge_date: the date as the persona has it.
        spell: the spell's own.
        day: the whole day that `edge_date` stands for.
    """
    if spell is None or parse_date(date_of(spell)) is None:
        return edge_date
    moved = day is None or parse_date(date_of(spell)) != parse_date(day)
    return date_of(spell) if moved else edge_date
