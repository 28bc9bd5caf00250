"""How a training goes and went: its steps, and what held-out dialogues say on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the optimiser.

    Attributes:
        number: from 1.
        total: how many there are at most.
        loss: the weighted sum.
        terms: of the objective, without weights; those that the step had.
    """

    number: int
    total: int
    loss: float
    terms: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the held-out dialogues say after a step.

    Attributes:
        loss: as in training.
        terms: as in training.
        preferred: share 0–1 of the rejected replies that are less likely than the good one, by the mean over
            their tokens from the first different one on; nan if there is none.
    """

    step: int
    loss: float
    terms: dict[str, float]
    preferred: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a training went.

    Attributes:
        steps: all of them.
        looks: the first is from before the training.
        best: the step of the weights that were kept.
        seconds: in this process.
        num_trained: weights that were trained.
        num_tokens: of all sequences that were read.
        num_left_out: dialogues, of those to learn from and of the held-out ones, that were too long.
    """

    steps: tuple[Step, ...]
    looks: tuple[Look, ...]
    best: int
    seconds: float
    num_trained: int
    num_tokens: int
    num_left_out: int = 0

    @property
    def left_out(self) -> list[str]:
        """How many dialogues were too long, as a line; none if all were short enough."""
        if not self.num_left_out:
            return []
        return [f"{self.num_left_out:,} dialogues were left out: they are too long (--most-tokens)."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who is told how the training goes; each is optional."""

    on_step: Callable[[Step], None] = lambda _: None
    on_look: Callable[[Look], None] = lambda _: None
