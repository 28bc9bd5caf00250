"""Turn any tool result into text for the language model, and collect the pictures in it.

MCP servers return content blocks; functions return bytes, dataclasses or JSON with a picture somewhere
inside. Text stays. A picture, recording or file becomes a short note, so that no base64 and no bytes ever
fill a prompt.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import enum
import io
import json
import re
import sys
from collections.abc import Collection, Mapping, Sequence, Set
from itertools import islice
from typing import Any

from langchain_core.messages import BaseMessage
from pydantic import BaseModel

from roleagent.language.unicode import repaired

MAX_PICTURES = 4  # of one result
MAX_PICTURE_BYTES = 8 * 2**20
_MAX_SIDE = 1_024  # pixels that a model is shown
_MAX_PIXELS = 64_000_000
_MAX_VALUES = 5_000  # of nested lists and dicts
_MAX_DEPTH = 20
_MAX_SCANNED = 12_000_000  # characters; a picture of MAX_PICTURE_BYTES is shorter

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "application/octet-stream"),  # told apart by what stands behind it
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_KINDS = {"image": "a picture", "audio": "a recording", "video": "a film"}

_TYPE_OF_BLOCK = {
    "image": "image", "image_url": "image", "input_image": "image", "audio": "audio", "input_audio": "audio",
    "audio_url": "audio", "video": "video", "video_url": "video", "file": "application",
    "input_file": "application", "document": "application", "resource": "application", "media": "application",
}  # fmt: skip
_INNER = ("source", "image_url", "audio_url", "video_url", "input_audio", "file", "resource", "image")
_DATA_KEYS = ("base64", "data", "blob", "file_data", "bytes", "url", "image_url", "uri")
_MIME_KEYS = ("mime_type", "mimeType", "media_type", "mimetype", "content_type")

_B64 = r"(?:[A-Za-z0-9+/_-]|\\/)"
_RUN = rf"(?:{_B64}{{40,}}+(?:\r?\n|\\n|\\r\\n)?)++{_B64}*+={{0,2}}"
_ENCODED = re.compile(
    r"data:(?P<mime>[\w.+-]{1,60}/[\w.+-]{1,60})?(?:;[\w.+-]{1,60}=[\w.+-]{0,60}){0,5}"
    rf"(?:;base64,(?P<url>{_B64}*+(?:{_RUN})?={{0,2}})|,(?P<plain>[^\s\"'<>)]*+))"
    rf"|(?<![A-Za-z0-9+/_-])(?P<run>{_RUN})"
)
_LONG = 1_000  # characters of base64 that are data, whatever they hold
_MIXED = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"[0-9]"))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A tool result as the model gets it.

    Attributes:
        text: with notes such as ``[a picture, image/png, 12 kB]`` for everything that is not text.
        pictures: data URLs, scaled to a size that models accept.
    """

    text: str = ""
    pictures: tuple[str, ...] = ()


def as_told(result: Any, *, max_chars: int, sees: bool = False) -> Told:  # Any: whatever a tool gives
    """The text of a result, and its pictures for a model that accepts pictures.

    Args:
        result: a value, or content blocks of LangChain, OpenAI, Anthropic or MCP.
        max_chars: the length to which the text is cut.
        sees: whether to return pictures.
    """
    reader = _Reader(sees=sees)
    plain = reader.plain(result)
    are_blocks = isinstance(result, Sequence) and all(
        isinstance(block, str) or "type" in _fields_of(block) or "text" in _fields_of(block)
        for block in islice(result, _MAX_VALUES)
    )
    blocks = plain if isinstance(plain, list) and are_blocks else [plain]
    text = repaired("\n".join(_as_line(block) for block in blocks))
    return Told(text=text[:max_chars], pictures=tuple(reader.pictures))


def _as_line(plain: Any) -> str:
    """Content blocks as their text; other nested values as JSON."""
    if isinstance(plain, dict) and isinstance(plain.get("text"), str) and plain.get("type", "text") == "text":
        return str(plain["text"])
    if isinstance(plain, (dict, list)):
        return json.dumps(plain, ensure_ascii=False)
    return str(plain)


