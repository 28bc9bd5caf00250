"""How long memories are kept: a time to live, a number, and a forgetting curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from roleagent.errors import InputError
from roleagent.store import EpisodeAge


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """A retention policy; by default everything is kept. What rests only on erased data is erased too.

    An episode's strength is 0.5 ** (age / half_life): it halves with every half-life (exponential forgetting,
    as in Ebbinghaus' curve). An important episode, or one that a fact believed now rests on, never fades; a
    time to live has no exceptions.

    Attributes:
        max_age: everything older is erased; None for no limit.
        max_episodes: how many episodes of a persona and user are kept; beyond that, the most faded are erased
            first. None for no limit.
        half_life: after this time an episode's strength is halved, in recall too; None if nothing fades.
        keep_importance: 0–1, the importance from which an episode never fades.
        floor: 0–1, the strength below which an episode has faded.

    Raises:
        InputError: a number is not in its range.

    >>> Retention(max_age=timedelta(days=365), half_life=timedelta(days=30)).strength(timedelta(days=60))
    0.25
    """

    max_age: timedelta | None = None
    max_episodes: int | None = None
    half_life: timedelta | None = None
    keep_importance: float = 0.6
    floor: float = 0.02

    def __post_init__(self) -> None:
        """Refuse a policy that would erase everything or makes no sense."""
        for name in ("max_age", "half_life"):
            span = getattr(self, name)
            if span is not None and span <= timedelta():
                raise InputError(f"{name} is {span!r}: pass a time that is longer than none.")
        if self.max_episodes is not None and self.max_episodes < 1:
            raise InputError(f"max_episodes is {self.max_episodes!r}: pass 1 or more.")
        for name in ("keep_importance", "floor"):
            share = getattr(self, name)
            if not 0.0 <= share <= 1.0:
                raise InputError(f"{name} is {share!r}: pass a number from 0 to 1.")

    def strength(self, age: timedelta) -> float:
        """The strength of an episode of some age, 0–1; 1 if nothing fades."""
        if self.half_life is None:
            return 1.0
        num_half_lives: float = max(age / self.half_life, 0.0)  # a clock may have gone ahead
        return math.pow(0.5, num_half_lives)

    def faded(self, episodes: Sequence[EpisodeAge], *, now: datetime) -> tuple[str, ...]:
        """Ids of the episodes that have faded or are too many; does not apply `max_age`."""
        gone = {
            each.id
            for each in episodes
            if self.strength(now - each.at) < self.floor and not self._matters(each)
        }
        if self.max_episodes is not None:
            left = [each for each in episodes if each.id not in gone]
            weakest_first = sorted(left, key=lambda each: (self._matters(each), each.at))
            gone |= {each.id for each in weakest_first[: max(len(left) - self.max_episodes, 0)]}
        return tuple(each.id for each in episodes if each.id in gone)

    def _matters(self, episode: EpisodeAge) -> bool:
        """Whether it never fades."""
        return episode.is_source or (episode.importance or 0.0) >= self.keep_importance
