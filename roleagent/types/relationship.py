"""How a persona feels about the person it talks to, and what one utterance says about that."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal

from roleagent.errors import InputError

Mood = Literal["", "wary", "weighed_down", "trusting", "fond"]

BOUNDS = {"valence": (-1.0, 1.0), "arousal": (0.0, 1.0), "trust": (0.0, 1.0)}
"""The lowest and the highest value of each part of a relationship."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """What one utterance says of the speaker's feelings, and how it treats the listener.

    Attributes:
        valence: of the speaker's words, from -1 (unpleasant) to 1 (pleasant).
        arousal: 0 (calm) to 1 (excited).
        kind: 0–1, the probability that the speaker is kind to the listener: thanks, praise, care.
        rude: 0–1, that they insult, mock, threaten or dismiss the listener.
        sorry: 0–1, that they apologise to the listener.
        by: the version of the weights that heard it.
    """

    valence: float
    arousal: float
    kind: float
    rude: float
    sorry: float
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """How a persona feels about the person it talks to.

    Attributes:
        valence: how pleasant it finds the talk with them, from -1 to 1.
        arousal: how stirred it is, 0 (calm) to 1.
        trust: 0–1.

    Raises:
        InputError: a value is out of its bounds, or no number.
    """

    valence: float = 0.0
    arousal: float = 0.3
    trust: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what is out of bounds."""
        for each in fields(self):
            check_bounds(each.name, getattr(self, each.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeling:
    """A relationship, and what of it stands out.

    Attributes:
        mood: ``wary``, ``weighed_down``, ``trusting``, ``fond``, or empty if it hardly departs from how the
            persona meets a stranger.
    """

    relationship: Relationship
    mood: Mood = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipSetting:
    """Values that an application gave a relationship at some moment; what it left out is None.

    Attributes:
        at: when, with a time zone.

    Raises:
        InputError: a value is out of its bounds, or `at` has no time zone.
    """

    at: datetime
    valence: float | None = None
    arousal: float | None = None
    trust: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is out of bounds."""
        if self.at.tzinfo is None:
            raise InputError(f"at is {self.at!r}, without a time zone: pass datetime.now(UTC), say.")
        for name in BOUNDS:
            value = getattr(self, name)
            if value is not None:
                check_bounds(name, value)


def check_bounds(name: str, value: object) -> None:
    """Refuse a value that a part of a relationship cannot have.

    Raises:
        InputError: it is no number, or out of bounds.
    """
    low, high = BOUNDS[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise InputError(f"{name} is {value!r}: pass a number from {low:g} to {high:g}.")
