"""Pictures from bytes to pixels, and from pixels to what a model sees; sizes are checked before decoding."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any

from roleagent.errors import AttachmentError

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 64_000_000
MAX_SIDE = 1_568
"""Pixels of the longer side that models see; they scale larger pictures down themselves, or refuse them."""

_MAX_SHOWN_BYTES = 1_000_000  # of a PNG; a larger one is hardly a drawing, and is sent as JPEG
_JPEG_QUALITY = 90
_DRAWN = ("image/png", "image/gif", "image/bmp", "image/tiff")  # kinds that keep sharp edges
_FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
    "image/avif": "AVIF",
}
_log = logging.getLogger(__name__)


def decode(data: bytes, media_type: str, name: str, *, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """The first frame as it is meant to be seen: RGB, turned as its EXIF says, transparent parts white.

    Raises:
        AttachmentError: its header says more than `max_pixels`, the data is damaged, or the library for this
            format is not installed.
    """
    picture = _read_header(data, media_type, name)
    check_size(picture, name, max_pixels=max_pixels)
    try:
        picture.load()
        return _on_white(upright(picture))
    except Exception as error:  # a decoder meets arbitrary bytes and raises nearly anything
        raise _damaged(name, error) from error


def check_size(picture: Image.Image, name: str, *, max_pixels: int = MAX_PIXELS) -> None:
    """Refuse a picture that would fill the machine's memory.

    Raises:
        AttachmentError: it has more pixels than `max_pixels`.
    """
    width, height = picture.size
    if width * height > max_pixels:
        raise AttachmentError(
            f"{name!r} has {width} × {height} pixels, more than {max_pixels / 1e6:g} million. "
            "Scale it down and attach it again."
        )


def upright(picture: Image.Image) -> Image.Image:
    """The picture turned as its EXIF says, or as it is if its EXIF cannot be read."""
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(picture)
    except Exception as error:  # EXIF is written by every kind of program, and the pixels are fine
        _log.info("The EXIF of a picture cannot be read: %s", error)
        return picture


def shown_to_model(data: bytes, media_type: str, name: str, *, max_side: int = MAX_SIDE) -> tuple[bytes, str]:
    """A picture as a model sees it, and its media type: PNG or JPEG, upright, without any metadata.

    The model does not learn where, when and with which camera it was taken. No side is longer than
    `max_side`.

    Raises:
        AttachmentError: see `decode`.
    """
    return encode(decode(data, media_type, name), is_drawn=media_type in _DRAWN, max_side=max_side)


def encode(picture: Image.Image, *, is_drawn: bool = False, max_side: int = MAX_SIDE) -> tuple[bytes, str]:
    """An RGB picture, scaled down, and its media type.

    Args:
        picture: it is not changed.
        is_drawn: keep sharp edges, unless that takes more than a megabyte.
        max_side: the most pixels of its longer side.
    """
    from PIL import Image

    small = picture.copy()
    small.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    small.info = {}  # colour profiles and comments would be written out again
    png = as_bytes(small, "PNG") if is_drawn else b""
    if png and len(png) <= _MAX_SHOWN_BYTES:
        return png, "image/png"
    return as_bytes(small, "JPEG", quality=_JPEG_QUALITY), "image/jpeg"


def as_png(picture: Image.Image) -> bytes:
    """The pixels of any picture, upright and without metadata."""
    bare = _on_white(upright(picture))
    bare.info = {}
    return as_bytes(bare, "PNG", compress_level=1)


def as_bytes(picture: Image.Image, picture_format: str, **options: Any) -> bytes:  # Any: Pillow's own
    """A picture in a format of Pillow's."""
    with io.BytesIO() as file:
        picture.save(file, format=picture_format, **options)
        return file.getvalue()


def _read_header(data: bytes, media_type: str, name: str) -> Image.Image:
    """Open with the decoder of this format; `Image.open` would first warn about its own, higher limit."""
    factory = _decoder(media_type, name)
    try:
        picture: Image.Image = factory(io.BytesIO(data), "")
    except Exception as error:  # as above
        raise _damaged(name, error) from error
    return picture


def _decoder(media_type: str, name: str) -> Any:  # Any: a class of Pillow's or of its plug-in
    from PIL import Image

    if media_type == "image/heic":
        try:
            from pillow_heif import HeifImageFile
        except ImportError as error:
            raise AttachmentError(
                f"{name!r} is a HEIC picture. Save it as JPEG, or install what reads HEIC: "
                "pip install 'roleagent[heic]'."
            ) from error
        return HeifImageFile
    Image.init()
    if _FORMATS[media_type] not in Image.OPEN:
        raise AttachmentError(
            f"{name!r} is {media_type}, which this Pillow cannot read. Save it as JPEG, or run: "
            "pip install -U pillow."
        )
    factory, _ = Image.OPEN[_FORMATS[media_type]]
    return factory


def _on_white(picture: Image.Image) -> Image.Image:
    """Put a transparent picture on white; otherwise black ink on a clear ground would turn all black."""
    from PIL import Image

    picture = _in_eight_bits(picture)
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    ink = picture.convert("RGBA")
    paper = Image.new("RGBA", ink.size, "white")
    return Image.alpha_composite(paper, ink).convert("RGB")


def _in_eight_bits(picture: Image.Image) -> Image.Image:
    """Scale grey of 16 or 32 bits, or fractions, to 0–255; Pillow would cut off higher values."""
    if picture.mode.startswith("I;16"):
        return picture.point(lambda value: value / 256).convert("L")
    if picture.mode not in ("I", "F"):
        return picture
    low, high = (float(each) for each in picture.getextrema())  # type: ignore[arg-type]  # one channel
    if picture.mode == "I" and low >= 0 and 255 < high <= 65_535:
        low, high = 0.0, 65_535.0
    if low >= 0 and high <= 255 and (picture.mode == "I" or high > 1):
        return picture.convert("L")
    scale = 255 / (high - low) if high > low else 0.0
    return picture.convert("F").point(lambda value: value * scale - low * scale).convert("L")


def _damaged(name: str, error: Exception) -> AttachmentError:
    return AttachmentError(
        f"{name!r} is damaged or incomplete and cannot be decoded ({error}). Save or send it again."
    )
