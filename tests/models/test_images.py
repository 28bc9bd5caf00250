"""Pictures in messages: opened from every accepted form, refused with a reason otherwise."""

import base64
import re
from pathlib import Path

import pytest
from PIL import Image

from roleagent.errors import InputError
from roleagent.models import messages as images
from roleagent.models.messages import open_image


@pytest.fixture(params=["base64", "data url", "file url", "openai", "openai short", "old langchain"])
def block(request: pytest.FixtureRequest, red_png: bytes, tmp_path: Path) -> dict:
    encoded = base64.b64encode(red_png).decode()
    data_url = f"data:image/png;base64,{encoded}"
    file = tmp_path / "a red picture.png"
    file.write_bytes(red_png)
    return {
        "base64": {"type": "image", "base64": encoded, "mime_type": "image/png"},
        "data url": {"type": "image", "url": data_url},
        "file url": {"type": "image", "url": file.as_uri()},
        "openai": {"type": "image_url", "image_url": {"url": data_url}},
        "openai short": {"type": "image_url", "image_url": data_url},
        "old langchain": {"type": "image", "source_type": "base64", "data": encoded},
    }[request.param]


def test_opens_every_accepted_form(block: dict) -> None:
    """Users come with blocks of LangChain's, OpenAI's and their own making."""
    picture = open_image(block)
    assert (picture.mode, picture.size, picture.getpixel((3, 3))) == ("RGB", (40, 30), (255, 0, 0))


@pytest.mark.parametrize(
    "url", ["https://example.org/cat.png", "http://localhost/cat.png", "ftp://x/y", "cat.png"]
)
def test_never_fetches(url: str) -> None:
    """A message must not make this machine call another."""
    with pytest.raises(InputError, match="nothing is fetched"):
        open_image({"type": "image", "url": url})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The message says which file, and why."""
    url = (tmp_path / "gone.png").as_uri()
    with pytest.raises(InputError, match=r"gone\.png' cannot be read: No such file"):
        open_image({"type": "image", "url": url})


def test_a_directory_is_refused(tmp_path: Path) -> None:
    """So is what is no file."""
    with pytest.raises(InputError, match="cannot be read"):
        open_image({"type": "image", "url": tmp_path.as_uri()})


@pytest.mark.parametrize("data", [b"", b"not a picture", "cut off"])
def test_damaged_bytes_are_refused(data: bytes | str, red_png: bytes) -> None:
    """Empty, foreign and truncated data end in one kind of error."""
    content = red_png[: len(red_png) // 2] if data == "cut off" else data
    with pytest.raises(InputError, match=r"cannot be read|holds no picture"):
        open_image({"type": "image", "base64": base64.b64encode(content).decode()})


def test_damaged_base64_is_refused() -> None:
    """Junk in the text is not skipped over."""
    with pytest.raises(InputError, match="base64 of a picture is damaged"):
        open_image({"type": "image", "base64": "@@@"})


def test_a_block_without_a_picture_is_refused() -> None:
    """The keys that are there help to find the mistake."""
    with pytest.raises(InputError, match=re.escape("['path', 'type'] holds no picture")):
        open_image({"type": "image", "path": "/x.png"})


@pytest.mark.parametrize(("width", "reason"), [(8_100, "8100 × 8000 pixels"), (30_000, "decompression bomb")])
def test_too_many_pixels_are_refused_before_decoding(tmp_path: Path, width: int, reason: str) -> None:
    """A few kilobytes of PNG can unfold to gigabytes of pixels."""
    file = tmp_path / "bomb.png"
    Image.new("1", (width, 8_000)).save(file)
    with pytest.raises(InputError, match=reason):
        open_image({"type": "image", "url": file.as_uri()})


def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch, red_block: dict) -> None:
    """Memory is bounded by the bytes, too."""
    monkeypatch.setattr(images, "MAX_IMAGE_BYTES", 10)
    with pytest.raises(InputError, match="over the limit of 10 bytes"):
        open_image(red_block)
