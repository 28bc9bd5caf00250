"""Recording bytes to samples: mono, 16 kHz, whatever rate and channels came in."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from roleagent.errors import AttachmentError

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


def decode(data: bytes, name: str, *, max_seconds: float = MAX_SECONDS) -> Samples:
    """All samples, -1 to 1, channels averaged, resampled to `RATE_HZ`; shape [num_samples].

    Decoded block by block, so that memory grows with the result and not with rate and channels.

    Raises:
        AttachmentError: no sound in it, longer than `max_seconds`, odd rate or channels, or damaged.
    """
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as sound:
            _check_header(sound, name, max_seconds)
            return _to_mono(sound)
    except soundfile.LibsndfileError as error:
        raise AttachmentError(
            f"{name!r} is damaged or incomplete and cannot be decoded ({error}). Save or send it again."
        ) from error


def _check_header(sound: soundfile.SoundFile, name: str, max_seconds: float) -> None:
    rate_hz, channels = sound.samplerate, sound.channels
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ or not 1 <= channels <= MAX_CHANNELS:
        raise AttachmentError(
            f"{name!r} has {channels} channels at {rate_hz} Hz. "
            f"Save it with 1–{MAX_CHANNELS} channels at {MIN_RATE_HZ}–{MAX_RATE_HZ} Hz."
        )
    seconds = sound.frames / rate_hz
    if sound.frames == 0:
        raise AttachmentError(f"{name!r} holds no sound: it is 0 s long. Record it again.")
    if seconds > max_seconds:
        raise AttachmentError(
            f"{name!r} is {seconds:.0f} s long, more than {max_seconds:g} s. Cut it and attach the parts."
        )


def _to_mono(sound: soundfile.SoundFile) -> Samples:
    import numpy as np
    import soxr

    resample = soxr.ResampleStream(sound.samplerate, RATE_HZ, 1, dtype="float32")
    parts = [resample.resample_chunk(block) for block in _blocks(sound)]
    parts.append(resample.resample_chunk(np.zeros(0, np.float32), last=True))
    samples: Samples = np.concatenate(parts).clip(-1.0, 1.0)
    return samples


def _blocks(sound: soundfile.SoundFile) -> Iterator[Samples]:
    """Mono blocks at the file's own rate; NaN and infinities, which float files may hold, become silence."""
    import numpy as np

    for block in sound.blocks(_BLOCK, dtype="float32", always_2d=True):  # [num_frames, num_channels]
        yield np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0).mean(axis=1, dtype=np.float32)
