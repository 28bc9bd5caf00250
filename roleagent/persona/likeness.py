"""Whether two files are versions of one character: by how much of one's description stands in the other's."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import pairwise

from roleagent.persona.ids import name_key
from roleagent.types import content_id

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")
_MAX_MARKS = 400  # of a long text the smallest hashes: those of two texts can be compared
_MARK_DIGITS = 8
_FEWEST_SHARED = 3
_SHARE = 0.5


def marks_of(description: str) -> tuple[str, ...]:
    """Hashes of the pairs of words that follow each other in a description, at most `_MAX_MARKS`, sorted."""
    words = _WORD.findall(name_key(description))
    return tuple(sorted({content_id(*pair)[:_MARK_DIGITS] for pair in pairwise(words)})[:_MAX_MARKS])


def is_edited(one: Collection[str], other: Collection[str]) -> bool:
    """Whether descriptions with these marks are versions of one: half of the shorter stands in the longer.

    Too little text tells nothing: then they are not.

    >>> before = marks_of("Zoë keeps bees on a roof in Lyon, and fears the rain.")
    >>> is_edited(before, marks_of("Zoë keeps bees on a roof in Lyon. She fears the rain and the wind."))
    True
    >>> is_edited(before, marks_of("Zoë repairs bicycles by the canal, and fears the rain."))
    False
    """
    longest = max([*one, *other], default="")
    limit = min((max(each) for each in (one, other) if len(each) >= _MAX_MARKS), default=longest)
    first, second = ({mark for mark in each if mark <= limit} for each in (one, other))
    shared = len(first & second)
    return shared >= _FEWEST_SHARED and shared >= _SHARE * min(len(first), len(second))
