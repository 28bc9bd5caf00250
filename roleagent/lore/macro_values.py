"""Values of single macros: times, dice, sums, and choices. Each is bounded."""

from __future__ import annotations

import hashlib
import math
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from roleagent.language.dates import CHINESE_WEEKDAYS, MONTHS, WEEKDAYS

MAX_DICE = 100
MAX_SIDES = 1_000_000
MAX_BLANKS = 100
MAX_SUM = 100  # characters
_COUNT = re.compile(r"[0-9]{1,9}")
_DICE = re.compile(r"([+-]?)(?:([0-9]{0,3})d([0-9]{1,7})|([0-9]{1,7}))", re.IGNORECASE)
_COMMA = re.compile(r"(?<!\\),")
_OFFSET = re.compile(r"time_utc([+-][0-9]{1,2})")
_TOKEN = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?|[-+*/%()]")


def moment(name: str, now: datetime, language: str) -> str | None:
    """What a macro of time says, in UTC; None for a macro of another kind.

    >>> moment("date", datetime(2026, 5, 1, 9, 5), "en"), moment("weekday", datetime(2026, 5, 1), "zh")
    ('1 May 2026', '星期五')
    """
    is_chinese = language.startswith("zh")
    offset = _OFFSET.fullmatch(name)
    if offset:
        return f"{now + timedelta(hours=int(offset[1])):%H:%M}"
    if is_chinese:
        date, day = f"{now.year}年{now.month}月{now.day}日", f"星期{CHINESE_WEEKDAYS[now.weekday()]}"
    else:
        date, day = f"{now.day} {MONTHS[now.month - 1]} {now.year}", WEEKDAYS[now.weekday()]
    said = {
        "time": f"{now:%H:%M} UTC",
        "date": date,
        "weekday": day,
        "isotime": f"{now:%H:%M}",
        "isodate": f"{now:%Y-%m-%d}",
        "datetimeformat": f"{date} {now:%H:%M} UTC",
    }
    return said.get(name)


def is_of_time(name: str) -> bool:
    """Whether a macro says what time it is."""
    return moment(name, datetime(2000, 1, 1, tzinfo=UTC), "en") is not None  # any moment does


def blanks(blank: str, argument: str) -> str:
    """A blank as often as the argument says, up to MAX_BLANKS times; once if it is no number."""
    if not argument:
        return blank
    return blank * (min(int(argument), MAX_BLANKS) if _COUNT.fullmatch(argument) else 1)


def roll(argument: str, generator: random.Random) -> str | None:
    """``6``, ``2d6``, ``1d20+3``: what the dice show; None if these are no dice, or too many."""
    words = argument.replace(" ", "")
    if words.isdecimal():
        words = f"d{words}"
    terms = list(_DICE.finditer(words))
    if not terms or "".join(term[0] for term in terms) != words or any(not term[1] for term in terms[1:]):
        return None
    dice = [int(term[2] or 1) if term[3] else 0 for term in terms]
    for term, count in zip(terms, dice, strict=True):
        if term[3] and not (count > 0 and 1 <= int(term[3]) <= MAX_SIDES):
            return None
    if sum(dice) > MAX_DICE:
        return None
    total = 0
    for term, count in zip(terms, dice, strict=True):
        shown = sum(generator.randint(1, int(term[3])) for _ in range(count)) if term[3] else int(term[4])
        total += -shown if term[1] == "-" else shown
    return str(total)


def choices(argument: str) -> list[str]:
    """The parts of ``a,b`` or ``a::b``; a comma after a backslash does not separate."""
    if "::" in argument:
        return [choice.strip() for choice in argument.split("::")]
    return [choice.strip().replace("\\,", ",") for choice in _COMMA.split(argument)]


def picked(argument: str, seed: str) -> str:
    """One of some choices, always the same for one seed."""
    words = f"{seed}\x1f{argument}"
    number = int.from_bytes(hashlib.sha256(words.encode("utf-8", "surrogatepass")).digest()[:8])
    found = choices(argument)
    return found[number % len(found)]


def calculated(text: str) -> str | None:
    """The result of ``+ - * / %`` and brackets; None if it is no such sum, or has no result.

    >>> calculated("2 * (1 + 3) - 10 / 4"), calculated("1 / 0"), calculated("__import__")
    ('5.5', None, None)
    """
    plain = "".join(text.split())
    tokens = _TOKEN.findall(plain) if len(plain) <= MAX_SUM else []
    if not tokens or "".join(tokens) != plain:
        return None
    try:
        value, rest = _sum(tokens)
    except (IndexError, ValueError, ZeroDivisionError, OverflowError):
        return None
    if rest or not math.isfinite(value):
        return None
    return str(int(value)) if value.is_integer() else f"{value:.10g}"


_OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "+": float.__add__, "-": float.__sub__, "*": float.__mul__, "/": float.__truediv__, "%": float.__mod__,
}  # fmt: skip


def _sum(tokens: list[str]) -> tuple[float, list[str]]:
    value, rest = _product(tokens)
    while rest and rest[0] in "+-":
        other, after = _product(rest[1:])
        value, rest = _OPERATIONS[rest[0]](value, other), after
    return value, rest


def _product(tokens: list[str]) -> tuple[float, list[str]]:
    value, rest = _factor(tokens)
    while rest and rest[0] in "*/%":
        other, after = _factor(rest[1:])
        value, rest = _OPERATIONS[rest[0]](value, other), after
    return value, rest


def _factor(tokens: list[str]) -> tuple[float, list[str]]:
    """A number, one with a sign, or a sum in brackets; `IndexError` or `ValueError` for anything else."""
    first, rest = tokens[0], tokens[1:]
    if first == "-":
        value, rest = _factor(rest)
        return -value, rest
    if first != "(":
        return float(first), rest
    value, rest = _sum(rest)
    if rest[0] != ")":
        raise ValueError(rest[0])
    return value, rest[1:]
