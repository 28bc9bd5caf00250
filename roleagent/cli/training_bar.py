"""Shows how the training of a chat model goes: a bar in a terminal, elsewhere a line now and then.

Each look at the held-out dialogues is a line in both.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from roleagent.evaluation.results import Result
    from roleagent.tuning.course import Look, Step, Watch

_SMOOTHING = 0.9
_SECONDS_A_LINE = 60.0  # where there is no terminal


class TrainingBar:
    """Tells of steps and looks."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID | None = None
        self._probes: TaskID | None = None
        self._running: dict[str, float] = {}
        self._start = self._last_line = time.monotonic()
        self._first = 0

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)

    @property
    def watch(self) -> Watch:
        """What a training tells of itself goes to the bar."""
        from roleagent.tuning.course import Watch

        return Watch(on_step=self.step, on_look=self.look)

    def probe(self, result: Result) -> None:
        """Count an answer to a probe."""
        if self._probes is None:
            self._probes = self._bars.add_task("probes", total=None)
        self._bars.advance(self._probes)

    def step(self, step: Step) -> None:
        """Move the bar, with the running mean of each loss."""
        if self._task is None:
            self._start, self._first = time.monotonic(), step.number
            self._task = self._bars.add_task("", total=step.total)
            if step.number > 1:
                self.say(f"Resumed at step {step.number} of {step.total}.")
        for name, value in step.terms.items():
            before = self._running.get(name, value)
            self._running[name] = _SMOOTHING * before + (1 - _SMOOTHING) * value
        self._bars.update(self._task, completed=step.number, description=_losses(self._running))
        if not self._bars.console.is_terminal and time.monotonic() - self._last_line >= _SECONDS_A_LINE:
            self._last_line = time.monotonic()
            self.say(f"step {step.number} of {step.total}: {_losses(self._running)}{self._time_left(step)}")

    def _time_left(self, step: Step) -> str:
        """As an ending of a line; empty at the last step, and before there is a second one to tell it by."""
        if step.number <= self._first or step.number == step.total:
            return ""
        a_step = (time.monotonic() - self._start) / (step.number - self._first)
        return f"  about {max(1, round(a_step * (step.total - step.number) / 60))} min left"

    def look(self, look: Look) -> None:
        """Print what the held-out dialogues say."""
        preferred = "" if math.isnan(look.preferred) else f"  good before bad {look.preferred:.0%}"
        when = f"step {look.step}" if look.step else "before training"
        self.say(f"{when}: held out {_losses(look.terms)}{preferred}")


@contextmanager
def training_bar() -> Iterator[TrainingBar]:
    """A bar that goes when the training ends."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        yield TrainingBar(bars)


def _losses(terms: dict[str, float]) -> str:
    from roleagent.tuning.course_curves import TERM_NAMES

    return "  ".join(f"{TERM_NAMES[name]} {terms[name]:.3f}" for name in TERM_NAMES if name in terms)
