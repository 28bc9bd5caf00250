"""Curves of a training, or of anything that is counted and measured, as a picture."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from roleagent.drawing.layout import text_width
from roleagent.drawing.svg import FONT, png_of, write_picture
from roleagent.errors import InputError

_WIDTH, _HEIGHT = 430.0, 250.0  # of the space that a panel's lines have
_LEFT, _RIGHT, _HEAD, _FOOT = 70.0, 26.0, 66.0, 52.0  # around it
_TITLE = 54.0
_INK, _SOFT, _FAINT, _GRID, _GROUND = "#1f2733", "#5b6676", "#8b95a5", "#e4e8ee", "#fdfdfb"
_COLOURS = ("#2b6cb0", "#c05621", "#2f855a", "#805ad5", "#b7791f", "#c53030")
_MOST_POINTS = 800  # of a line; more could not be seen
_MOST_DOTS = 30  # a line of up to this many points shows them
_NUM_TICKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line: its name in the legend, and points (x, y) by rising x. Where y is not finite, it breaks."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Some lines over the same axes.

    Attributes:
        x: what is counted along the bottom.
        y: what is measured up the side.
        smoothing: 0 for none; else the share, below 1, of what came before in each point of an exponential
            mean. The points themselves are then drawn pale behind it.
    """

    title: str
    x: str
    y: str
    series: tuple[Series, ...]
    smoothing: float = 0.0


def draw_curves(path: str | os.PathLike[str], title: str, panels: Sequence[Panel]) -> None:
    """Write a picture of panels side by side: PNG if the path ends so, else SVG.

    Raises:
        InputError: a panel has no finite point.
        ConfigurationError: for a PNG, no font of this machine has the characters.
        MissingExtraError: the package that paints a PNG is not installed.
        StoreError: the file cannot be written.
    """
    svg = curves_svg(title, panels)
    if Path(path).suffix.lower() != ".png":
        write_picture(path, svg)
        return
    words = [title, *(word for each in panels for word in (each.title, each.x, each.y))]
    names = [line.name for each in panels for line in each.series]
    write_picture(path, png_of(svg, words="".join(words + names), path=path))


def curves_svg(title: str, panels: Sequence[Panel]) -> str:
    """The picture as the text of an SVG file.

    Raises:
        InputError: a panel has no finite point.
    """
    each_width = _LEFT + _WIDTH + _RIGHT
    width, height = each_width * len(panels), _TITLE + _HEAD + _HEIGHT + _FOOT
    drawn = [
        line
        for place, panel in enumerate(panels)
        for line in _panel(panel, _Axes.of(panel, place * each_width + _LEFT, _TITLE + _HEAD))
    ]
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" height="{height:.0f}" font-family="{FONT}" role="img">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width:.0f}" height="{height:.0f}" rx="14" fill="{_GROUND}"/>',
            _text(title, 28, 38, size=20, weight=700),
            *drawn,
            "</svg>\n",
        )
    )


def smoothed(values: Sequence[float], share: float) -> list[float]:
    """Exponential means, corrected for the start as in Adam (Kingma and Ba, arXiv:1412.6980).

    >>> smoothed([1.0, 3.0], 0.5)
    [1.0, 2.3333333333333335]
    """
    mean, found = 0.0, []
    for number, value in enumerate(values, 1):
        mean = share * mean + (1 - share) * value
        found.append(mean / (1 - share**number))
    return found


