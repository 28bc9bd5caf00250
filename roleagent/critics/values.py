"""Whether two ways of naming a value agree: numbers, dates, genders, names."""

from __future__ import annotations

import re
from typing import NamedTuple

from roleagent.persona.dates import parse_date

_UNITS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_NUMBERS = {word: number for number, word in enumerate(_UNITS.split())} | {
    word: 10 * number for number, word in enumerate(_TENS.split(), start=2)
}
_DIGITS_ZH = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SCALES_ZH = {"十": 10, "百": 100, "千": 1000}
_MONTH_NAMES = """january february march april may june july august september october november
december"""
_MONTHS = _MONTH_NAMES.split()
_MONTH = "|".join(f"{month[:3]}(?:{month[3:]})?" for month in _MONTHS)
_DAY_MONTH = re.compile(
    rf"(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: day)?(?: of)? (?P<month>{_MONTH})\b", re.I
)
_MONTH_DAY = re.compile(rf"\b(?P<month>{_MONTH})\.?(?: (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b)?", re.I)
_CHINESE_DATE = re.compile(r"(?:(?P<month>\d{1,2})月)(?:(?P<day>\d{1,2})[日号])?")
_YEAR = re.compile(r"(?<!\d)(\d{3,4})(?!\d)")
_ISO = re.compile(r"-?\d{3,4}-\d{2}(?:-\d{2})?")
_MALE = re.compile(r"\b(?:man|male|gentleman|boy)\b|男|汉子", re.I)
_FEMALE = re.compile(r"\b(?:woman|female|lady|girl)\b|女|姑娘", re.I)
_TITLES = "dr mr mrs miss ms sir professor inspector colonel the of and"
_UNNAMED = frozenset(_TITLES.split())
_WORD = re.compile(r"[^\W\d_]+")


class Date(NamedTuple):
    """A date as far as it is known."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


def read_number(words: str) -> int | None:
    """A whole number in digits, English or Chinese words.

    >>> read_number("forty-one"), read_number("三百二十"), read_number("old")
    (41, 320, None)
    """
    words = words.strip().casefold()
    if words.isdecimal():
        return int(words)
    if all(char in _DIGITS_ZH or char in _SCALES_ZH for char in words) and words:
        return _read_chinese(words)
    parts = re.split(r"[\s-]+", words)
    return sum(_NUMBERS[part] for part in parts) if all(part in _NUMBERS for part in parts) else None


def _read_chinese(words: str) -> int:
    total, digit = 0, 0
    for char in words:
        if char in _SCALES_ZH:
            total, digit = total + max(digit, 1) * _SCALES_ZH[char], 0
        else:
            digit = _DIGITS_ZH[char]
    return total + digit


def read_date(words: str) -> Date:
    """Whatever of a date stands in some words; all None when nothing does."""
    if (iso := _ISO.search(words)) and (parts := parse_date(iso.group())):
        return Date(*parts)
    found = _DAY_MONTH.search(words) or _MONTH_DAY.search(words)
    month = _MONTHS.index(_whole(found["month"])) + 1 if found else None
    if chinese := _CHINESE_DATE.search(words):
        found, month = chinese, int(chinese["month"])
    year = _YEAR.search(words)
    day = int(found["day"]) if found and found["day"] else None
    return Date(int(year.group(1)) if year else None, month, day)


def _whole(month: str) -> str:
    return next(name for name in _MONTHS if name.startswith(month.casefold()[:3]))


def dates_agree(one: Date, other: Date) -> bool | None:
    """Whether two dates agree in all that both say; None when they share nothing."""
    shared = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    return all(a == b for a, b in shared) if shared else None


def genders_agree(one: str, other: str) -> bool | None:
    """Whether two words for a gender mean the same; None for words that say nothing of it."""
    genders = [_gender(words) for words in (one, other)]
    return None if None in genders else genders[0] == genders[1]


def _gender(words: str) -> str | None:
    if _FEMALE.search(words):
        return "female"
    return "male" if _MALE.search(words) else None


def names_agree(one: str, other: str) -> bool:
    """Whether two names share a word, titles aside, or one holds the other (as Chinese names do).

    >>> names_agree("Mr Holmes", "Sherlock Holmes"), names_agree("Mycroft Holmes", "Sherlock Holmes")
    (True, False)
    """
    first, second = _name_words(one), _name_words(other)
    if not first or not second:
        return False
    return (
        first <= second
        or second <= first
        or any(a in b or b in a for a in first for b in second if a > "\u3400")
    )


def _name_words(name: str) -> frozenset[str]:
    return frozenset(
        word for word in _WORD.findall(name.casefold().removesuffix("'s")) if word not in _UNNAMED
    )
