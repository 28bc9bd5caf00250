"""What kind of file it is, by its first bytes, because an extension proves nothing."""

from __future__ import annotations

import struct

from roleagent.errors import AttachmentError

EXTENSIONS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
    "image/tiff": ".tif",
    "image/avif": ".avif",
    "image/heic": ".heic",
    "audio/wav": ".wav",
    "audio/flac": ".flac",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/aiff": ".aiff",
    "audio/x-caf": ".caf",
    "audio/basic": ".au",
    "audio/mp4": ".m4a",
    "audio/aac": ".aac",
    "audio/webm": ".webm",
    "audio/amr": ".amr",
    "audio/x-ms-wma": ".wma",
}
PICTURES = "PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF, HEIC"
RECORDINGS = "WAV, FLAC, Ogg, MP3, AIFF, M4A, AAC, WebM, AMR"

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"RF64", "audio/wav"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"caff", "audio/x-caf"),
    (b".snd", "audio/basic"),
    (b"\x1aE\xdf\xa3", "audio/webm"),
    (b"#!AMR", "audio/amr"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "audio/x-ms-wma"),
)
_IN_RIFF = {b"WAVE": "audio/wav", b"WEBP": "image/webp"}
_IN_FORM = {b"AIFF": "audio/aiff", b"AIFC": "audio/aiff"}
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_MAX_BRANDS = 32

# Other known kinds, and what to do instead.
_OTHERS = (
    (b"%PDF", "a PDF document", "Save its pages as pictures."),
    (b"PK\x03\x04", "a ZIP archive or an office document", "Attach the pictures in it."),
    (b"<svg", "an SVG drawing", "Save it as PNG."),
    (b"<?xml", "an XML document, such as an SVG drawing", "Save it as PNG."),
    (b"<!DOCTYPE", "a web page", "Save the picture itself, not the page about it."),
    (b"<html", "a web page", "Save the picture itself, not the page about it."),
    (b"MThd", "a MIDI file, which holds notes and no sound", "Save it as WAV."),
    (b"FLV", "a film", "Save its sound as WAV or MP3, or a picture of it."),
    (b"version https://git-lfs", "a pointer of Git LFS and not the file", "Run: git lfs pull."),
)


def media_type_of(data: bytes, label: str) -> str:
    """The MIME type of a picture or recording, one of `EXTENSIONS`.

    Raises:
        AttachmentError: it is neither; the message says what it is, if that is known.
    """
    found = _known(data)
    if found is not None:
        return found
    for magic, what, way_out in _OTHERS:
        if data[:256].lstrip()[: len(magic)].lower() == magic.lower():
            raise AttachmentError(f"{label!r} is {what}. {way_out}")
    if data.startswith(b"RIFF") and data[8:12] == b"AVI ":
        raise AttachmentError(f"{label!r} is a film. Save its sound as WAV or MP3, or a picture of it.")
    raise AttachmentError(
        f"{label!r} begins with {data[:8]!r}: neither a picture ({PICTURES}) nor a recording ({RECORDINGS})."
    )


def _known(data: bytes) -> str | None:
    for outer, inner in ((b"RIFF", _IN_RIFF), (b"FORM", _IN_FORM)):
        if data.startswith(outer) and data[8:12] in inner:
            return inner[data[8:12]]
    for magic, media_type in _MAGIC:
        if data.startswith(magic):
            return media_type
    if data[4:8] == b"ftyp":
        return _of_brands(data)
    return _of_frame(data)


def _of_brands(data: bytes) -> str:
    """The kind of an ISO base media file: its first box lists the compatible brands."""
    (size,) = struct.unpack(">I", data[:4])
    end = min(size, 16 + 4 * _MAX_BRANDS, len(data))
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, end - 3, 4))}
    if brands & _AVIF_BRANDS:
        return "image/avif"
    return "image/heic" if brands & _HEIC_BRANDS else "audio/mp4"


def _of_frame(data: bytes) -> str | None:
    """MPEG audio without a tag before it: eleven set bits, then version and layer, at any sampling rate.

    Layer 0 is AAC in ADTS, which always begins with twelve set bits.
    """
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return None
    version, layer = data[1] >> 3 & 3, data[1] >> 1 & 3
    if layer == 0:
        return "audio/aac" if data[1] & 0xF0 == 0xF0 and data[2] >> 2 & 15 < 13 else None
    has_rate = data[2] >> 4 != 15 and data[2] >> 2 & 3 != 3
    return "audio/mpeg" if version != 1 and has_rate else None
