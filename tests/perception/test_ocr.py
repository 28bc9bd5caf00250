"""Lines are read where they stand; nothing is read where nothing stands."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from roleagent import registry
from roleagent.perception import ocr
from roleagent.perception.media import load_attachment
from roleagent.protocols import Perceptor
from roleagent.testing.perceptors import check_perceptor, write_tiny_png
from roleagent.types import Attachment


def shared_reader() -> Perceptor:
    return registry.get("perceptor", "ocr")  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("size", "expected"),
    [((4000, 1000), (1600, 400)), ((320, 320), (640, 640)), ((10, 1600), (10, 1600)),
     ((900, 700), (900, 700)), ((40_000, 1), (1600, 1))],
)  # fmt: skip
def test_the_size_is_bounded_on_both_sides(size: tuple[int, int], expected: tuple[int, int]) -> None:
    """A strip enlarged by its short side once took 11 GB and six minutes."""
    assert ocr._fit(Image.new("L", size)).size == expected


def test_a_strip_is_laid_on_paper_and_keeps_its_place() -> None:
    """1,600 × 1 becomes 1,600 × 200, with the strip at the top."""
    padded = ocr._pad(Image.new("RGB", (1600, 1), "black"))
    assert padded.size == (1600, 200)
    assert [padded.getpixel((5, 0)), padded.getpixel((5, 1))] == [(0, 0, 0), (255, 255, 255)]


def test_a_tilted_box_becomes_the_upright_one_around_it() -> None:
    """By hand: corners in pixels of a picture 200 wide and 100 high, one of them outside it."""
    corners = np.array([[20, 10], [100, 20], [98, 40], [-5, 30]], dtype=np.float32)
    assert ocr._region(corners, (200, 100)) == (0.0, 0.1, 0.5, 0.4)


@pytest.mark.slow
def test_a_telegram_is_read_line_by_line(telegram: Attachment, capfd: pytest.CaptureFixture[str]) -> None:
    """The demo's picture, slightly askew, read without an error; and the library keeps its log to itself."""
    lines = check_perceptor(shared_reader, telegram)
    assert [line.text for line in lines] == [
        "POST OFFICE TELEGRAPHS",
        "Handed in at Winchester, 7.40 a.m.",
        "To Sherlock Holmes, 221B Baker Street, London",
        "THE MAN WITH THE BICYCLE STOOD",
        "BELOW MY WINDOW LAST NIGHT.",
        "PLEASE COME TO THE RED LION,",
        "WINCHESTER, AT NOON ON FRIDAY.",
        "VIOLET HARPER",
    ]
    tops = [line.region[1] for line in lines if line.region]
    assert tops == sorted(tops)
    assert len(tops) == 8
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_where_no_text_is_none_is_invented(
    coffee: Attachment, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The rim of a cup is no 8, and a strip of one pixel height is over quickly."""
    caplog.set_level(logging.WARNING)
    strip = load_attachment(write_tiny_png(tmp_path / "strip.png", size=(5000, 1)))
    assert check_perceptor(shared_reader, coffee) == []
    assert check_perceptor(shared_reader, strip) == []
    assert caplog.records == []
