"""Word forms for the search by words: endings are cut, and words that say nothing are known."""

from __future__ import annotations

from functools import lru_cache

_SHORTEST = 3  # a stem has at least so many letters
# An ending, and what stands in its place; the first that fits is cut, once.
_ENDINGS = (
    ("ies", "y"),
    ("sses", "ss"),
    ("ing", ""),
    ("ied", "y"),
    ("edly", ""),
    ("ed", ""),
    ("ly", ""),
    ("es", ""),
    ("s", ""),
)
_NO_PLURALS = ("ss", "us", "is")
_UNDOUBLED = "bdfgmnprt"  # "planned" is of "plan", while "tell" and "miss" keep both letters

_STOP_WORDS = """
    a about all am an and any are as at be been being but by can could d did do does doing done for from
    had has have having he her hers him his how i if in into is it its just ll m may me might mine must my no
    not of off on or our ours out over re s shall she should so some such t than that the their theirs them
    then there these they this those to too up us ve very was we were what when where which who whom whose
    why will with would you your yours"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """An English word without its ending, roughly; words of other scripts as they are.

    A few suffixes are cut, fewer than by Porter ("An algorithm for suffix stripping", 1980): what matters is
    that the forms of one word meet, seldom that two words stay apart.

    >>> stem("hiking"), stem("hikes"), stem("planned"), stem("families"), stem("bus")
    ('hik', 'hik', 'plan', 'family', 'bus')
    """
    if len(word) <= _SHORTEST or not (word.isascii() and word.isalpha()):
        return word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and _may_go(word, ending):
            word = _undoubled(word.removesuffix(ending), ending) + instead
            break
    return word.removesuffix("e") if len(word) > _SHORTEST + 1 else word


def _may_go(word: str, ending: str) -> bool:
    if ending == "s":
        return not word.endswith(_NO_PLURALS)
    return len(word) - len(ending) >= _SHORTEST or ending in ("ies", "ied", "sses")


def _undoubled(base: str, ending: str) -> str:
    doubled = ending in ("ing", "ed") and len(base) > _SHORTEST and base[-1] == base[-2]
    return base[:-1] if doubled and base[-1] in _UNDOUBLED else base
