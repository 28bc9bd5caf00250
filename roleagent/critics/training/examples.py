"""A pair of lines to learn from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Two lines and which classes may be right.

    Attributes:
        may_be: numbers of the classes; several if it is only known that none of the others is right.
        group: examples of a group are held out together.
    """

    earlier: str
    later: str
    may_be: tuple[int, ...]
    group: str
    weight: float = 1.0
