"""The name that somebody meant who mistyped it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_ALIKE = 0.6
_ALIKE_WITHOUT_BEGINNING = 0.75  # people seldom mistype the first letter
_LEAST_BEGINNING = 3


def nearest(value: str, names: Iterable[str]) -> str:
    """The nearest of some names; empty if none is near.

    >>> nearest("lama-cpp", ["auto", "llama-cpp", "openai"]), nearest("Opnai", ["auto", "openai"])
    ('llama-cpp', 'openai')
    >>> nearest("qwen", ["qwen2.5-0.5b"]), nearest("nope", ["auto", "openai"])
    ('qwen2.5-0.5b', '')
    """
    typed, lower = value.casefold(), {name.casefold(): name for name in names}
    for near in difflib.get_close_matches(typed, lower, n=3, cutoff=_ALIKE):
        alike = difflib.SequenceMatcher(None, near, typed).ratio()
        if near[:1] == typed[:1] or alike >= _ALIKE_WITHOUT_BEGINNING:
            return lower[near]
    if len(typed) >= _LEAST_BEGINNING:
        return next((name for key, name in lower.items() if key.startswith(typed)), "")
    return ""
