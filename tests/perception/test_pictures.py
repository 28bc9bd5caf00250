"""Pixels come out as a person would see them."""

from __future__ import annotations

import io
import sys

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


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "WEBP", "AVIF", "PNG"])
def test_what_a_model_is_shown_is_upright_small_and_bare(kind: str) -> None:
    """Where a photo was taken is nobody's business, and a model that must scale it down may refuse it."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    photo = encoded(Image.new("RGB", (400, 200), RED), kind, exif=exif)
    data, media_type = pictures.shown_to_model(photo, f"image/{kind.lower()}", "x", max_side=100)
    with Image.open(io.BytesIO(data)) as shown:
        assert shown.size == (50, 100)
        assert dict(shown.getexif()) == {}
        assert not shown.info.keys() & {"exif", "xmp", "comment", "icc_profile", "gps"}
    assert media_type == ("image/png" if kind in ("PNG", "TIFF") else "image/jpeg")


def test_a_comment_and_a_profile_are_not_written_out_again() -> None:
    """Pillow keeps them with the picture and saves them by itself."""
    photo = encoded(Image.new("RGB", (9, 9)), "JPEG", comment=b"me, at home", icc_profile=b"x" * 200)
    data, _ = pictures.shown_to_model(photo, "image/jpeg", "x")
    assert b"at home" not in data
    assert b"ICC_PROFILE" not in data


def test_a_small_picture_is_not_blown_up_and_a_drawing_keeps_its_edges() -> None:
    """Print is blurred by JPEG; a noisy picture as PNG would be huge."""
    drawing = encoded(Image.new("RGB", (30, 20), GREEN), "BMP")
    data, media_type = pictures.shown_to_model(drawing, "image/bmp", "x")
    assert media_type == "image/png"
    assert Image.open(io.BytesIO(data)).size == (30, 20)
    noise = encoded(Image.effect_noise((1_500, 1_500), 90).convert("RGB"), "BMP")
    data, media_type = pictures.shown_to_model(noise, "image/bmp", "x")
    assert (media_type, len(data) < 3_000_000) == ("image/jpeg", True)


@pytest.mark.parametrize(
    ("mode", "value", "shade"),
    [("I", 32_768, 127), ("I", 200, 200), ("F", 200.0, 200), ("CMYK", (0, 0, 0, 255), 0), ("1", 1, 255)],
)
def test_every_mode_keeps_its_shades(mode: str, value: object, shade: int) -> None:
    """Pillow alone turns grey of many bits into white."""
    picture = Image.new(mode, (2, 1), value)  # type: ignore[arg-type]
    assert pictures.decode(encoded(picture, "TIFF"), "image/tiff", "x").getpixel((0, 0)) == (shade,) * 3


def test_fractions_are_spread_over_all_shades() -> None:
    """A depth map or a simulation holds 0.0 to 1.0."""
    picture = Image.new("F", (2, 1), 0.0)
    picture.putpixel((1, 0), 1.0)
    flat = pictures.decode(encoded(picture, "TIFF"), "image/tiff", "x")
    assert [flat.getpixel((0, 0)), flat.getpixel((1, 0))] == [(0, 0, 0), (255, 255, 255)]


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_exif_that_cannot_be_read_costs_only_the_turn() -> None:
    """The pixels are fine, whatever a camera program wrote beside them."""
    photo = encoded(Image.new("RGB", (20, 10)), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x09garbage")
    assert pictures.decode(photo, "image/jpeg", "x").size == (20, 10)


def test_a_heic_picture_names_what_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """IPhones take them by default."""
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(AttachmentError, match=r"HEIC picture. Save it as JPEG, .*roleagent\[heic\]"):
        pictures.decode(b"\0\0\0\x18ftypheic", "image/heic", "IMG_1.heic")
