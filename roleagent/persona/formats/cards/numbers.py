"""Numbers from a card, which may be written as anything."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from roleagent.persona.formats.foreign import clean_text
from roleagent.persona.formats.report import Report

_MILLISECONDS_FROM = 100_000_000_000  # as seconds that would be the year 5138


def time_of(table: Mapping[str, Any], key: str, where: str, report: Report) -> int | None:
    """A time in seconds since 1970 under a key; None where there is none, reported where it is no number."""
    value = table.get(key)
    if value is None or value == "":
        return None
    number = _number(value)
    if number is None:
        report.warn(f"{where}{key}", f"is {clean_text(str(value)[:40])!r}, not a number: left out")
        return None
    if abs(number) < _MILLISECONDS_FROM:
        return number
    report.warn(f"{where}{key}", "counts milliseconds, not seconds: taken as such")
    seconds = number // 1000
    return seconds if abs(seconds) < _MILLISECONDS_FROM else None


def whole_number(value: object, default: int) -> int:
    """A number such as a depth; the default where it is none."""
    number = _number(value)
    return default if number is None or abs(number) >= _MILLISECONDS_FROM else number


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return int(number) if math.isfinite(number) else None
