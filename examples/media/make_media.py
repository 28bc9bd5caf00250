"""Draw the demo's telegram: `python examples/media/make_media.py`.

The same Pillow draws the same bytes. The other files here were not made by this script: see README.md.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIZE = (900, 620)
DESK, PAPER, INK, STAMP = (84, 60, 42), (240, 228, 200), (38, 34, 48), (150, 40, 40)
LEFT = 70

HEADING = "POST OFFICE TELEGRAPHS"
DETAILS = ("Handed in at Winchester, 7.40 a.m.", "To Sherlock Holmes, 221B Baker Street, London")
MESSAGE = (
    "THE MAN WITH THE BICYCLE STOOD",
    "BELOW MY WINDOW LAST NIGHT.",
    "PLEASE COME TO THE RED LION,",
    "WINCHESTER, AT NOON ON FRIDAY.",
    "VIOLET HARPER",
)


def draw_telegram() -> Image.Image:
    """A telegram form lying a little askew on a desk."""
    paper = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(paper)
    pen.rectangle((20, 20, SIZE[0] - 20, SIZE[1] - 20), outline=INK, width=3)
    pen.text((LEFT, 50), HEADING, fill=STAMP, font=ImageFont.load_default(44))
    for row, line in enumerate(DETAILS):
        pen.text((LEFT, 125 + 40 * row), line, fill=INK, font=ImageFont.load_default(26))
    pen.line((LEFT, 215, SIZE[0] - LEFT, 215), fill=INK, width=2)
    for row, line in enumerate(MESSAGE):
        pen.text((LEFT, 245 + 64 * row), line, fill=INK, font=ImageFont.load_default(38))
    return paper.rotate(1.5, Image.Resampling.BICUBIC, expand=True, fillcolor=DESK)


if __name__ == "__main__":
    draw_telegram().save(Path(__file__).with_name("telegram.png"), optimize=True)
