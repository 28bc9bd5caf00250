"""Exif data is found in three kinds of picture, and put into one."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from roleagent.formats.cards.exif import (
    comment_of,
    exif_in,
    extension_of_picture,
    with_comment,
    with_exif,
    without_exif,
)
from tests.formats.cards import making as m

EXIF = with_comment(b"", "here")


def picture(kind, exif=EXIF):
    buffer = io.BytesIO()
    Image.new("RGB", (3, 2), "teal").save(buffer, kind, exif=(b"Exif\0\0" if kind == "JPEG" else b"") + exif)
    return buffer.getvalue()


@pytest.mark.parametrize(("kind", "extension"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
def test_the_data_is_found(kind, extension):
    """A card may lie in any of them."""
    data = picture(kind)
    assert extension_of_picture(data) == extension
    assert [comment_of(exif) for exif in exif_in(data)] == ["here"]


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_the_data_goes_and_the_pixels_stay(kind):
    """What is kept of such a picture is a sound picture."""
    data = picture(kind)
    plain = without_exif(data)
    assert exif_in(plain) == []
    with Image.open(io.BytesIO(plain)) as after, Image.open(io.BytesIO(data)) as before:
        assert after.tobytes() == before.tobytes()
        assert not after.getexif()


def test_a_png_has_its_data_replaced_where_it_stands():
    """All other chunks stay, in their order."""
    data = picture("PNG")
    other = with_comment(b"", "other")
    changed = with_exif(data, other)
    assert exif_in(changed) == [other]
    assert m.kinds(changed) == m.kinds(data)


def test_a_png_gets_data_and_loses_it():
    """A picture without any is as before."""
    data = with_exif(m.pixels(), EXIF)
    assert m.kinds(data) == ["IHDR", "IDAT", "eXIf", "IEND"]
    assert with_exif(data, b"") == m.pixels()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_cut_short_is_no_error(kind):
    """Every length is tried."""
    data = picture(kind)
    for end in range(len(data)):
        assert all(part in data for part in exif_in(data[:end]))
        if kind != "PNG":
            assert len(without_exif(data[:end])) <= end
