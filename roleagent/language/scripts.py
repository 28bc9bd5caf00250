"""In which script a text is written, and so who can read it."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTERS = re.compile(r"[^\W\d_]")
# A script, and the languages that one who reads it may know. Japanese is told by its kana.
_SCRIPTS = (
    (re.compile(r"[\u3040-\u30ff]"), ("ja",)),
    (re.compile(r"[\uac00-\ud7af]"), ("ko",)),
    (re.compile(f"[{_HAN}]"), ("zh", "ja")),
    (re.compile(r"[\u0400-\u04ff]"), ("ru", "uk", "bg", "sr")),
    (re.compile(r"[\u0600-\u06ff]"), ("ar", "fa", "ur")),
)
_MUCH = 0.2  # of the letters: an English sentence may name a Chinese dish


def can_read(languages: Sequence[str], text: str) -> bool:
    """Whether a model of some languages can read a text, judged by the script alone.

    Latin letters are taken for a language that it knows: German is not told from English.

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
