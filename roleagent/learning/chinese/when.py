"""Chinese words of time beside a cue, in simplified characters."""

from __future__ import annotations

import re
from datetime import date

from roleagent.learning.chinese.readers import number
from roleagent.learning.chinese.slots import DAYS, WEEKDAYS
from roleagent.learning.when import When, days_before, latest_month, months_before, weekday_of, years_before

_NUMBER = r"(?:\d{1,4}|[一二两三四五六七八九十]{1,3})"
_POINT = (
    rf"(?:\d{{4}}年(?:\d{{1,2}}月(?:\d{{1,2}}[日号])?)?(?:底|初)?|[今去前]年(?:{_NUMBER}月)?|上个?月"
    rf"|这个?月|{DAYS}"
    rf"|(?:大约|大概)?{_NUMBER}(?:年|个月|个星期|周|天)(?:以)?前|{_NUMBER}月(?:份)?)"
)
_SINCE = re.compile(
    rf"(?:自从?|从|打)({_POINT})(?:开始|起|以来|就|一直|到现在|至今)|({_POINT})(?:开始|起|以来|以后就"
    rf"|之后就|就|来的)"
)
_BETWEEN = re.compile(
    rf"从?((?:1[89]|20)\d{{2}}(?=[到至–—~-])|{_POINT})(?:到|至|-|–|—|~)({_POINT})(?:之间|期间)?"
)
_UNTIL = re.compile(rf"(?:直到|到|至)({_POINT})(?:为止|才|都|之前)?")
_FOR = re.compile(rf"(?:了|已经)({_NUMBER})(?:多)?(年|个月|个星期|周|天)(?:了|多了)")
_AT = re.compile(rf"({_POINT})")


def when(words: str, today: date | None) -> When:
    """The times that a clause names.

    >>> when("2010年到2014年我住在罗马", None)
    When(since='2010', until='2014', at=None)
    """
    if between := _BETWEEN.search(words):
        return When(since=_date(between[1], today), until=_date(between[2], today))
    since, until, lasted, at = (pattern.search(words) for pattern in (_SINCE, _UNTIL, _FOR, _AT))
    begun = (
        _date(since[1] or since[2], today) if since else _ago(lasted[1], lasted[2], today) if lasted else None
    )
    return When(
        since=begun,
        until=_date(until[1], today) if until else None,
        at=_date(at[1], today) if at and not (since or until or lasted) else None,
    )


def _date(words: str, today: date | None) -> str | None:
    if re.fullmatch(r"\d{4}", words):
        return words
    if ago := re.fullmatch(rf"(?:大约|大概)?({_NUMBER})(年|个月|个星期|周|天)(?:以)?前", words):
        return _ago(ago[1], ago[2], today)
    if dated := re.match(r"(\d{4})年(?:(\d{1,2})月)?(?:(\d{1,2})[日号])?", words):
        year, *rest = (part for part in dated.groups() if part)
        return "-".join([year, *(f"{int(part):02}" for part in rest)])
    if of_year := re.fullmatch(rf"([今去前])年(?:({_NUMBER})月)?", words):
        return _of_year("今去前".index(of_year[1]), of_year[2], today)
    if of_month := re.fullmatch(rf"({_NUMBER})月(?:份)?", words):
        return latest_month(today, number(of_month[1]))
    return _spoken(words, today)


def _of_year(years: int, month: str | None, today: date | None) -> str | None:
    if today is None:
        return None
    return f"{today.year - years}-{number(month):02}" if month else str(today.year - years)


def _spoken(words: str, today: date | None) -> str | None:
    if today is None:
        return None
    if words.startswith("上") and words.endswith("月"):
        return months_before(today, 1)
    if words.startswith("这") and words.endswith("月"):
        return f"{today:%Y-%m}"
    if found := re.fullmatch(rf"(?:(上+|这|本)个?)?(?:周|星期|礼拜)([{WEEKDAYS}末])?", words):
        return _of_week((found[1] or "").count("上"), found[2], today)
    return days_before(today, {"昨": 1, "前": 2, "大": 3}.get(words[0], 0))


def _of_week(weeks: int, weekday: str | None, today: date) -> str | None:
    """上周 is about a week ago, 上周二 that Tuesday, 周末 the Saturday."""
    if weekday is None:
        return days_before(today, 7 * weeks) if weeks else None
    number_of_day = 5 if weekday == "末" else min(WEEKDAYS.index(weekday), 6)
    return weekday_of(today, number_of_day, weeks=weeks)


def _ago(count: str, unit: str, today: date | None) -> str | None:
    amount = number(count)
    if unit == "年":
        return years_before(today, amount)
    if unit == "个月":
        return months_before(today, amount)
    return days_before(today, amount * (1 if unit == "天" else 7)) if amount else None
