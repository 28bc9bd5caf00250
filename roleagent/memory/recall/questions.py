"""What a cue asks for."""

from __future__ import annotations

import re

_WHEN = re.compile(
    r"^\W*(?:when\b|since when|how long|(?:in |on |at )?(?:what|which) (?:date|day|month|year|time)\b)"
    r"|什么时候|啥时候|何时|哪(?:一)?[天年日]|几[月号点]|多久",
    re.IGNORECASE,
)


def asks_when(text: str) -> bool:
    """Whether a question is answered by a time.

    >>> asks_when("When did Ada leave?"), asks_when("你何时回来的？"), asks_when("Who left when it rained?")
    (True, True, False)
    """
    return _WHEN.search(text) is not None
