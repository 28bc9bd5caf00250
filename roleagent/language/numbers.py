"""Numbers in words, English and Chinese."""

from __future__ import annotations

import re

_ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBER_WORDS = {word: number for number, word in enumerate(_ONES.split())} | {
    word: 10 * number for number, word in enumerate(_TENS.split(), start=2)
}
"""English words up to ninety that stand for one number each."""
CHINESE_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_MOST_CHARS = 40  # of a number; Python reads no more than 4,300 digits
_CHINESE_SCALES = {"十": 10, "百": 100, "千": 1000}


def read_number(words: str) -> int | None:
    """A whole number in digits, in English words below a hundred or in Chinese ones below ten thousand.

    >>> read_number("41"), read_number("forty-one"), read_number("三百二十"), read_number("old")
    (41, 41, 320, None)
    """
    words = words.strip().casefold()
    if len(words) > _MOST_CHARS:
        return None
    if words.isdecimal():
        return int(words)
    if words and all(char in CHINESE_DIGITS or char in _CHINESE_SCALES for char in words):
        total, digit = 0, 0
        for char in words:
            if char in _CHINESE_SCALES:
                total, digit = total + max(digit, 1) * _CHINESE_SCALES[char], 0
            else:
                digit = CHINESE_DIGITS[char]
        return total + digit
    parts = re.split(r"[\s-]+", words)
    return sum(NUMBER_WORDS[part] for part in parts) if all(part in NUMBER_WORDS for part in parts) else None
