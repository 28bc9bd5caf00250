"""Time expressions of Chinese: a table of patterns and what each means."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from roleagent.language.dates import CHINESE_WEEKDAYS
from roleagent.language.numbers import read_number
from roleagent.language.times import span as calendar
from roleagent.language.times.span import Anchored, Span

Reading = Callable[[re.Match[str], datetime], Span | Anchored | None]

_SEASONS = {"春": "spring", "夏": "summer", "秋": "autumn", "冬": "winter"}
_UNITS = {"天": "day", "日": "day", "周": "week", "星期": "week", "礼拜": "week", "月": "month", "年": "year"}
_NUMBER = r"(?:\d{1,3}|[一二两三四五六七八九十几]{1,3})"
_COUNT = rf"(?P<count>{_NUMBER})"
_UNIT = r"(?P<unit>天|周|个?星期|个?礼拜|个?月|年)"
_WEEK = r"(?:周|星期|礼拜)"
_SEASON = r"(?P<season>[春夏秋冬])[天季]?"
_EVENT = r"(?:[我你他她它咱]们?|大家)?在?(?P<event>[^\s，。？！,.?!；;、]{2,20}?)"
_BACK = {"去": 1, "前": 2, "今": 0}


def _number(said: str) -> int:
    """A number in digits or characters: 几 is about three, and 两三 about two.

    >>> _number("12"), _number("十二"), _number("几十"), _number("两三")
    (12, 12, 30, 2)
    """
    said = said.replace("几", "三")
    return read_number(said if "十" in said or said.isdigit() else said[0]) or 1


def _unit(match: re.Match[str]) -> str:
    return _UNITS[match["unit"].removeprefix("个")]


def _month(match: re.Match[str]) -> int:
    month = _number(match["month"])
    if not 1 <= month <= 12:
        raise ValueError(f"{match['month']!r} is no month")
    return month


def _weeks_back(match: re.Match[str]) -> int:
    return -match["back"].count("上")  # 上周 is one back, 上上周 two, 这周 none


def _weekday(match: re.Match[str], now: datetime) -> Span:
    monday = calendar.week_of(now, weeks=_weeks_back(match)).start
    return calendar.day_of(monday, days=CHINESE_WEEKDAYS.index(match["weekday"].replace("天", "日")))


def _from_event(match: re.Match[str], now: datetime) -> Anchored:
    unit = _unit(match)
    sign = -1 if match["side"] == "前" else 1
    return Anchored(
        event=match["event"],
        shift=sign * calendar.shift_of(_number(match["count"]), unit),
        reach=calendar.reach_of(unit) if unit != "day" else 0 * calendar.DAY,
    )


def _near_event(match: re.Match[str], now: datetime) -> Anchored:
    sign = -1 if match["side"] == "前" else 1
    return Anchored(event=match["event"], shift=sign * calendar.WEEK, reach=calendar.WEEK)


_TABLE: tuple[tuple[str, Reading], ...] = (
    (rf"(?P<year>(?:19|20)\d\d)年(?P<month>{_NUMBER})月(?P<day>{_NUMBER})[日号]",
     lambda m, now: calendar.date_of(int(m["year"]), _month(m), _number(m["day"]), now)),
    (rf"(?P<year>(?:19|20)\d\d)年(?P<month>{_NUMBER})月",
     lambda m, now: calendar.month_of(int(m["year"]), _month(m))),
    (rf"(?P<year>(?:19|20)\d\d)年的?{_SEASON}",
     lambda m, now: calendar.season_of(int(m["year"]), _SEASONS[m["season"]])),
    (r"(?P<year>(?:19|20)\d\d)年", lambda m, now: calendar.year_of(int(m["year"]))),
    (rf"(?P<back>[去前今])年的?(?P<month>{_NUMBER})月",
     lambda m, now: calendar.month_of(now.year - _BACK[m["back"]], _month(m))),
    (rf"(?P<back>[去前今])年的?{_SEASON}",
     lambda m, now: calendar.season_of(now.year - _BACK[m["back"]], _SEASONS[m["season"]])),
    (rf"(?P<month>{_NUMBER})月(?P<day>{_NUMBER})[日号]",
     lambda m, now: calendar.latest_date(now, _month(m), _number(m["day"]))),
    (r"半年(?:以|之)?前", lambda m, now: calendar.ago(now, 6, "month")),
    (rf"{_COUNT}{_UNIT}(?:以|之)?前", lambda m, now: calendar.ago(now, _number(m["count"]), _unit(m))),
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
     lambda m, now: calendar.within_last(now, _number(m["count"]), _unit(m))),
    (r"(?P<back>[去前今])年", lambda m, now: calendar.year_of(now.year - _BACK[m["back"]])),
    (rf"(?P<month>{_NUMBER})月份?", lambda m, now: calendar.latest_month(now, _month(m))),
    (rf"{_EVENT}(?:之|以)(?P<side>[前后])", _near_event),
)  # fmt: skip
READINGS = tuple((re.compile(pattern), reading) for pattern, reading in _TABLE)
