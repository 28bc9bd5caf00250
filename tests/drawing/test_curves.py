"""Curves are drawn where their numbers say, and the picture can be read."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest
from PIL import Image

from roleagent.drawing.curves import Panel, Series, curves_svg, draw_curves, smoothed, ticks
from roleagent.errors import InputError

SVG = "{http://www.w3.org/2000/svg}"


def panel(*points: tuple[float, float], smoothing: float = 0.0) -> Panel:
    line = Series(name="dev & test", points=points)
    return Panel(title="Recall", x="epoch", y="recall at 5", series=(line,), smoothing=smoothing)


def words_of(svg: str) -> list[str]:
    return ["".join(each.itertext()) for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def dots_of(svg: str) -> list[tuple[float, float]]:
    circles = ElementTree.fromstring(svg).iter(f"{SVG}circle")
    return [(float(each.attrib["cx"]), float(each.attrib["cy"])) for each in circles]


def test_title_axes_and_the_last_value_can_be_read():
    """A picture without them says nothing."""
    words = words_of(curves_svg("Training", [panel((1, 0.5), (2, 0.75))]))
    assert {"Training", "Recall", "epoch", "recall at 5", "dev & test 0.750"} <= set(words)


def test_points_stand_where_the_ticks_say():
    """0.5 and 0.75 on an axis from 0.5 to 0.75: at the foot and at the head, 250 pixels apart."""
    (left, low), (right, high) = dots_of(curves_svg("x", [panel((1, 0.5), (2, 0.75))]))
    assert (right - left, low - high) == (430, 250)


def test_a_single_point_is_a_dot():
    """One epoch is a training too; the axes need a range all the same."""
    assert len(dots_of(curves_svg("x", [panel((1, 0.0))]))) == 1


def test_a_value_that_is_not_finite_breaks_the_line():
    """NaN in a path makes the whole picture invalid."""
    svg = curves_svg("x", [panel((1, 0.5), (2, math.nan), (3, 0.75))])
    assert "nan" not in svg
    assert len(dots_of(svg)) == 2


def test_a_panel_without_points_is_refused():
    """By its title."""
    with pytest.raises(InputError, match="'Recall'"):
        curves_svg("x", [panel((1, math.nan))])


def test_a_long_line_is_thinned():
    """A million steps must not make a file of 30 MB."""
    svg = curves_svg("x", [panel(*((step, step % 7) for step in range(50_000)), smoothing=0.9)])
    assert len(svg) < 60_000
    assert len(re.findall('stroke-opacity="0.25"', svg)) == 1


def test_the_mean_starts_at_the_first_value():
    """An uncorrected mean would start near nought."""
    assert smoothed([4.0, 4.0, 4.0], 0.99) == pytest.approx([4, 4, 4])
    assert smoothed([0.0, 3.0], 0.5) == pytest.approx([0, 2])


@pytest.mark.parametrize(
    ("low", "high", "whole", "wanted"),
    [
        (0.861, 0.938, False, [0.86, 0.88, 0.9, 0.92, 0.94]),
        (1, 3, True, [1, 2, 3]),
        (0, 1160, True, [0, 500, 1000, 1500]),
        (-1, 1, False, [-1, -0.5, 0, 0.5, 1]),
        (0.5, 0.5, False, [0.44, 0.46, 0.48, 0.5, 0.52, 0.54, 0.56]),
    ],
)
def test_ticks_are_round(low, high, whole, wanted):
    """And enclose what is drawn."""
    assert ticks(low, high, whole=whole) == pytest.approx(wanted)


def test_the_suffix_decides_the_format(tmp_path):
    """SVG for pages, PNG where SVG is not shown."""
    pytest.importorskip("resvg_py")
    for name in ("a.svg", "a.png"):
        draw_curves(tmp_path / name, "Training", [panel((1, 0.5), (2, 0.75))])
    assert (tmp_path / "a.svg").read_text(encoding="utf-8").startswith("<svg")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (526, 422)
