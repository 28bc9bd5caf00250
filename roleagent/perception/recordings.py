"""Recordings from bytes to samples: mono, 16 kHz, whatever their rate and channels.

libsndfile decodes what it knows; PyAV, which comes with faster-whisper, decodes the rest: AAC, WebM,
AMR and WMA.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any

from roleagent.errors import AttachmentError, MissingExtraError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import soundfile

    Samples = npt.NDArray[np.float32]

RATE_HZ = 16_000
MAX_SECONDS = 600.0
MAX_CHANNELS = 8
MIN_RATE_HZ, MAX_RATE_HZ = 4_000, 192_000

_BLOCK = 65_536
_OF_AV = ("audio/mp4", "audio/aac", "audio/webm", "audio/amr", "audio/x-ms-wma")
_MAX_CHUNKS = 100
_AFTER_DATA = (b"LIST", b"id3 ", b"ID3 ", b"bext", b"fact", b"cue ", b"smpl", b"JUNK", b"PEAK")


def decode(data: bytes, media_type: str, name: str, *, max_seconds: float = MAX_SECONDS) -> Samples:
    """All samples, -1 to 1, channels averaged, resampled to `RATE_HZ`; shape [num_samples].

    They are decoded block by block, so that memory grows with the result and not with rate and channels.

    Raises:
        AttachmentError: no sound in it, longer than `max_seconds`, odd rate or channels, damaged, or a film.
        MissingExtraError: the libraries that read recordings are not installed.
    """
    if media_type in _OF_AV:
        return _decode_with_av(data, name, max_seconds)
    soundfile = library("soundfile", name)
    whole = _with_true_sizes(data) if media_type == "audio/wav" else data
    try:
        with soundfile.SoundFile(io.BytesIO(whole)) as sound:
            _check(
                sound.samplerate, sound.channels, sound.frames / max(1, sound.samplerate), name, max_seconds
            )
            return _at_16_khz(_blocks(sound), sound.samplerate, name)
    except soundfile.LibsndfileError as error:
        raise _damaged(name, error) from error


def _check(rate_hz: int, channels: int, seconds: float, name: str, max_seconds: float) -> None:
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ or not 1 <= channels <= MAX_CHANNELS:
        raise AttachmentError(
            f"{name!r} has {channels} channels at {rate_hz} Hz. "
            f"Save it with 1–{MAX_CHANNELS} channels at {MIN_RATE_HZ}–{MAX_RATE_HZ} Hz."
        )
    if seconds == 0:
        raise _silent(name)
    if seconds > max_seconds:
        raise AttachmentError(
            f"{name!r} is {seconds:.0f} s long, more than {max_seconds:g} s. Cut it and attach the parts."
        )


def _at_16_khz(blocks: Iterable[Samples], rate_hz: int, name: str) -> Samples:
    import numpy as np

    resample = library("soxr", name).ResampleStream(rate_hz, RATE_HZ, 1, dtype="float32")
    parts = [resample.resample_chunk(block) for block in blocks]
    parts.append(resample.resample_chunk(np.zeros(0, np.float32), last=True))
    samples: Samples = np.concatenate(parts).clip(-1.0, 1.0)
    return samples


def _blocks(sound: soundfile.SoundFile) -> Iterator[Samples]:
    """Mono blocks at the file's own rate; NaN and infinities, which float files may hold, become silence."""
    import numpy as np

    for block in sound.blocks(_BLOCK, dtype="float32", always_2d=True):  # [num_frames, num_channels]
        yield np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0).mean(axis=1, dtype=np.float32)


# ── a header that does not know how much follows ─────────────────────────────────────────────────


def _with_true_sizes(data: bytes) -> bytes:
    """Correct the header of a WAV that says 0 bytes of sound, as programs write it when they stream."""
    sizes_at, data_at = None, None
    at = 12
    for _ in range(_MAX_CHUNKS):
        if at + 8 > len(data):
            break
        name, (size,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
        if name == b"ds64":
            sizes_at = at + 8
        if name == b"data":
            data_at = at
            break
        at += 8 + size + size % 2
    if data_at is None:
        return data
    num_bytes = len(data) - data_at - 8
    (said,) = struct.unpack_from("<I", data, data_at + 4)
    if said == 0 and num_bytes and data[data_at + 8 : data_at + 12] not in _AFTER_DATA:
        return _patched(data, {4: len(data) - 8, data_at + 4: num_bytes}, "<I")
    if sizes_at is not None and not any(data[sizes_at + 8 : sizes_at + 16]):  # RF64 keeps its sizes apart
        return _patched(data, {sizes_at: len(data) - 8, sizes_at + 8: num_bytes, sizes_at + 16: 0}, "<Q")
    return data


def _patched(data: bytes, numbers: dict[int, int], form: str) -> bytes:
    patched = bytearray(data)
    for at, number in numbers.items():
        struct.pack_into(form, patched, at, number)
    return bytes(patched)


# ── what libsndfile does not know ────────────────────────────────────────────────────────────────


def _decode_with_av(data: bytes, name: str, max_seconds: float) -> Samples:
    av = library("av", name)
    try:
        with av.open(io.BytesIO(data), metadata_errors="ignore") as container:
            _check_is_no_film(container, name)
            stream = next(iter(container.streams.audio), None)
            if stream is None:
                raise _silent(name)
            # Without a length in the header, as in a stream, the samples are counted while they are decoded.
            seconds = container.duration / 1_000_000 if container.duration else 1e-6
            codec = stream.codec_context
            _check(codec.sample_rate, codec.channels, seconds, name, max_seconds)
            samples = _at_16_khz(_blocks_of_av(av, container, stream, name, max_seconds), RATE_HZ, name)
    except av.FFmpegError as error:
        raise _damaged(name, error) from error
    if not len(samples):
        raise _silent(name)
    return samples


def _check_is_no_film(container: Any, name: str) -> None:  # Any: PyAV is typed in part only
    import av

    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:  # the cover of an album is one
            raise AttachmentError(f"{name!r} is a film. Save its sound as WAV or MP3, or a picture of it.")


def _blocks_of_av(av: Any, container: Any, stream: Any, name: str, max_seconds: float) -> Iterator[Samples]:
    import numpy as np

    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
    num_samples = 0
    for frame in chain(container.decode(stream), [None]):  # None asks for what the resampler still holds
        for block in resampler.resample(frame):
            samples = np.nan_to_num(block.to_ndarray().reshape(-1), nan=0.0, posinf=0.0, neginf=0.0)
            num_samples += len(samples)
            if num_samples > max_seconds * RATE_HZ:
                raise AttachmentError(
                    f"{name!r} is longer than {max_seconds:g} s. Cut it and attach the parts."
                )
            yield samples.astype(np.float32)


def library(module: str, name: str) -> Any:  # Any: a module
    """One of the libraries that come with the extra ``speech``."""
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f"Reading {name!r} needs {module!r}. Install it: pip install 'roleagent[speech]'."
        ) from error


def _silent(name: str) -> AttachmentError:
    return AttachmentError(f"{name!r} holds no sound: it is 0 s long. Record it again.")


def _damaged(name: str, error: Exception) -> AttachmentError:
    return AttachmentError(
        f"{name!r} is damaged or incomplete and cannot be decoded ({error}). Save or send it again."
    )
