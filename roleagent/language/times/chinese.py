"""Time expressions of Chinese: a table of patterns and what each means."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from roleagent.language.times import span as calendar
from roleagent.language.times.span import Anchored, Span

Reading = Callable[[re.Match[str], datetime], Span | Anchored | None]

_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
           "几": 3}  # fmt: skip
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_SEASONS = {"春": "spring", "夏": "summer", "秋": "autumn", "冬": "winter"}
_UNITS = {"天": "day", "日": "day", "周": "week", "星期": "week", "礼拜": "week", "月": "month", "年": "year"}
_NUMBER = r"(?:\d{1,3}|[一二两三四五六七八九十几]{1,3})"
_COUNT = rf"(?P<count>{_NUMBER})"
_UNIT = r"(?P<unit>天|周|个?星期|个?礼拜|个?月|年)"
_WEEK = r"(?:周|星期|礼拜)"
_SEASON = r"(?P<season>[春夏秋冬])[天季]?"
_EVENT = r"(?:[我你他她它咱]们?|大家)?在?(?P<event>[^\s，。？！,.?!；;、]{2,20}?)"
_BACK = {"去": 1, "前": 2, "今": 0}


def number_of(said: str) -> int:
    """A number up to 99 in digits or characters; 几 is about three.

    >>> number_of("12"), number_of("十二"), number_of("二十"), number_of("两")
    (12, 12, 20, 2)
    """
    if said.isdigit():
        return int(said)
    tens, ten, ones = said.partition("十")
    if not ten:
        return _DIGITS.get(said[0], 1)
    return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)


def _unit(match: re.Match[str]) -> str:
    return _UNITS[match["unit"].removeprefix("个")]


def _month(match: re.Match[str]) -> int:
    month = number_of(match["month"])
    if not 1 <= month <= 12:
        raise ValueError(f"{match['month']!r} is no month")
    return month


def _date(match: re.Match[str], now: datetime) -> Span | None:
    return calendar.date_of(int(match["year"]), _month(match), number_of(match["day"]), now)


def _weeks_back(match: re.Match[str]) -> int:
    return -match["back"].count("上")  # 上周 is one back, 上上周 two, 这周 none


def _weekday(match: re.Match[str], now: datetime) -> Span:
    monday = calendar.week_of(now, weeks=_weeks_back(match)).start
    return calendar.day_of(monday, days=_WEEKDAYS[match["weekday"]])


def _season(match: re.Match[str], now: datetime) -> Span:
    return calendar.season_of(now.year - _BACK[match["back"]], _SEASONS[match["season"]])


def _month_of_year(match: re.Match[str], now: datetime) -> Span:
    return calendar.month_of(now.year - _BACK[match["back"]], _month(match))


def _from_event(match: re.Match[str], now: datetime) -> Anchored:
    unit = _unit(match)
    sign = -1 if match["side"] == "前" else 1
    return Anchored(
        event=match["event"],
        shift=sign * calendar.shift_of(number_of(match["count"]), unit),
        reach=calendar.reach_of(unit) if unit != "day" else 0 * calendar.DAY,
    )


def _near_event(match: re.Match[str], now: datetime) -> Anchored:
    sign = -1 if match["side"] == "前" else 1
    return Anchored(event=match["event"], shift=sign * calendar.WEEK, reach=calendar.WEEK)


_TABLE: tuple[tuple[str, Reading], ...] = (
    (rf"(?P<year>(?:19|20)\d\d)年(?P<month>{_NUMBER})月(?P<day>{_NUMBER})[日号]", _date),
    (rf"(?P<year>(?:19|20)\d\d)年(?P<month>{_NUMBER})月",
     lambda m, now: calendar.month_of(int(m["year"]), _month(m))),
    (rf"(?P<year>(?:19|20)\d\d)年的?{_SEASON}",
     lambda m, now: calendar.season_of(int(m["year"]), _SEASONS[m["season"]])),
    (r"(?P<year>(?:19|20)\d\d)年", lambda m, now: calendar.year_of(int(m["year"]))),
    (rf"(?P<back>[去前今])年的?(?P<month>{_NUMBER})月", _month_of_year),
    (rf"(?P<back>[去前今])年的?{_SEASON}", _season),
    (rf"(?P<month>{_NUMBER})月(?P<day>{_NUMBER})[日号]",
     lambda m, now: calendar.latest_date(now, _month(m), number_of(m["day"]))),
    (r"半年(?:以|之)?前", lambda m, now: calendar.ago(now, 6, "month")),
    (rf"{_COUNT}{_UNIT}(?:以|之)?前", lambda m, now: calendar.ago(now, number_of(m["count"]), _unit(m))),
    (rf"{_EVENT}(?:之|以)?(?P<side>[前后])(?:的?(?:第)?){_COUNT}{_UNIT}", _from_event),
    (r"大前天", lambda m, now: calendar.day_of(now, days=-3)),
    (r"前天|前晚", lambda m, now: calendar.day_of(now, days=-2)),
    (r"昨[天晚日]|昨儿", lambda m, now: calendar.day_of(now, days=-1)),
    (r"今[天晚早日]|今儿", lambda m, now: calendar.day_of(now)),
    (rf"(?P<back>上+|这|本)个?{_WEEK}末", lambda m, now: calendar.weekend_of(now, weeks=_weeks_back(m))),
    (rf"(?P<back>上+|这|本)个?{_WEEK}(?P<weekday>[一二三四五六日天])", _weekday),
    (rf"(?P<back>上+|这|本)个?{_WEEK}", lambda m, now: calendar.week_of(now, weeks=_weeks_back(m))),
    (r"(?P<back>上+|这|本)个?月", lambda m, now: calendar.months_from(now, _weeks_back(m))),
    (rf"(?:过去|最近|近)的?(?:这)?{_COUNT}{_UNIT}",
     lambda m, now: calendar.within_last(now, number_of(m["count"]), _unit(m))),
    (r"(?P<back>[去前今])年", lambda m, now: calendar.year_of(now.year - _BACK[m["back"]])),
    (rf"(?P<month>{_NUMBER})月份?", lambda m, now: calendar.latest_month(now, _month(m))),
    (rf"{_EVENT}(?:之|以)(?P<side>[前后])", _near_event),
)  # fmt: skip
READINGS = tuple((re.compile(pattern), reading) for pattern, reading in _TABLE)
