"""Whether a text holds some words, in any script, however they were typed."""

from __future__ import annotations

from collections.abc import Sequence

from roleagent.errors import InputError
from roleagent.unicode import folded


def words_to_match(text: str) -> tuple[str, ...]:
    """The words of a query, folded; none for an empty one.

    Raises:
        InputError: it is blank and not empty, so that every text would hold all of its words.

    >>> words_to_match("ＺＡＮＺＩＢＡＲ Straße")
    ('zanzibar', 'strasse')
    """
    words = tuple(folded(text).split())
    if text and not words:
        raise InputError(f"matching is {text!r}: pass words, or leave it out.")
    return words


def holds_all(text: str, words: Sequence[str]) -> bool:
    """Whether a text holds every one of the words that `words_to_match` gave.

    In scripts with capitals a word is found at the beginning of a word, so that "ann" finds neither "planned"
    nor "Joanna", and "spice" finds "spices". In others it is found anywhere.

    >>> holds_all("The spices of Zanzibar", ["spice"]), holds_all("He planned it", ["ann"])
    (True, False)
    >>> holds_all("我去过桑给巴尔岛", ["桑给巴尔"])
    True
    """
    own = folded(text)
    return all(_holds(own, word) for word in words)


def _holds(text: str, word: str) -> bool:
    place = text.find(word)
    while place >= 0:
        if not (place and _is_cased(text[place - 1]) and _is_cased(word[0])):
            return True
        place = text.find(word, place + 1)
    return False


def _is_cased(letter: str) -> bool:
    return letter.upper() != letter
