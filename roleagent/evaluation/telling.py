"""Does a text tell a fact? Names, aliases, numbers, dates and words of a value, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from functools import lru_cache

from roleagent.graph.graph import PersonaGraph
from roleagent.language.dates import Date, dates_agree, parse_date, read_date
from roleagent.language.numbers import CHINESE_DIGITS, NUMBER_WORDS, read_number
from roleagent.language.scripts import has_unspaced
from roleagent.language.sentences import split_sentences
from roleagent.types import Fact

_ENOUGH = 0.6
"""Share of the telling words of a long value that a text must hold."""
_WORD = re.compile(r"[^\W\d_]+")
_SMALL_WORDS = """
a an and are as at be been but by de du for from had has have he her him his in is it its la le not of on
or our she that the their them they this to up was were will with you your my i we who whom which
dr mr mrs miss ms sir lady professor inspector colonel captain old young little great
"""
_COMMON = frozenset(_SMALL_WORDS.split())
_KINDS_OF_THING = """
street road lane square house hall inn hill hills river lake falls bridge college university institution
society company club school church government museum hospital academy yard king queen prince princess
lord castle island mountain bay royal new saint st north south east west upper
lower
"""
_TENS = "|".join(word for word, number in NUMBER_WORDS.items() if number >= 20)
_ONES = "|".join(word for word, number in NUMBER_WORDS.items() if 0 < number < 10)
_NUMBER = re.compile(
    rf"\d+|\b(?:{_TENS})[- ](?:{_ONES})\b|\b(?:{'|'.join(NUMBER_WORDS)})\b"
    rf"|[{''.join(CHINESE_DIGITS)}十百千]+",
    re.IGNORECASE,
)


def _stem(word: str) -> str:
    """A word without the commonest endings: enough for "works", "worked" and "working" to meet."""
    for ending in ("ing", "ies", "ied", "es", "ed", "s", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word.removesuffix("e") if len(word) > 3 else word


_GENERIC = frozenset(map(_stem, _KINDS_OF_THING.split()))
IN_MANY_NAMES = _COMMON.union(_KINDS_OF_THING.split())
"""Words, in lower case, that stand in many names and say little about whose they are: Mrs, of, Street."""


def tells(text: str, fact: Fact, graph: PersonaGraph) -> bool:
    """Whether a text names what a fact says of its subject.

    Args:
        text: a reply.
        fact: only its object is looked for: the question has named the subject.
        graph: knows the names of the object.
    """
    node, subject = graph.nodes[fact.object], graph.nodes[fact.subject]
    own = _stems(" ".join((subject.label, *subject.aliases)))
    if any(says(text, name, apart_from=own) for name in (node.label, *node.aliases)):
        return True
    wanted = _stems(fact.text) - own
    return len(wanted) > 2 and len(wanted & _stems(text)) / len(wanted) >= _ENOUGH


def says(text: str, value: str, *, apart_from: AbstractSet[str] = frozenset()) -> bool:
    """Whether a text holds a value: a number, a date, a name or part of it, or most words of a phrase.

    Args:
        text: what is searched.
        value: what is looked for.
        apart_from: stems of words that tell nothing, such as the family name that a brother shares.

    >>> says("I am forty-one, sir.", "41"), says("On the 22nd of September, 1791.", "1791-09-22")
    (True, True)
    >>> says("Mycroft, my elder brother.", "Mycroft Holmes"), says("Watson lives here.", "London")
    (True, False)
    """
    number, date = read_number(value), parse_date(value)
    if date is not None and (len(date) > 1 or len(value.strip()) == 4):
        return _says_date(text, Date(*date)) or (number is not None and number in _numbers_in(text))
    if number is not None:
        return number in _numbers_in(text)
    if has_unspaced(value):
        return _says_unspaced(text, value)
    said, wanted = _stems(text), _stems(value) - apart_from or _stems(value)
    if not wanted:
        return value.casefold().strip() in text.casefold()
    if len(wanted) > 2:
        return len(wanted & said) / len(wanted) >= _ENOUGH
    telling = wanted - _GENERIC
    if telling and _is_name(value):  # its first or last word is enough, but no word such as Street
        return bool(telling & said)
    return wanted <= said


def _is_name(value: str) -> bool:
    return all(word[0].isupper() for word in _WORD.findall(value) if word.casefold() not in _COMMON)


def _says_date(text: str, date: Date) -> bool:
    """Whether a sentence names at least the year, or month and day, and nothing that contradicts the date."""
    for sentence in split_sentences(text):
        said = read_date(sentence)
        is_enough = said.year is not None or (said.month is not None and said.day is not None)
        if is_enough and dates_agree(said, date):
            return True
    return False


def _says_unspaced(text: str, value: str) -> bool:
    value = "".join(char for char in value if char.isalnum())
    if not value or value in text:
        return bool(value)
    if len(value) <= 3:
        return False
    pairs = [value[at : at + 2] for at in range(len(value) - 1)]
    return sum(pair in text for pair in pairs) / len(pairs) >= _ENOUGH


def _numbers_in(text: str) -> set[int]:
    without_commas = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    found = (read_number(match.group()) for match in _NUMBER.finditer(without_commas))
    return {number for number in found if number is not None}


@lru_cache(maxsize=4_096)
def _stems(text: str) -> frozenset[str]:
    words = (word.casefold() for word in _WORD.findall(text))
    return frozenset(_stem(word) for word in words if word not in _COMMON and len(word) > 1)
