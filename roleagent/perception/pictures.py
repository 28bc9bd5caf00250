"""Picture bytes to pixels, under a bound that is checked before anything is decoded."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from roleagent.errors import AttachmentError

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 40_000_000

_FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
}


def decode(data: bytes, media_type: str, name: str, *, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """The first frame as it is meant to be seen: RGB, turned as its EXIF says, clear parts on white.

    Raises:
        AttachmentError: over `max_pixels` by its header, or the data is damaged.
    """
    from PIL import ImageOps

    picture = _read_header(data, media_type, name)
    width, height = picture.size
    if width * height > max_pixels:
        raise AttachmentError(
            f"{name!r} has {width} × {height} pixels, more than {max_pixels / 1e6:g} million. "
            "Scale it down and attach it again."
        )
    try:
        picture.load()
        return _on_white(ImageOps.exif_transpose(picture))
    except Exception as error:  # a decoder meets arbitrary bytes and raises nearly anything
        raise _damaged(name, error) from error


def _read_header(data: bytes, media_type: str, name: str) -> Image.Image:
    """Open with the one decoder that fits; `Image.open` would warn of its own, higher bound first."""
    from PIL import Image

    Image.init()
    factory, _ = Image.OPEN[_FORMATS[media_type]]
    try:
        return factory(io.BytesIO(data), "")
    except Exception as error:  # as above
        raise _damaged(name, error) from error


def _on_white(picture: Image.Image) -> Image.Image:
    """Drop transparency onto white paper: dropped alone, black ink on clear would turn all black."""
    from PIL import Image

    if picture.mode.startswith("I;16"):
        picture = picture.point(lambda value: value / 256).convert("L")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    ink = picture.convert("RGBA")
    paper = Image.new("RGBA", ink.size, "white")
    return Image.alpha_composite(paper, ink).convert("RGB")


def _damaged(name: str, error: Exception) -> AttachmentError:
    return AttachmentError(
        f"{name!r} is damaged or incomplete and cannot be decoded ({error}). Save or send it again."
    )
