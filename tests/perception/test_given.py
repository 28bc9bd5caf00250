"""Attachments come as programs hold them; what is none is refused in one short line."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from roleagent.errors import AttachmentError
from roleagent.perception import media as given
from roleagent.perception.media import load_attachment, open_image, read_audio
from roleagent.testing.perceptors import write_tiny_png, write_tiny_wav
from roleagent.types import Attachment

RED = np.full((4, 6, 3), (255, 0, 0), np.uint8)
TONE = (0.5 * np.sin(np.arange(8_000) / 8)).astype(np.float32)


@pytest.fixture
def png(tmp_path: Path) -> bytes:
    return write_tiny_png(tmp_path / "in.png", size=(6, 4), colour=(255, 0, 0)).read_bytes()


def data_url(data: bytes, head: str = "data:image/png;base64") -> str:
    return f"{head},{base64.b64encode(data).decode()}"


FORMS: dict[str, Callable[[bytes], Any]] = {
    "bytes": bytes,
    "bytearray": bytearray,
    "memoryview": memoryview,
    "open file": io.BytesIO,
    "data URL": data_url,
    "data URL of another case, wrapped": lambda data: (
        "DATA:;charset=utf-8;BASE64," + base64.encodebytes(data).decode()
    ),
    "data URL, web-safe, unpadded": lambda data: (
        "data:;base64," + base64.urlsafe_b64encode(data).decode().rstrip("=")
    ),
    "data URL in percent code": lambda data: "data:image/png," + "".join(f"%{byte:02x}" for byte in data),
    "PIL image": lambda data: Image.open(io.BytesIO(data)),
    "pixels": lambda _: RED,
    "pixels with alpha": lambda _: np.dstack([RED, np.full((4, 6), 255, np.uint8)]),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_picture_in_any_form_is_the_same_picture(
    form: Callable[[bytes], Any], png: bytes, tmp_path: Path
) -> None:
    """A web app has bytes, a notebook an array, a chat protocol a data URL."""
    picture = open_image(load_attachment(form(png), store_dir=tmp_path / "kept"))
    assert (picture.size, picture.getpixel((3, 2))) == ((6, 4), (255, 0, 0))


@pytest.mark.parametrize("write", [str, Path, lambda path: path.as_uri(), lambda path: f"file://{path}"])
def test_a_file_may_be_named_in_any_way(write: Callable[[Path], Any], tmp_path: Path) -> None:
    """Browsers and desktops hand out file URLs, with blanks in percent code."""
    path = write_tiny_png(tmp_path / "my picture é.png")
    assert load_attachment(write(path)).name == "my picture é.png"


def test_a_home_directory_is_filled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell does, also where no shell has read the line."""
    write_tiny_png(tmp_path / "a.png")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_attachment("~/a.png").path == str(tmp_path / "a.png")


@pytest.mark.parametrize(
    "sound",
    [
        (TONE, 8_000),
        (8_000, TONE),  # as gradio gives it
        (np.stack([TONE, TONE], axis=1), np.int64(8_000)),
        (np.stack([TONE, TONE]), 8_000),  # as torchaudio has it
        ((TONE * 32_767).astype(np.int16), 8_000),
    ],
)
def test_samples_with_a_rate_are_a_recording(sound: tuple[Any, Any], tmp_path: Path) -> None:
    """A microphone gives an array."""
    samples = read_audio(load_attachment(sound, store_dir=tmp_path))
    assert len(samples) == pytest.approx(16_000, abs=20)
    assert np.abs(samples).max() == pytest.approx(0.5, abs=0.05)


def test_a_picture_of_pillow_is_kept_upright_and_without_its_place(tmp_path: Path) -> None:
    """It was opened from a photo of a telephone, turned by EXIF; PNG would forget the turn."""
    exif = Image.Exif()
    exif[0x0112] = 6
    with io.BytesIO() as file:
        Image.new("CMYK", (20, 10)).save(file, "JPEG", exif=exif)
        photo = Image.open(io.BytesIO(file.getvalue()))
    kept = load_attachment(photo, store_dir=tmp_path)
    with Image.open(kept.path) as picture:
        assert (picture.size, dict(picture.getexif())) == ((10, 20), {})


LONG = "iVBORw0KGgo" * 100_000
WRONG: dict[str, tuple[Any, str]] = {
    "an address": ("https://example.org/cat.png?" + "x" * 9_000, "nothing is fetched from the network"),
    "another address": ("s3://bucket/cat.png", "nothing is fetched"),
    "bare base64": (LONG, "is no path. Base64 goes into a data: URL"),
    "a data URL without data": ("data:image/png;base64", "no comma"),
    "a data URL with something else": ("data:image/png;base64,**" + LONG, "cannot be decoded as base64"),
    "a data URL of nothing": ("data:,", "is empty"),
    "an open text file": (io.StringIO("x"), "mode 'rb'"),
    "a dict": ({"image": LONG}, "A dict is no attachment. Pass a path"),
    "a number": (7, "A int is no attachment"),
    "nothing": (None, "A NoneType is no attachment"),
    "samples without a rate": (TONE, r"shape \[8000\] and float32 is no picture.*pair"),
    "pixels as fractions": (RED / 255, "float64 is no picture"),
    "no pixels": (np.zeros((0, 4, 3), np.uint8), "holds no pixels"),
    "samples of letters": ((np.array(["a"]), 8_000), "is no recording"),
    "samples at a negative rate": ((TONE, -1), "are no recording"),
    "a huge picture": (Image.new("1", (10_000, 10_000)), "10000 × 10000"),
}


@pytest.mark.parametrize(("wrong", "says"), WRONG.values(), ids=WRONG)
def test_what_is_no_attachment_is_refused_in_one_short_line(wrong: Any, says: str, tmp_path: Path) -> None:
    """Megabytes of base64 in an error end up in a log, and in front of a user."""
    with pytest.raises(AttachmentError, match=says) as error:
        load_attachment(wrong, store_dir=tmp_path)
    assert len(str(error.value)) < 400


def test_a_data_url_over_the_bound_is_not_decoded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A request may be as long as it likes."""
    monkeypatch.setattr(given, "MAX_BYTES", 1_000)
    monkeypatch.setattr("roleagent.perception.media.MAX_BYTES", 1_000)
    with pytest.raises(AttachmentError, match="larger than"):
        load_attachment("data:;base64," + "A" * 5_000, store_dir=tmp_path)


def test_one_thing_is_told_from_a_list_of_things(tmp_path: Path) -> None:
    """`attachments="letter.png"` means one file, and not ten letters."""
    wav = write_tiny_wav(tmp_path / "a.wav")
    one = Attachment(id="a", media_type="image/png", path="a", name="a", num_bytes=1)
    for single in ("letter.png", b"x", wav, one, RED, (TONE, 8_000), io.BytesIO(), Image.new("L", (1, 1))):
        assert given.is_one(single)
    for many in ([], ["letter.png"], ("a.png", "b.png"), (RED, RED), {"a": 1}, iter([])):
        assert not given.is_one(many)
