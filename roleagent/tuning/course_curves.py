"""The curves of a training, as a picture."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from roleagent.drawing.curves import Panel, Series, draw_curves
from roleagent.errors import MissingExtraError

if TYPE_CHECKING:
    from roleagent.tuning.course import Course

TERM_NAMES = {
    "lm": "language",
    "con": "consistency",
    "rel": "relevance",
    "safe": "safety",
    "kd": "distillation",
}
"""What the terms of the objective are called for people."""
_SMOOTHING = 0.9


def draw_course(folder: Path, title: str, course: Course) -> list[Path]:
    """Draw the losses of steps and held-out dialogues, and how often the good reply is preferred.

    Returns:
        The files: ``curves.svg``, and ``curves.png`` where the package that paints it is installed.
    """
    panels = [
        Panel(title="Training", x="step", y="loss", series=_of_steps(course), smoothing=_SMOOTHING),
        Panel(title="Held out", x="step", y="loss", series=_of_looks(course)),
    ]
    preferred = tuple((float(look.step), look.preferred) for look in course.looks)
    if any(math.isfinite(value) for _, value in preferred):
        series = (Series(name="preferred", points=preferred),)
        panels.append(Panel(title="Good reply before the bad one", x="step", y="share", series=series))
    svg, png = folder / "curves.svg", folder / "curves.png"
    draw_curves(svg, title, panels)
    try:
        draw_curves(png, title, panels)
    except MissingExtraError:
        return [svg]
    return [svg, png]


def _of_steps(course: Course) -> tuple[Series, ...]:
    names = [name for name in TERM_NAMES if any(name in step.terms for step in course.steps)]
    return tuple(
        Series(
            name=TERM_NAMES[name],
            points=tuple(
                (float(step.number), step.terms[name]) for step in course.steps if name in step.terms
            ),
        )
        for name in names
    )


def _of_looks(course: Course) -> tuple[Series, ...]:
    names = [name for name in TERM_NAMES if any(name in look.terms for look in course.looks)]
    return tuple(
        Series(
            name=TERM_NAMES[name],
            points=tuple((float(look.step), look.terms[name]) for look in course.looks if name in look.terms),
        )
        for name in names
    )
