"""Scripts: which are written without spaces between words, and who can read them.

The names in capitals are the insides of character classes: ``re.compile(f"[{HAN}]")``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Chinese characters, wherever they are used."""
KANA = "\u3040-\u30ff"
HANGUL = "\uac00-\ud7af"
UNSPACED = f"\u3005\u3007{KANA}{HAN}{HANGUL}"
"""Scripts in which spaces do not show where words end: Chinese, Japanese (with 々 and 〇) and Korean."""
BREAKS_ANYWHERE = f"\u3000-\u303f\uff00-\uffef{KANA}{HAN}"
"""Chinese and Japanese with punctuation and full-width forms: a line may break at any character."""

_HAN = re.compile(f"[{HAN}]")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_BREAKS_ANYWHERE = re.compile(f"[{BREAKS_ANYWHERE}]")
_LETTERS = re.compile(r"[^\W\d_]")
# A script, and the languages that somebody who reads it may know. Japanese is recognised by its kana.
_SCRIPTS = (
    (re.compile(f"[{KANA}]"), ("ja",)),
    (re.compile(f"[{HANGUL}]"), ("ko",)),
    (_HAN, ("zh", "ja")),
    (re.compile("[\u0400-\u04ff]"), ("ru", "uk", "bg", "sr")),
    (re.compile("[\u0600-\u06ff]"), ("ar", "fa", "ur")),
)
_MUCH = 0.2  # of the letters: an English sentence may name a Chinese dish


def has_han(text: str) -> bool:
    """Whether a text holds a Chinese character.

    >>> has_han("tea or 茶"), has_han("tea")
    (True, False)
    """
    return _HAN.search(text) is not None


def has_unspaced(text: str) -> bool:
    """Whether a text holds a character of a script in which words are not found at spaces.

    >>> has_unspaced("さくら"), has_unspaced("cherry")
    (True, False)
    """
    return _UNSPACED.search(text) is not None


def num_unspaced(text: str) -> int:
    """How many characters of a text belong to scripts in which words are not found at spaces."""
    return 0 if text.isascii() else len(_UNSPACED.findall(text))


def breaks_anywhere(char: str) -> bool:
    """Whether a character is Chinese, Japanese or full width, so that it has no space around it."""
    return _BREAKS_ANYWHERE.match(char) is not None


def can_read(languages: Sequence[str], text: str) -> bool:
    """Whether a model for some languages can read a text, judged by the script alone.

    Latin letters count as a language that it knows: German is not told from English.

    Args:
        languages: ISO 639-1 codes; empty for all.
        text: what is to be read.

    >>> can_read(("en",), "Where is my cat?"), can_read(("en",), "我的猫在哪里？"), can_read((), "我的猫")
    (True, False, True)
    """
    num_letters = len(_LETTERS.findall(text))
    if not languages or not num_letters:
        return True
    return not any(
        len(script.findall(text)) > _MUCH * num_letters and not set(known) & set(languages)
        for script, known in _SCRIPTS
    )
