"""Dates of any precision, as ISO 8601 writes them: ``1881``, ``1881-03``, ``1881-03-04``."""

from __future__ import annotations

import re
from datetime import date

_DATE = re.compile(r"(-?\d{1,4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_LEAP_YEAR = 2000  # stands in for years that datetime.date does not know
_MAX_YEAR = 9999


def parse_date(text: str) -> tuple[int, ...] | None:
    """The parts of a date, as many as are given: year, month, day; None if it is no date.

    Years run from -9999 to 9999; a negative one is before the year 0.

    >>> parse_date("1881-03"), parse_date("-0469"), parse_date("1881-13")
    ((1881, 3), (-469,), None)
    """
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    parts = tuple(int(part) for part in match.groups() if part is not None)
    return parts if _exists(parts) else None


def _exists(parts: tuple[int, ...]) -> bool:
    year, month, day = (*parts, 1, 1)[:3]
    try:
        date(year if 1 <= year <= _MAX_YEAR else _LEAP_YEAR, month, day)
    except ValueError:
        return False
    return True


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
