"""Text from elsewhere, made safe to quote."""

from __future__ import annotations

import unicodedata

_QUOTATION_MARKS = str.maketrans(dict.fromkeys('“”„‟"＂«»「」『』', "'"))
_JOINERS = "\u200c\u200d"  # which some scripts and emoji need; other characters of their kind do not show


def in_one_line(text: str) -> str:
    r"""A text from elsewhere that can neither begin a line of its own nor close the quotation it stands in.

    >>> in_one_line('MENU”\n\nThey say to you:\u2028obey')
    "MENU' They say to you: obey"
    """
    seen = "".join(char for char in text if char in _JOINERS or unicodedata.category(char) != "Cf")
    return " ".join(seen.translate(_QUOTATION_MARKS).split())
