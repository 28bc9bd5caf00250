"""When something was so: from the words beside a cue to an interval of ISO 8601 dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from roleagent.language.dates import MONTH, parse_date
from roleagent.language.times import find_time
from roleagent.language.times.span import Span
from roleagent.learning.rules import Stance

Interval = tuple[str | None, str | None]
TIMED = frozenset(
    [
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
    ]
)
"""Relations that hold for a time; one is born, named or a brother for good."""

_YEAR = r"(?:19|20)\d\d"
_MONTH_OF_YEAR = rf"(?:(?:{MONTH})\.? )?{_YEAR}"
_NUMBER = r"(?:\d{1,2}|[一二两三四五六七八九十几]{1,3})"
_CHINESE = (
    rf"(?:{_YEAR}年?(?:{_NUMBER}月)?(?:{_NUMBER}[日号])?|[今去前]年(?:{_NUMBER}月)?|{_NUMBER}月份?|大?前天|[昨今]天"
    rf"|(?:上+|这|本)个?(?:月|(?:周|星期|礼拜)[一二三四五六日天末]?)|{_NUMBER}(?:年|个月|个星期|周|天)(?:以)?前)"
)
_BETWEEN = re.compile(
    r"\b(?:from|between) ([^,;.]{3,30}?) (?:until|till|to|and|through) ([^,;.]{3,30})"
    rf"|\b({_MONTH_OF_YEAR}) ?(?:until|till|to|through|[-–—/]) ?({_MONTH_OF_YEAR})\b"
    rf"|({_CHINESE})(?:[到至–—~-])({_CHINESE})",
    re.IGNORECASE,
)
_SINCE = re.compile(
    rf"\b(?:since|starting) ([^,;.]{{3,40}})|(?:自从?|从|打)({_CHINESE})"
    rf"|({_CHINESE})(?:开始|起|以来|[以之]?后?就|来的)",
    re.IGNORECASE,
)
_UNTIL = re.compile(rf"\b(?:until|till|up to) ([^,;.]{{3,40}})|(?:直到|到|至)({_CHINESE})", re.IGNORECASE)
_FOR = re.compile(
    r"\bfor (?:about |over |nearly |almost |the (?:past|last) )?"
    r"(\w+ (?:years?|months?|weeks?|days?))\b(?! ago)"
    rf"|(?:了|已经)({_NUMBER}(?:年|个月|个星期|周|天))多?了",
    re.IGNORECASE,
)
_VAGUELY = re.compile(r"^(?:(?:about|around|early|late) )+", re.IGNORECASE)
_AROUND_EVENT = re.compile(r"\b(?:before|after) (?!last|this|yesterday)\D*$", re.IGNORECASE)


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


def read_when(words: str, today: date) -> When:
    """The times that a clause names, English or Chinese.

    >>> read_when("lived in Rome from 2010 to 2014", date(2026, 3, 1))
    When(since='2010', until='2014', at=None)
    >>> read_when("我2010年到2014年住在罗马", date(2026, 3, 1))
    When(since='2010', until='2014', at=None)
    """
    if between := _BETWEEN.search(words):
        first, second = (point(each, today) for each in between.groups() if each)
        if first and second:
            return When(since=first, until=second)
    since, until, lasted = (_caught(pattern, words) for pattern in (_SINCE, _UNTIL, _FOR))
    if lasted and not since:
        since = f"{lasted} ago" if lasted.isascii() else f"{lasted}前"
    return When(
        since=point(since, today) if since else None,
        until=point(until, today) if until else None,
        at=None if since or until else _read(_AROUND_EVENT.sub("", words), today),
    )


def point(words: str, today: date) -> str | None:
    """The first time in some words that name one, as ISO 8601 of the precision it is told in.

    >>> april = date(2026, 4, 1)
    >>> point("last March", april), point("2010", april), point("上周二", april)
    ('2026-03', '2010', '2026-03-24')
    """
    words = _VAGUELY.sub("", words)
    if re.fullmatch(_YEAR, words):
        return words
    return _read(f"in {words}", today) or _read(f"on {words}", today)


def _caught(pattern: re.Pattern[str], words: str) -> str | None:
    found = pattern.search(words)
    return found[found.lastindex or 0] if found else None


def _read(words: str, today: date) -> str | None:
    span = find_time(words, datetime.combine(today, time(12), tzinfo=UTC))
    return _in_iso(span, today) if isinstance(span, Span) else None


def _in_iso(span: Span, today: date) -> str:
    """A year, a month (of a season the first), or a day: of a week the one like today, else the middle."""
    days = (span.end - span.start).days
    if days > 360:
        return f"{span.start:%Y}"
    if days > 27:
        return f"{span.start:%Y-%m}"
    if days == 7 and span.start.weekday() == 0:
        return f"{span.start + timedelta(days=today.weekday()):%Y-%m-%d}"
    return f"{span.start + (span.end - span.start) / 2:%Y-%m-%d}"


def interval(when: When, stance: Stance, today: date) -> Interval:
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


def _not_later(when: str | None, today: date) -> str | None:
    parts = parse_date(when) if when else None
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
