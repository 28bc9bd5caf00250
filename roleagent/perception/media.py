"""Pictures and recordings: checked when they come in, decoded when a perceptor needs them.

`load_attachment` is the only door. It reads the bytes once, tells their kind by the bytes themselves (an
extension proves nothing), refuses what is damaged or too large with one `AttachmentError`, and names the
attachment by its content.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from roleagent.errors import AttachmentError, StoreError
from roleagent.perception import pictures, recordings
from roleagent.types import Attachment

if TYPE_CHECKING:
    from PIL import Image

    from roleagent.perception.recordings import Samples

MAX_BYTES = 64 * 2**20
MAX_NAME = 120

_EXTENSIONS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
    "audio/wav": ".wav",
    "audio/flac": ".flac",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
}
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xfa", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
)
_RIFF = {b"WAVE": "audio/wav", b"WEBP": "image/webp"}


def load_attachment(
    source: str | os.PathLike[str] | bytes, *, name: str | None = None, store_dir: Path | None = None
) -> Attachment:
    """Check a picture (PNG, JPEG, WebP, GIF, BMP) or recording (WAV, FLAC, Ogg, MP3) and describe it.

    Args:
        source: a file, or the bytes themselves.
        name: what to call it; the file's own name if None.
        store_dir: keep a copy here, named by its content, and point to the copy. Needed for bytes.

    Raises:
        AttachmentError: missing, not a file, empty, over 64 MB, of an unknown kind, damaged, a picture of
            over 40 megapixels, or a recording that holds no sound or more than ten minutes.
        StoreError: the copy cannot be written.
    """
    path = None if isinstance(source, bytes) else _absolute(source)
    data = source if isinstance(source, bytes) else _read_file(_absolute(source))
    label = _tidy(name or (path.name if path else "attachment"))
    media_type = _check(data, label)
    digest = hashlib.sha256(data).hexdigest()
    if store_dir is not None:
        path = _keep(data, store_dir / f"{digest}{_EXTENSIONS[media_type]}")
    if path is None:
        raise AttachmentError(f"{label!r} came as bytes with no place to keep them: pass store_dir.")
    return Attachment(id=digest, media_type=media_type, path=str(path), name=label, num_bytes=len(data))


def open_image(attachment: Attachment) -> Image.Image:
    """The picture as RGB, its first frame, the right way up.

    Raises:
        AttachmentError: it is no picture, has changed since it was attached, or cannot be decoded.
    """
    data = _read_again(attachment, "image")
    return pictures.decode(data, attachment.media_type, attachment.name)


def read_audio(attachment: Attachment) -> Samples:
    """The recording as mono samples at 16 kHz, -1 to 1; shape [num_samples].

    Raises:
        AttachmentError: it is no recording, has changed since it was attached, or cannot be decoded.
    """
    return recordings.decode(_read_again(attachment, "audio"), attachment.name)


def _absolute(source: str | os.PathLike[str]) -> Path:
    try:
        return Path(source).expanduser().absolute()
    except RuntimeError as error:  # "~nobody/…" names no home
        raise AttachmentError(f"{os.fspath(source)!r} cannot be opened: {error}") from error


def _read_file(path: Path) -> bytes:
    shown = str(path)
    try:
        if path.is_dir():
            raise AttachmentError(f"{shown!r} is a directory. Name one picture or recording in it.")
        if path.exists() and not path.is_file():
            raise AttachmentError(f"{shown!r} is a device or pipe. Save it to a file first.")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise AttachmentError(f"There is no file {shown!r}. Check the path.") from error
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        raise AttachmentError(f"{shown!r} cannot be read: {error}") from error


def _check(data: bytes, label: str) -> str:
    """Decode all of it once, so that nothing is remembered which no perceptor could open."""
    if not data:
        raise AttachmentError(f"{label!r} is empty (0 bytes). Save or send it again.")
    if len(data) > MAX_BYTES:
        raise AttachmentError(f"{label!r} is larger than {MAX_BYTES // 2**20} MB. Scale it down or cut it.")
    media_type = _media_type(data, label)
    if media_type.startswith("image/"):
        pictures.decode(data, media_type, label)
    else:
        recordings.decode(data, label)
    return media_type


def _media_type(data: bytes, label: str) -> str:
    if data.startswith(b"RIFF") and data[8:12] in _RIFF:
        return _RIFF[data[8:12]]
    for magic, media_type in _MAGIC:
        if data.startswith(magic):
            return media_type
    raise AttachmentError(
        f"{label!r} begins with {data[:8]!r}: neither a picture (PNG, JPEG, WebP, GIF, BMP) "
        "nor a recording (WAV, FLAC, Ogg, MP3)."
    )


def _tidy(name: str) -> str:
    """A file's name reaches the prompt: keep it to one short line."""
    printable = "".join(c if c.isprintable() else " " for c in name.replace("\\", "/").rsplit("/", 1)[-1])
    return " ".join(printable.split())[:MAX_NAME] or "attachment"


def _keep(data: bytes, path: Path) -> Path:
    path = path.absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_whole(data, path)
    except OSError as error:
        raise StoreError(f"{str(path.parent)!r}: no attachment can be kept there: {error}") from error
    return path


def _write_whole(data: bytes, path: Path) -> None:
    """Write in one step: a name that exists always holds the whole content, also after a crash."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _read_again(attachment: Attachment, kind: str) -> bytes:
    if not attachment.media_type.startswith(f"{kind}/"):
        raise AttachmentError(f"{attachment.name!r} is {attachment.media_type}, where {kind} is needed.")
    data = _read_file(Path(attachment.path))
    if hashlib.sha256(data).hexdigest() != attachment.id:
        raise AttachmentError(f"{attachment.path!r} has changed since it was attached. Attach it again.")
    return data
