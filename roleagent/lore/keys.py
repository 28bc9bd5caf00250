"""What a key means, and the plain way to look for one; `index` looks for thousands at once.

Plain keys are compared without regard to case (unless told) after Unicode normalisation. A key of one word
is looked for as a whole word; one of several words, or of a script that is written without spaces, anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from roleagent.language.scripts import UNSPACED

# Scripts without spaces between words: those of East Asia, and Thai, Lao, Tibetan, Burmese and Khmer.
_UNSPACED = re.compile(f"[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\uff66-\uff9d{UNSPACED}]")
_APOSTROPHES = str.maketrans("\u2019\u02bc", "''")
_LITERAL = re.compile(r"/(.+)/([dgimsuvy]*)", re.DOTALL)
_BARE_SLASH = re.compile(r"(?:^|[^\\])(?:\\\\)*/")


class RegexLiteral(NamedTuple):
    """A key such as ``/drag(on|ons)/i``, taken apart."""

    source: str
    flags: str


def exact(text: str) -> str:
    """Text as keys are compared when case matters."""
    return unicodedata.normalize("NFC", text).translate(_APOSTROPHES)


def folded(text: str) -> str:
    """Text as keys are compared when case does not matter."""
    return exact(text).casefold()


def regex_literal(key: str) -> RegexLiteral | None:
    """The parts of a key written as a JavaScript regular expression; None for a plain key.

    >>> regex_literal("/dragons?/i")
    RegexLiteral(source='dragons?', flags='i')
    >>> regex_literal("/usr/bin") is None
    True
    """
    match = _LITERAL.fullmatch(key)
    if match is None or _BARE_SLASH.search(match[1]):
        return None
    return RegexLiteral(match[1], match[2])


def is_word_key(key: str) -> bool:
    """Whether a key is looked for as a whole word, where whole words are asked for."""
    return len(key.split()) == 1 and not _UNSPACED.search(key)


def has_borders(text: str, start: int, end: int) -> bool:
    """Whether no word goes on before `start` or after `end`."""
    return not (start > 0 and _is_letter(text[start - 1])) and not (end < len(text) and _is_letter(text[end]))


def _is_letter(char: str) -> bool:
    if char.isascii():
        return char.isalnum() or char == "_"
    in_word = char.isalnum() or unicodedata.category(char).startswith("M")
    return in_word and not _UNSPACED.match(char)


def contains(text: str, key: str, *, whole: bool) -> bool:
    """Whether `key` is in `text`, both made comparable by `exact` or `folded`.

    >>> contains("a bold kingdom", "king", whole=True), contains("a bold kingdom", "king", whole=False)
    (False, True)
    """
    start = text.find(key) if key else -1
    while start >= 0:
        if not whole or has_borders(text, start, start + len(key)):
            return True
        start = text.find(key, start + 1)
    return False
