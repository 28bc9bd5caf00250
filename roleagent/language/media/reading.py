"""What was read off a sentence that asks for a picture or recording."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A request as one language has it.

    Attributes:
        described: the words that say which one.
        kind: how its media type begins; empty for any.
        is_definite: whether a certain one is meant: "that photo", not "a photo".
        is_dated: whether the words say when it was shown.
        is_plural: whether more than one is meant.
    """

    described: str
    kind: str
    is_definite: bool
    is_dated: bool
    is_plural: bool


def first_noun(text: str, nouns: Mapping[str, re.Pattern[str]]) -> tuple[str, re.Match[str]] | None:
    """The kind of file that is named first, and where."""
    matches = ((kind, pattern.search(text)) for kind, pattern in nouns.items())
    found = [(match.start(), kind, match) for kind, match in matches if match]
    return min(found, key=lambda each: each[0])[1:] if found else None
