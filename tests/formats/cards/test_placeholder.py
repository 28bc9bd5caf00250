"""Pictures drawn for cards that have none."""

from __future__ import annotations

import io

from PIL import Image

from roleagent.formats.cards.png import as_png, drawn


def test_the_same_name_gives_the_same_picture():
    """A card that is written twice is the same file."""
    assert drawn("Ada") == drawn("Ada") != drawn("Byron")


def test_only_pictures_of_bounded_size_are_drawn_anew():
    """A picture of a stranger may be none, or claim to be huge."""
    buffer = io.BytesIO()
    Image.new("1", (7_000, 6_000)).save(buffer, format="BMP")
    assert as_png(buffer.getvalue()) is None
    assert as_png(b"GIF89a") is None
    assert as_png(b"") is None
