"""The terms that texts are found by: words where a script has spaces, else characters and pairs of them."""

from __future__ import annotations

import re
import unicodedata

_UNSPACED = "\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff"


_TERM = re.compile(rf"([{_UNSPACED}]+)|[^\W_{_UNSPACED}]+")


def terms(text: str) -> list[str]:
    """The index terms of a text, in order.

    >>> terms("Milo's tea!")
    ['milo', 's', 'tea']
    >>> terms("我爱茶")
    ['我', '爱', '茶', '我爱', '爱茶']
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    found: list[str] = []
    for match in _TERM.finditer(folded):
        run = match[0]
        if match[1]:
            found.extend(run)
            found.extend(run[place : place + 2] for place in range(len(run) - 1))
        else:
            found.append(run)
    return found
