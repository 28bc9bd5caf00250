"""Ages and dates in English words."""

from __future__ import annotations

import re

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_NUMBERS = {word: number for number, word in enumerate(_ONES.split())}
_NUMBERS |= {word: 10 * number for number, word in enumerate(_TENS.split(), start=2)}
_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES.split(), start=1)}
_MONTH = r"(?P<month>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:1[89]|20)\d{2})"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})-(?P<number>\d{1,2})-(?P<day>\d{1,2})",
        rf"(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR})?",
        rf"{_MONTH}\s+(?:the\s+)?{_DAY}(?:,?\s+{_YEAR})?",
        rf"(?:{_MONTH},?\s+(?:of\s+)?)?{_YEAR}",
    )
)


def age(words: str, cased: bool) -> tuple[str, ...]:
    """Years, 3 to 120, in digits or words."""
    years = small_number(words)
    return (str(years),) if 3 <= years <= 120 else ()


def small_number(words: str) -> int:
    """A number below a hundred in words, or any in digits; 0 for none."""
    in_words = sum(_NUMBERS.get(part, 0) for part in re.split(r"[\s-]+", words.lower()))
    return int(words) if words.isdigit() else in_words


def date(words: str, cased: bool) -> tuple[str, ...]:
    """ISO 8601 as far as it is known; a birthday without a year as ``--05-12``.

    >>> date("the 12th of May 1990", True), date("March 3rd", True), date("1990", True)
    (('1990-05-12',), ('--03-03',), ('1990',))
    """
    found = next((match for pattern in _DATES if (match := pattern.fullmatch(words.strip(" .")))), None)
    if found is None:
        return ()
    part = {"month": None, "day": None, "number": None, "year": None, **found.groupdict()}
    month = int(part["number"]) if part["number"] else _MONTHS.get((part["month"] or "")[:3].lower(), 0)
    day = int(part["day"] or 0)
    if month > 12 or day > 31:
        return ()
    return ("-".join([part["year"] or "-", *(f"{number:02}" for number in (month, day) if number)]),)
