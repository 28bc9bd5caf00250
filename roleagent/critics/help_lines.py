"""Where a person in danger finds help, and how it is said: help lines by region, in English and Chinese.

The lines and words are in ``tables/help_lines.toml``, with the date on which they were written down.
"""

from __future__ import annotations

import re
from functools import cache

from roleagent.critics.text import read_table
from roleagent.language.scripts import HAN, KANA

ANY = "any"
LANGUAGES = ("en", "zh")

_LOCALE = re.compile(r"[A-Za-z]{2,3}[-_]([A-Za-z]{2})")
_HAN = re.compile(f"[{HAN}]")
_OTHER = re.compile(f"[{KANA}\u0370-\u06ff\uac00-\ud7af]")
_LATIN_WORD = re.compile(r"[A-Za-z']{2,}")
_KINDS = ("suicide", "other", "abuse", "medical")


@cache
def regions() -> frozenset[str]:
    """The regions whose help lines are known, as ISO 3166 codes and ``EU``."""
    return frozenset(key for key in read_table("help_lines") if key.isupper())


def region_of(locale: str) -> str | None:
    """The region of a locale such as ``en-GB``; None if there are no help lines for it.

    >>> region_of("en-GB"), region_of("zh_cn"), region_of("any"), region_of("en-XX")
    ('GB', 'CN', 'any', None)
    """
    found = _LOCALE.fullmatch(locale)
    region = found[1].upper() if found else ""
    return ANY if locale == ANY else region if region in regions() else None


def language_of(text: str, *, otherwise: str) -> str:
    """The language in which somebody is answered: that of their words if it is clear, ``en`` or ``zh``.

    Args:
        text: their words.
        otherwise: the language that the character speaks; English where that is neither.

    >>> [language_of(text, otherwise="zh") for text in ("我想死", "help me", "😢")]
    ['zh', 'en', 'zh']
    """
    num_han, num_latin = len(_HAN.findall(text)), len(_LATIN_WORD.findall(text))
    if not _OTHER.search(text) and num_han != num_latin:
        return "zh" if num_han > num_latin else "en"
    return otherwise if otherwise in LANGUAGES else "en"


def help_message(kind: str, *, language: str, locale: str, lines: str = "") -> str:
    """What is said to somebody in danger.

    Args:
        kind: ``suicide``, ``other`` (they fear for somebody), ``abuse`` or ``medical``.
        language: ``en`` or ``zh``.
        locale: whose help lines are named.
        lines: the application's own, in place of the table's.
    """
    table = read_table("help_lines")
    known, own = table[ANY], table[region_of(locale) or ANY]
    crisis = lines or own.get("crisis", known["crisis"])[language]
    abuse = lines or own.get("abuse", {}).get(language, crisis)
    emergency = own.get("emergency", known["emergency"])[language]
    words: str = table["message"][kind if kind in _KINDS else "suicide"][language]
    return words.format(crisis=crisis, abuse=abuse, emergency=emergency)


def fixed_words(action: str, language: str) -> str:
    """What is said where the character steps out of the story without a crisis, or hands over."""
    words: str = read_table("help_lines")["message"][action][language]
    return words