def ticks(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Round numbers from at most `low` to at least `high`, at equal steps of 1, 2 or 5 times a power of ten.

    >>> ticks(0.13, 0.94)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    if high - low <= 1e-9 * abs(high):
        low, high = low - 0.1 * abs(low), high + (0.1 * abs(high) or 1.0)
    raw = (high - low) / _NUM_TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= raw * 0.999)
    step = max(1.0, step) if whole else step
    first, last = math.floor(low / step + 1e-6), math.ceil(high / step - 1e-6)
    return [round(number * step, 12) for number in range(first, max(last, first + 1) + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axes:
    """Where a panel lies, and what its sides stand for."""

    left: float
    top: float
    start: float
    end: float
    across: list[float]
    up: list[float]

    @classmethod
    def of(cls, panel: Panel, left: float, top: float) -> _Axes:
        points = [each for line in panel.series for each in line.points if math.isfinite(each[1])]
        if not points:
            raise InputError(f"There is nothing to draw in {panel.title!r}: it has no finite point.")
        xs, ys = [x for x, _ in points], [y for _, y in points]
        start, end = min(xs), max(xs) if max(xs) > min(xs) else min(xs) + 1
        whole = all(float(x).is_integer() for x in xs)
        across = [value for value in ticks(start, end, whole=whole) if start <= value <= end]
        return cls(left=left, top=top, start=start, end=end, across=across, up=ticks(min(ys), max(ys)))

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a point stands in the picture."""
        right = (x - self.start) / (self.end - self.start)
        high = (y - self.up[0]) / (self.up[-1] - self.up[0])
        return self.left + _WIDTH * right, self.top + _HEIGHT * (1 - high)


def _panel(panel: Panel, axes: _Axes) -> Iterator[str]:
    yield _text(panel.title, axes.left, axes.top - 34, size=15, weight=600)
    yield from _grid(panel, axes)
    x = axes.left
    for place, line in enumerate(panel.series):
        colour = _COLOURS[place % len(_COLOURS)]
        finite = [y for _, y in line.points if math.isfinite(y)]
        if not finite:
            continue
        last = smoothed(finite, panel.smoothing)[-1]
        words = f"{line.name} {last:.3f}"
        yield f'<path d="M{x:.1f},{axes.top - 15:.1f} h18" stroke="{colour}" stroke-width="2.5"/>'
        yield _text(words, x + 24, axes.top - 11, size=12)
        x += text_width(words, 12) + 44
        yield from _lines(line, axes, colour, panel.smoothing)


def _grid(panel: Panel, axes: _Axes) -> Iterator[str]:
    bottom, middle = axes.top + _HEIGHT, axes.top + _HEIGHT / 2
    for value in axes.up:
        _, y = axes.place(axes.start, value)
        yield f'<path d="M{axes.left:.1f},{y:.1f} h{_WIDTH:.1f}" stroke="{_GRID}"/>'
        yield _text(_number(value, axes.up), axes.left - 9, y + 4, size=12, colour=_SOFT, anchor="end")
    for value in axes.across:
        x, _ = axes.place(value, axes.up[0])
        yield f'<path d="M{x:.1f},{bottom:.1f} v5" stroke="{_FAINT}"/>'
        yield _text(_number(value, axes.across), x, bottom + 20, size=12, colour=_SOFT, anchor="middle")
    yield f'<path d="M{axes.left:.1f},{bottom:.1f} h{_WIDTH:.1f}" stroke="{_FAINT}"/>'
    yield _text(panel.x, axes.left + _WIDTH / 2, bottom + 41, size=13, colour=_SOFT, anchor="middle")
    turned = f'<g transform="rotate(-90 {axes.left - 52:.1f} {middle:.1f})">'
    yield turned + _text(panel.y, axes.left - 52, middle, size=13, colour=_SOFT, anchor="middle") + "</g>"


def _lines(line: Series, axes: _Axes, colour: str, smoothing: float) -> Iterator[str]:
    for piece in _pieces(line.points):
        thin = piece[:: max(1, len(piece) // _MOST_POINTS)]
        if smoothing:
            yield _path(thin, axes, colour, width=1.0, opacity=0.25)
            means = smoothed([y for _, y in piece], smoothing)
            smooth = [(x, mean) for (x, _), mean in zip(piece, means, strict=True)]
            thin = smooth[:: max(1, len(smooth) // _MOST_POINTS)]
        yield _path(thin, axes, colour, width=2.2, opacity=1.0)
        if len(piece) <= _MOST_DOTS:
            for x, y in thin:
                across, down = axes.place(x, y)
                hint = f"<title>{escape(line.name)} {y:.4g}</title>"
                yield f'<circle cx="{across:.1f}" cy="{down:.1f}" r="3.5" fill="{colour}">{hint}</circle>'


def _pieces(points: Sequence[tuple[float, float]]) -> Iterator[list[tuple[float, float]]]:
    """The stretches of a line between points that are not finite."""
    piece = list[tuple[float, float]]()
    for point in points:
        if math.isfinite(point[1]):
            piece.append(point)
        elif piece:
            yield piece
            piece = []
    if piece:
        yield piece


def _path(
    points: Sequence[tuple[float, float]], axes: _Axes, colour: str, *, width: float, opacity: float
) -> str:
    places = (axes.place(x, y) for x, y in points)
    drawn = " L".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return (
        f'<path d="M{drawn}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
        f'stroke-opacity="{opacity:g}" stroke-linejoin="round" stroke-linecap="round"/>'
    )


def _number(value: float, all_: Sequence[float]) -> str:
    """A number with as many places as the step between its neighbours needs."""
    step = all_[1] - all_[0]
    return f"{value:,.{max(0, -math.floor(math.log10(step) + 1e-9))}f}"


def _text(
    words: str,
    x: float,
    y: float,
    *,
    size: float,
    colour: str = _INK,
    weight: int = 400,
    anchor: str = "start",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}" font-weight="{weight}" '
        f'text-anchor="{anchor}">{escape(words)}</text>'
    )
