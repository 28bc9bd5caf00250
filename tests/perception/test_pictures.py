"""Pixels come out as a person would see them."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from roleagent.errors import AttachmentError
from roleagent.perception import pictures

RED, GREEN = (255, 0, 0), (0, 255, 0)


def encoded(picture: Image.Image, picture_format: str = "PNG", **options: object) -> bytes:
    with io.BytesIO() as file:
        picture.save(file, format=picture_format, **options)  # type: ignore[arg-type]
        return file.getvalue()


def test_a_picture_taken_sideways_is_turned_upright() -> None:
    """Telephones store the turn in EXIF and not in the pixels."""
    picture = Image.new("RGB", (20, 10))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    upright = pictures.decode(encoded(picture, "JPEG", exif=exif), "image/jpeg", "x.jpg")
    assert upright.size == (10, 20)


def test_clear_parts_become_white_paper() -> None:
    """Black ink on a clear ground would otherwise be black on black."""
    drawing = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    drawing.putpixel((1, 0), (0, 0, 0, 255))
    flat = pictures.decode(encoded(drawing), "image/png", "x.png")
    assert [flat.getpixel((0, 0)), flat.getpixel((1, 0))] == [(255, 255, 255), (0, 0, 0)]


def test_a_palette_with_a_clear_colour_becomes_white_too() -> None:
    """GIFs and small PNGs keep transparency in their palette."""
    drawing = Image.new("P", (1, 1), 0)
    drawing.putpalette([10, 20, 30])
    flat = pictures.decode(encoded(drawing, "PNG", transparency=0), "image/png", "x.png")
    assert flat.getpixel((0, 0)) == (255, 255, 255)


def test_sixteen_bit_grey_keeps_its_shades() -> None:
    """Scanners write 16 bits; cut to 8 without scaling, everything above 255 would be white."""
    grey = Image.new("I;16", (1, 1), 32_768)
    assert pictures.decode(encoded(grey), "image/png", "x.png").getpixel((0, 0)) == (128, 128, 128)


def test_only_the_first_frame_of_an_animation_counts() -> None:
    """One picture is perceived, whatever it does next."""
    first, second = Image.new("RGB", (4, 4), RED), Image.new("RGB", (4, 4), GREEN)
    data = encoded(first, "GIF", save_all=True, append_images=[second])
    assert pictures.decode(data, "image/gif", "x.gif").getpixel((0, 0)) == RED


def test_the_bound_can_be_lowered() -> None:
    """A small machine may want less than 40 megapixels."""
    data = encoded(Image.new("1", (400, 300)))
    with pytest.raises(AttachmentError, match="400 × 300"):
        pictures.decode(data, "image/png", "x.png", max_pixels=100_000)


def test_the_error_names_the_file_and_the_way_out() -> None:
    """A user with ten attachments must know which one to send again."""
    with pytest.raises(AttachmentError, match=r"'holiday.png' is damaged.*again"):
        pictures.decode(b"\x89PNG\r\n\x1a\nxxxx", "image/png", "holiday.png")
