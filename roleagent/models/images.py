"""Pictures in messages: from a content block to pixels, without ever fetching anything."""

from __future__ import annotations

import base64
import binascii
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit
from urllib.request import url2pathname

from roleagent.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

Block = dict[str, Any]  # a content block of a message; Any: JSON

MAX_IMAGE_BYTES = 32 * 2**20
MAX_IMAGE_PIXELS = 64_000_000

_IMAGE_TYPES = ("image", "image_url")
_OTHER_MEDIA_TYPES = ("audio", "input_audio", "video", "video_url", "file", "document")


def is_image(block: Block) -> bool:
    """Whether a block holds a picture."""
    return block.get("type") in _IMAGE_TYPES


def is_other_media(block: Block) -> bool:
    """Whether a block holds sound, film or a document."""
    return block.get("type") in _OTHER_MEDIA_TYPES


def open_image(block: Block) -> Image:
    """The picture of a block as RGB.

    Takes LangChain's ``{"type": "image", "base64": …}`` and ``{"type": "image", "url": …}`` (a ``data:`` or
    ``file:`` URL) and OpenAI's ``{"type": "image_url", "image_url": {"url": …}}``.

    Raises:
        InputError: the address is remote, nothing is there, or it is no picture of a bearable size.
    """
    data = _bytes_of(block)
    if len(data) > MAX_IMAGE_BYTES:
        raise InputError(f"A picture is over the limit of {MAX_IMAGE_BYTES} bytes. Scale it down.")
    return _decode(data)


def _decode(data: bytes) -> Image:
    from PIL import Image

    try:
        picture = Image.open(io.BytesIO(data))
        if picture.width * picture.height > MAX_IMAGE_PIXELS:
            raise InputError(
                f"A picture of {picture.width} × {picture.height} pixels is over the limit of "
                f"{MAX_IMAGE_PIXELS} pixels. Scale it down."
            )
        return picture.convert("RGB")
    except InputError:
        raise
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise InputError(f"A picture of {len(data)} bytes cannot be read: {error}. Is it damaged?") from error


def _bytes_of(block: Block) -> bytes:
    encoded = block.get("base64") or block.get("data")
    if encoded is not None:
        return _decode_base64(encoded)
    url = block.get("url") or block.get("image_url")
    if isinstance(url, dict):
        url = url.get("url")
    if not isinstance(url, str):
        raise InputError(f"An image block of {sorted(block)!r} holds no picture. Give base64 or url.")
    return _read_url(url)


def _read_url(url: str) -> bytes:
    scheme = urlsplit(url).scheme.lower()
    if scheme == "data":
        header, _, payload = url.partition(",")
        return _decode_base64(payload) if header.endswith(";base64") else unquote_to_bytes(payload)
    if scheme == "file":
        return _read_file(Path(url2pathname(urlsplit(url).path)))
    raise InputError(
        f"The picture {url[:80]!r} is not on this machine, and nothing is fetched. "
        "Give its bytes as base64, or a data: or file: URL."
    )


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_IMAGE_BYTES + 1)
    except OSError as error:
        raise InputError(f"The picture {str(path)!r} cannot be read: {error.strerror or error}.") from error


def _decode_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"The base64 of a picture is damaged: {error}. Encode it again.") from error
