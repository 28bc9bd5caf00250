"""What a file is, is told by its bytes; what it is not, in words."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from roleagent.errors import AttachmentError
from roleagent.perception.kinds import EXTENSIONS, media_type_of


def mp3(rate_hz: int) -> bytes:
    with io.BytesIO() as file:
        soundfile.write(file, 0.3 * np.sin(np.arange(rate_hz) / 10), rate_hz, format="MP3")
        return file.getvalue()


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000])
def test_mp3_of_every_rate_is_known_with_and_without_a_tag(rate_hz: int) -> None:
    """MPEG 2.5 frames of low rates begin with FF E2 or FF E3."""
    assert media_type_of(mp3(rate_hz), "x") == "audio/mpeg"
    assert media_type_of(b"ID3\x04\0\0\0\0\0\0" + mp3(rate_hz), "x") == "audio/mpeg"


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"\0\0\0\x1cftypM4A \0\0\0\0M4A mp42isom", "audio/mp4"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "image/avif"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "image/heic"),
        (b"\xff\xf1\x50\x80\0\0\0", "audio/aac"),
        (b"\x1aE\xdf\xa3\x01", "audio/webm"),
        (b"#!AMR\n", "audio/amr"),
        (b"FORM\0\0\0\0AIFC", "audio/aiff"),
        (b"MM\0*\0\0\0\x08", "image/tiff"),
    ],
)
def test_what_telephones_and_browsers_record_is_known(data: bytes, media_type: str) -> None:
    """By the first bytes, whatever the name."""
    assert media_type_of(data, "x") == media_type
    assert media_type in EXTENSIONS


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"%PDF-1.7", "a PDF document. Save its pages"),
        (b"PK\x03\x04", "ZIP archive"),
        (b"  <SVG xmlns=''>", "an SVG drawing"),
        (b"<!doctype html>", "a web page"),
        (b"RIFF\0\0\0\0AVI LIST", "a film"),
        (b"version https://git-lfs.github.com/spec/v1", "git lfs pull"),
        (b"\xff\xe8\0\0", "neither a picture"),  # the reserved version of MPEG audio
        (b"\xff\xff\xff\xff", "neither a picture"),
        (b"\xff", "neither a picture"),
        (b"hello", "neither a picture"),
    ],
)
def test_what_is_neither_is_named_where_it_is_known(data: bytes, says: str) -> None:
    """Whoever attaches a PDF needs to hear that, not its first eight bytes."""
    with pytest.raises(AttachmentError, match=says):
        media_type_of(data, "x")
