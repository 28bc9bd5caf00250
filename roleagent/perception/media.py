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
from roleagent.perception import given, kinds, pictures, recordings
from roleagent.perception.given import MAX_BYTES, Given
from roleagent.types import Attachment

if TYPE_CHECKING:
    from PIL import Image

    from roleagent.perception.recordings import Samples


MAX_NAME = 120


def load_attachment(source: Given, *, name: str | None = None, store_dir: Path | None = None) -> Attachment:
    """Check a picture or recording and describe it; `kinds` lists the formats.

    Args:
        source: a path (``~`` and ``file://`` too), bytes, a ``data:`` URL, an open binary file, a PIL image,
            pixels [height, width, 3] in uint8, or a pair (samples, rate_hz).
        name: what to call it; the file's own name if None.
        store_dir: keep a copy here, named by its content, and point to the copy. Needed for what is no file.

    Raises:
        AttachmentError: missing, not a file, empty, over 64 MB, of an unknown kind, damaged, a picture of
            over 64 megapixels, or a recording that holds no sound or more than ten minutes.
        StoreError: the copy cannot be written.
    """
    path, data, found_name = given.read(source)
    label = _tidy(name or found_name or "attachment")
    media_type = _check(data, label)
    digest = hashlib.sha256(data).hexdigest()
    if store_dir is not None:
        path = _keep(data, store_dir / f"{digest}{kinds.EXTENSIONS[media_type]}")
    if path is None:
        raise AttachmentError(f"{label!r} is no file, with no place to keep it: pass store_dir.")
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
    return recordings.decode(_read_again(attachment, "audio"), attachment.media_type, attachment.name)


def _check(data: bytes, label: str) -> str:
    """Decode all of it once, so that nothing is remembered which no perceptor could open."""
    if not data:
        raise AttachmentError(f"{label!r} is empty (0 bytes). Save or send it again.")
    if len(data) > MAX_BYTES:
        raise AttachmentError(f"{label!r} is larger than {MAX_BYTES // 2**20} MB. Scale it down or cut it.")
    media_type = kinds.media_type_of(data, label)
    if media_type.startswith("image/"):
        pictures.decode(data, media_type, label)
    else:
        recordings.decode(data, media_type, label)
    return media_type


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
    data = given.read_file(Path(attachment.path))
    if hashlib.sha256(data).hexdigest() != attachment.id:
        raise AttachmentError(f"{attachment.path!r} has changed since it was attached. Attach it again.")
    return data


_PACKAGE = Path(__file__).parent.parent
_FOLDERS = (_PACKAGE / "_media", _PACKAGE.parent / "examples" / "media")


def demo_media(name: str) -> Path:
    """Path of a bundled picture or recording.

    Raises:
        AttachmentError: there is none of that name.
    """
    for folder in _FOLDERS:
        if (folder / name).is_file():
            return folder / name
    raise AttachmentError(f"No bundled media file is called {name!r}.")