class _Reader:
    """Turns values into JSON values and collects the pictures in them."""

    def __init__(self, *, sees: bool) -> None:
        self.pictures: list[str] = []
        self._sees = sees
        self._left = _MAX_VALUES

    def plain(self, value: Any, depth: int = 0) -> Any:
        """A value as dicts, lists, text and numbers, with notes for everything else."""
        self._left -= 1
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, io.BytesIO):
            value = value.getvalue()
        if isinstance(value, (bytes, bytearray, memoryview)):
            return self._binary(bytes(value))
        if isinstance(value, enum.Enum):
            return self.plain(value.value, depth + 1)
        if isinstance(value, BaseMessage):
            return self.plain(value.content, depth + 1)
        pillow = sys.modules.get("PIL.Image")  # whoever has such a picture has loaded it
        if pillow is not None and isinstance(value, pillow.Image):
            if self._sees and len(self.pictures) < MAX_PICTURES:
                self.pictures.append(_data_url(value))
            return f"[a picture, {value.width} × {value.height} pixels]"
        if depth >= _MAX_DEPTH or self._left <= 0:
            return "…"
        if fields := _fields_of(value):
            kept = islice(fields.items(), max(0, self._left))
            return self._block(fields) or {str(key): self.plain(each, depth + 1) for key, each in kept}
        if isinstance(value, (Sequence, Set)):
            return self._list(value, depth)
        return self._text(str(value))

    def _list(self, values: Collection[Any], depth: int) -> list[Any]:
        plain: list[Any] = []
        for value in values:
            if self._left <= 0:
                plain.append(f"… {len(values) - len(plain)} more")
                break
            plain.append(self.plain(value, depth + 1))
        return plain

    def _block(self, fields: Mapping[Any, Any]) -> str:
        """The note for a content block with a picture, recording or file; empty for other blocks."""
        kind = _TYPE_OF_BLOCK.get(str(fields.get("type", "")))
        if kind is None:
            return ""
        parts = [fields, *(_fields_of(fields[key]) for key in _INNER if key in fields)]
        mimes = (part[key] for part in parts for key in _MIME_KEYS if isinstance(part.get(key), str))
        mime = next(mimes, kind)
        for part in parts:
            if isinstance(part.get("text"), str):  # a resource of MCP that is text
                return "\n".join(filter(None, (str(part.get("uri") or ""), self._text(part["text"]))))
            for key in _DATA_KEYS:
                data = part.get(key)
                if isinstance(data, (bytes, bytearray, memoryview)):
                    return self._note(bytes(data), mime)
                if isinstance(data, str) and key in ("url", "image_url", "uri") and data:
                    return self._text(data) if data.startswith("data:") else f"[{_kind(mime)}, {data[:500]}]"
                if isinstance(data, str) and data:
                    return self._encoded(data, mime)
        return f"[{_kind(mime)}]"

    def _text(self, text: str) -> str:
        """A text with notes instead of data URLs and long base64."""
        if len(text) < 40:
            return text
        cut = text[:_MAX_SCANNED]
        return _ENCODED.sub(self._instead, cut)

    def _instead(self, match: re.Match[str]) -> str:
        mime = match["mime"] or ""
        if match["plain"] is not None:
            return match[0] if not mime or mime.startswith("text/") else f"[{_kind(mime)}, {mime}]"
        if match["url"] is not None:
            return self._encoded(match["url"], mime)
        run = match["run"]
        head = _decoded(run[:64])
        is_data = bool(head and _sniffed(head)) or (
            len(run) >= _LONG and all(some.search(run) for some in _MIXED)
        )
        return self._encoded(run, "") if is_data else match[0]

    def _encoded(self, text: str, mime: str) -> str:
        if text.startswith("data:"):
            return self._text(text)
        data = _decoded(text[:_MAX_SCANNED])
        return self._note(data, mime) if data else f"[{_kind(mime)}, {_size(len(text) * 3 // 4)}]"

    def _binary(self, data: bytes) -> str:
        """The text of bytes that are text; otherwise a note."""
        if not _sniffed(data):
            try:
                text = data.decode()
            except UnicodeDecodeError:
                return self._note(data, "")
            if text.isprintable() or not re.search(r"[\x00-\x08\x0e-\x1f]", text):
                return self._text(text)
        return self._note(data, "")

    def _note(self, data: bytes, mime: str) -> str:
        found = _sniffed(data)
        mime = found or mime
        if self._sees and found.startswith("image/") and len(data) <= MAX_PICTURE_BYTES:
            self._show(data)
        return f"[{', '.join(filter(None, (_kind(mime), mime if '/' in mime else '', _size(len(data)))))}]"

    def _show(self, data: bytes) -> None:
        from PIL import Image

        if len(self.pictures) >= MAX_PICTURES:
            return
        try:
            picture = Image.open(io.BytesIO(data))
            if picture.width * picture.height <= _MAX_PIXELS:
                self.pictures.append(_data_url(picture))
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            return  # damaged: the note stands for it


def _fields_of(value: Any) -> Mapping[Any, Any]:
    """The named fields of a value; empty if it has none."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in type(value).model_fields}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return dict(value._asdict())
    return {}


def _data_url(picture: Any) -> str:
    """A picture, scaled down, as PNG, or as JPEG if the PNG is large."""
    shown = picture.copy()
    shown.thumbnail((_MAX_SIDE, _MAX_SIDE))
    see_through = shown.mode in ("RGBA", "LA", "P")
    shown = shown.convert("RGBA" if see_through else "RGB")
    buffer, form = io.BytesIO(), "png" if see_through else "jpeg"
    shown.save(buffer, form)
    return f"data:image/{form};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _sniffed(data: bytes) -> str:
    for magic, mime in _MAGIC:
        if data.startswith(magic):
            return _RIFF.get(data[8:12], mime) if magic == b"RIFF" else mime
    return ""


def _decoded(text: str) -> bytes:
    """The bytes of a base64 text, wrapped, escaped or URL-safe; empty if it is not base64."""
    letters = re.sub(r"\\[rn]|[\s\\=]", "", text).translate(str.maketrans("-_", "+/"))
    whole = letters[: len(letters) - (len(letters) % 4 == 1)]
    try:
        return base64.b64decode(whole + "=" * (-len(whole) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _kind(mime: str) -> str:
    return _KINDS.get(mime.partition("/")[0], "data")


def _size(num_bytes: int) -> str:
    if num_bytes < 1_000:
        return f"{num_bytes} B"
    return f"{num_bytes / 1e3:.0f} kB" if num_bytes < 1_000_000 else f"{num_bytes / 1e6:.1f} MB"
