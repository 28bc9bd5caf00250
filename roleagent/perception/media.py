"""Pictures and recordings in any form that a program holds them: read, checked, stored and decoded."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias
from urllib.parse import unquote, unquote_to_bytes, urlsplit
from urllib.request import url2pathname

from roleagent.errors import AttachmentError, StoreError
from roleagent.perception import kinds, pictures, recordings
from roleagent.perception.recordings import library
from roleagent.types import Attachment

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from roleagent.perception.recordings import Samples


MAX_BYTES = 64 * 2**20
TAKES = (
    "Pass a path, bytes, a data: URL, an open binary file, a PIL image, an array of pixels "
    "[height, width, 3] in uint8, or a pair (samples, rate_hz)."
)

Given: TypeAlias = Any  # Any: see TAKES; numpy and Pillow are imported only where one of theirs comes in

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,15}://")
_MAX_SHOWN = 80
_MAX_PATH = 4_096
_MOST_CHANNELS = 8


def is_one(given: object) -> bool:
    """Whether something is one attachment, and not a list of them."""
    if isinstance(given, (str, bytes, bytearray, memoryview, os.PathLike, Attachment)):
        return True
    return hasattr(given, "read") or _is_image(given) or _is_array(given) or _is_sound(given)


def is_file(given: object) -> bool:
    """Whether it is on disk already."""
    if isinstance(given, str):
        return given[:5].lower() != "data:"
    return isinstance(given, (os.PathLike, Attachment))


def read(given: Given) -> tuple[Path | None, bytes, str]:
    """Its path if it is a file, its bytes (at most `MAX_BYTES` + 1), and its name if it has one.

    Raises:
        AttachmentError: it cannot be read, or is no attachment.
    """
    if isinstance(given, str) and given[:5].lower() == "data:":
        return None, _of_data_url(given), ""
    if isinstance(given, (str, os.PathLike)):
        path = _path(given)
        return path, read_file(path), path.name
    if isinstance(given, (bytes, bytearray, memoryview)):
        return None, bytes(given[: MAX_BYTES + 1]), ""
    if hasattr(given, "read"):
        name = getattr(given, "name", "")
        return None, _of_stream(given), name if isinstance(name, str) else ""
    if _is_image(given):
        return None, _of_image(given), ""
    if _is_sound(given):
        return None, _of_samples(given), ""
    if _is_array(given):
        return None, _of_pixels(given), ""
    raise AttachmentError(f"A {type(given).__name__} is no attachment. {TAKES}")


def read_file(path: Path) -> bytes:
    """The bytes of a file, at most `MAX_BYTES` + 1.

    Raises:
        AttachmentError: it is not a file, or cannot be read.
    """
    shown = _shown(str(path))
    try:
        if path.is_dir():
            raise AttachmentError(f"{shown} is a directory. Name one picture or recording in it.")
        if path.exists() and not path.is_file():
            raise AttachmentError(f"{shown} is a device or pipe. Save it to a file first.")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise AttachmentError(f"There is no file {shown}. Check the path.") from error
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        reason = getattr(error, "strerror", None) or error
        raise AttachmentError(f"{shown} cannot be read: {reason}") from error


def _path(source: str | os.PathLike[str]) -> Path:
    text = os.fspath(source)
    if isinstance(text, bytes):
        text = os.fsdecode(text)
    if text[:7].lower() == "file://":
        text = url2pathname(text[7:] if text[7:8] == "/" else urlsplit(text).path)
    elif _SCHEME.match(text):
        raise AttachmentError(
            f"{_shown(text)} is an address, and nothing is fetched from the network: download it, "
            "and pass the path or the bytes."
        )
    if len(text) > _MAX_PATH:
        raise AttachmentError(
            f"{_shown(text)} has {len(text):,} characters and is no path. Base64 goes into a data: URL "
            "('data:image/png;base64,…'), or decode it and pass the bytes."
        )
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:  # "~nobody/…" names no home
        raise AttachmentError(f"{_shown(text)} cannot be opened: {error}") from error


def _of_data_url(url: str) -> bytes:
    head, comma, body = url.partition(",")
    if not comma:
        raise AttachmentError(f"{_shown(url)} is no data: URL: it has no comma before its data.")
    if len(body) > 4 * (MAX_BYTES + 3):
        return b"\0" * (MAX_BYTES + 1)  # too large, whatever it holds
    if not head.lower().endswith(";base64"):
        return unquote_to_bytes(body)[: MAX_BYTES + 1]
    packed = "".join(unquote(body).split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise AttachmentError(f"{_shown(url)} cannot be decoded as base64: {error}.") from error


def _of_stream(stream: BinaryIO) -> bytes:
    try:
        data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise AttachmentError(f"An open file cannot be read: {error}") from error
    if not isinstance(data, bytes):
        raise AttachmentError("An open file gives text, not bytes: open it with mode 'rb'.")
    return data


def _of_image(image: Image.Image) -> bytes:
    from roleagent.perception.pictures import as_png, check_size

    check_size(image, "a PIL image")
    try:
        return as_png(image)
    except Exception as error:  # a lazily opened file may be damaged in any way
        raise AttachmentError(f"A PIL image cannot be decoded: {error}. Open and save it again.") from error


def _of_pixels(array: np.ndarray[Any, Any]) -> bytes:
    from PIL import Image

    shape = array.shape
    if array.dtype.name != "uint8" or not (array.ndim == 2 or (array.ndim == 3 and shape[2] in (1, 3, 4))):
        raise AttachmentError(
            f"An array of shape {list(shape)} and {array.dtype} is no picture: pass pixels "
            "[height, width, 3] in uint8; for sound, pass a pair (samples, rate_hz)."
        )
    if 0 in shape:
        raise AttachmentError(f"An array of shape {list(shape)} holds no pixels.")
    return _of_image(Image.fromarray(array[:, :, 0] if array.ndim == 3 and shape[2] == 1 else array))


def _of_samples(sound: tuple[Any, Any]) -> bytes:
    import numpy as np

    soundfile = library("soundfile", "an array of samples")
    first, second = sound
    samples, rate_hz = (first, second) if _is_array(first) else (second, first)
    if samples.ndim == 2 and samples.shape[0] <= _MOST_CHANNELS < samples.shape[1]:
        samples = samples.T  # channels came first
    is_known = samples.dtype.name in ("int16", "int32", "float32", "float64")
    if not is_known or samples.ndim not in (1, 2) or samples.nbytes > MAX_BYTES:
        raise AttachmentError(
            f"An array of shape {list(samples.shape)} and {samples.dtype} is no recording: pass "
            "samples [num_samples] or [num_samples, num_channels] in int16 or float32, at most "
            f"{MAX_BYTES // 2**20} MB."
        )
    subtype = "PCM_16" if samples.dtype == np.int16 else "FLOAT"
    with io.BytesIO() as file:
        try:
            soundfile.write(file, samples, int(rate_hz), format="WAV", subtype=subtype)
        except (soundfile.LibsndfileError, ValueError, OverflowError, TypeError) as error:
            raise AttachmentError(
                f"Samples of shape {list(samples.shape)} at {rate_hz} Hz are no recording: {error}"
            ) from error
        return file.getvalue()


def _is_image(given: object) -> bool:
    return _comes_from(given, "PIL") and hasattr(given, "convert")


def _is_array(given: object) -> bool:
    return _comes_from(given, "numpy") and hasattr(given, "dtype") and bool(getattr(given, "ndim", 0))


def _is_sound(given: object) -> bool:
    if not isinstance(given, tuple) or len(given) != 2:
        return False
    arrays = [_is_array(each) for each in given]
    rate_hz = given[arrays.index(False)] if sum(arrays) == 1 else None
    return hasattr(rate_hz, "__int__") and not isinstance(rate_hz, bool) and not hasattr(rate_hz, "read")


def _comes_from(given: object, package: str) -> bool:
    return any(kind.__module__.partition(".")[0] == package for kind in type(given).__mro__)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…")


MAX_NAME = 120


def load_attachment(source: Given, *, name: str | None = None, store_dir: Path | None = None) -> Attachment:
    """Check a picture or recording and describe it; `roleagent.perception.kinds` lists the formats.

    Args:
        source: a path (``~`` and ``file://`` too), bytes, a ``data:`` URL, an open binary file, a PIL image,
            pixels [height, width, 3] in uint8, or a pair (samples, rate_hz).
        name: what to call it; the file's own name if None.
        store_dir: keep a copy here, named by its content, and point to the copy. Needed unless it is a file.

    Raises:
        AttachmentError: missing, not a file, empty, over 64 MB, of an unknown kind, damaged, a picture of
            over 64 megapixels, or a recording that holds no sound or more than ten minutes.
        StoreError: the copy cannot be written.
    """
    path, data, found_name = read(source)
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
    """Decode all of it once, so that nothing is remembered that no perceptor can open."""
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
    """Cut a file's name to one short line, because it reaches the prompt."""
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
    """Write in one step: a file that exists always has its whole content, even after a crash."""
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
    data = read_file(Path(attachment.path))
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
