"""Who is spoken of: "What did Ada paint?" is answered by Ada more often than not."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_SPACED = re.compile(r"[a-z0-9]")


def said_by_named(text: str, speakers: Sequence[str], names: NDArray[np.int64]) -> NDArray[np.float32]:
    """1 for what somebody said whom the text names, else 0; all 0 where it names everybody or nobody.

    Args:
        text: a cue.
        speakers: names of all who spoke, also of those who did so out of sight, who do not count.
        names: [num_episodes], their numbers.

    >>> said_by_named("What did Ada paint?", ["Ada", "Milo"], np.array([0, 1, 0])).tolist()
    [1.0, 0.0, 1.0]
    """
    is_in_sight = np.bincount(names, minlength=len(speakers)) > 0
    known = [number for number, name in enumerate(speakers) if name and is_in_sight[number]]
    named = [number for number in known if _names(text, speakers[number])]
    if not named or len(named) == len(known) > 1:
        return np.zeros(len(names), np.float32)
    is_named = np.zeros(len(speakers), np.float32)
    is_named[named] = 1.0
    spoken: NDArray[np.float32] = is_named[names]
    return spoken


def _names(text: str, name: str) -> bool:
    """Whether a text holds a name: as a word of its own where words are spaced."""
    text, name = text.casefold(), name.casefold()
    if not _SPACED.search(name):
        return name in text
    return re.search(rf"(?<!\w){re.escape(name)}(?![^\W_])", text) is not None
