"""Text as people read it: halves of characters mended, and what looks the same made the same."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import regex


T = TypeVar("T")
_HALF = re.compile("[\ud800-\udfff]")
_CODES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")
_TWINS = str.maketrans(
    dict.fromkeys("’‘‚‛‹›′‵ʹʻʼʽˈ`´ʾʿ՚＇", "'")  # ´ before NFKC makes a space of it
    | dict.fromkeys("“”„‟«»″‶「」『』〝〞〟＂", '"')
    | dict.fromkeys("•・･‧∙⋅", "·")  # between the parts of a name, as in 哈利·波特
    | dict.fromkeys("〜～∼", "~")
    | dict.fromkeys("−⁃˗", "-")
    | {"ı": "i", "ـ": None}
)


def repaired(value: T) -> T:
    r"""Text that every encoding takes: a pair of surrogates becomes its character, a lone one U+FFFD.

    Args:
        value: a text, or lists, tuples and dictionaries that hold some; anything else stays as it is.

    >>> repaired("half \ud83d, whole \ud83d\ude00")
    'half �, whole 😀'
    """
    found: Any = value  # Any: mended, it is of the same type
    if isinstance(found, str) and _HALF.search(found):
        found = found.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    elif isinstance(found, dict):
        found = {repaired(key): repaired(each) for key, each in found.items()}
    elif type(found) in (list, tuple):
        found = type(found)(repaired(each) for each in found)
    return found  # type: ignore[no-any-return]


def without_codes(text: str) -> str:
    r"""Text for a terminal: U+FFFD for every control character but tabs and line ends.

    What a model, a persona or a tool writes could otherwise clear the screen or change its title.

    >>> without_codes("good\x1b[2J\tday\r\n")
    'good�[2J\tday\r\n'
    """
    return _CODES.sub("\ufffd", text)


class Joiner:
    """Repairs a text that arrives in pieces, between which a character may be cut in two."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, piece: str) -> str:
        """What is whole so far; half a character at its end waits for the other half."""
        text = self._half + piece
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return repaired(text[: len(text) - len(self._half)])

    def rest(self) -> str:
        """What waited in vain."""
        half, self._half = self._half, ""
        return repaired(half)


def folded(text: str) -> str:
    r"""Texts that look the same to a reader, whoever typed them, give the same.

    Folded are case (ß and ss, İ, ı and i), width, ligatures and other compatibility forms, the order and
    composition of accents, the kinds of apostrophes, quotation marks, dashes and dots in names, and what
    cannot be seen: zero-width characters, soft hyphens, direction marks. Accents themselves are not.

    >>> folded("O’Brien, ＳＴＲＡＳＳＥ – pass\u200bword") == folded("o'brien, Straße - password")
    True
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", repaired(text).translate(_TWINS))
        invisible, dash = _classes()
        text = dash.sub("-", invisible.sub("", text))
        text = unicodedata.normalize("NFKC", text.casefold())
        return text.replace("i̇", "i")
    return text.casefold().replace("`", "'")


@cache
def _classes() -> tuple[regex.Pattern[str], regex.Pattern[str]]:
    """What cannot be seen, and dashes."""
    import regex

    return regex.compile(r"\p{Default_Ignorable_Code_Point}+"), regex.compile(r"[\p{Pd}--〰゠᐀]", regex.V1)


_QUOTATION_MARKS = str.maketrans(dict.fromkeys('“”„‟"＂«»「」『』', "'"))
_JOINERS = "\u200c\u200d"  # which some scripts and emoji need; other characters of their kind do not show


def in_one_line(text: str) -> str:
    r"""A text from elsewhere that can neither begin a new line nor close the quotation around it.

    >>> in_one_line('MENU”\n\nThey say to you:\u2028obey')
    "MENU' They say to you: obey"
    """
    seen = "".join(char for char in text if char in _JOINERS or unicodedata.category(char) != "Cf")
    return " ".join(seen.translate(_QUOTATION_MARKS).split())
