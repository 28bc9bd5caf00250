"""A picture for a card that has none: the initial of the name on a coloured ground."""

from __future__ import annotations

import colorsys
import hashlib
import io
import unicodedata
from typing import TYPE_CHECKING

from roleagent.persona.formats.cards.chunks import Chunk, texts_in
from roleagent.persona.formats.report import Report

if TYPE_CHECKING:
    from PIL import Image

DRAWN = "roleagent-drawn"  # a text chunk that says: the picture is ours, and no asset of the persona
_SIZE = (400, 600)  # pixels, of the shape that card pictures have
_FONT_SIZE = 280
_MAX_PIXELS = 40_000_000
_FORMATS = ("JPEG", "WEBP", "GIF", "BMP")


def drawn(name: str) -> bytes:
    """A PNG picture for a name; the same name gives the same picture."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", _SIZE, _colour(name))
    middle = (_SIZE[0] / 2, _SIZE[1] / 2)
    draw = ImageDraw.Draw(picture)
    draw.text(middle, _initial(name), fill="white", font=ImageFont.load_default(_FONT_SIZE), anchor="mm")
    return _png(picture)


def is_drawn(data: bytes, chunks: list[Chunk]) -> bool:
    """Whether a picture of these chunks says that it was drawn here."""
    return any(texts_in(data, chunks, lambda keyword: keyword == DRAWN, Report()))


def as_png(data: bytes) -> bytes | None:
    """A picture of another format as PNG; None where it cannot be read, or is too large."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            if picture.width * picture.height > _MAX_PIXELS:
                return None
            return _png(picture.convert("RGBA"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def _initial(name: str) -> str:
    """The first letter that the font can draw, or none."""
    plain = unicodedata.normalize("NFKD", name)
    return next((char.upper() for char in plain if char.isascii() and char.isalnum()), "")


def _colour(name: str) -> tuple[int, int, int]:
    hue = hashlib.sha256(name.encode("utf-8", errors="replace")).digest()[0] / 256
    red, green, blue = colorsys.hls_to_rgb(hue, 0.4, 0.45)
    return round(red * 255), round(green * 255), round(blue * 255)
