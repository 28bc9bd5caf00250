"""How something was said, as numbers: loudness, pitch, pauses, rate, and the colour of the sound."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from roleagent.embedding.text_vectors import Matrix, Vector
from roleagent.errors import InputError

RATE_HZ = 16_000
"""What `roleagent.perception.media.read_audio` gives."""
MAX_SECONDS = 30.0
"""Of a longer recording only the beginning is heard, which takes 0.1 s of CPU."""
PROSODY = (
    "log_seconds", "mean_db", "sd_db", "range_db", "pitch", "pitch_sd", "pitch_range", "pitch_slope",
    "voiced_share", "voicing", "pauses_per_s", "paused_share", "mean_pause_s", "syllables_per_s",
    "tilt_db_per_octave", "signal_to_floor_db",
)  # fmt: skip
"""What the first numbers mean. Pitch is in semitones above 100 Hz; shares and voicing are 0–1."""
NUM_MELS = 20
NUM_PARTS = 4
"""The log-mel statistics: means over so many equal parts of the speech, then a standard deviation each."""
DIM = len(PROSODY) + (NUM_PARTS + 1) * NUM_MELS

_HOP, _WINDOW = RATE_HZ // 100, RATE_HZ // 40  # 10 ms and 25 ms
_FFT = 512
_LONG_WINDOW, _LONG_FFT = RATE_HZ // 25, 1_024  # 40 ms: at least two periods of the lowest voice
_MIN_HZ, _MAX_HZ = 60.0, 400.0
_MEL_LOW_HZ, _MEL_HIGH_HZ = 80.0, 7_600.0
_TILT_LOW_HZ, _TILT_HIGH_HZ = 100.0, 6_000.0
_VOICED = 0.45  # autocorrelation from which a frame is voiced
_OCTAVE_COST = 0.02  # favours the shorter of two periods that fit alike
_SPEECH_DB = 30.0  # below the loudest frame by more than this, nobody speaks
_SILENCE_DB = -70.0  # of full scale
_MIN_PAUSE = 15  # frames
_MIN_DIP_DB = 2.0  # between two syllables
_FLOOR = 1e-6  # of the loudest band: what lies deeper is not told apart
_SMALLEST = 1e-10  # of a power

Samples = NDArray[np.float32]


class _Pitch(NamedTuple):
    """Of each frame: the strongest period's autocorrelation, 0–1, and its frequency; [num_frames] each."""

    strength: NDArray[np.float32]
    hz: NDArray[np.float32]


def voice_features(samples: Samples, rate_hz: int) -> Vector:
    """Prosody and log-mel statistics of a recording, [DIM], all finite, also of silence.

    Args:
        samples: -1 to 1, [num_samples]; what comes after `MAX_SECONDS` is not heard.
        rate_hz: must be `RATE_HZ`.

    Raises:
        InputError: another rate, no samples, more than one channel, or numbers that are not finite.
    """
    heard = _checked(samples, rate_hz)
    power = _spectrogram(heard)
    db = _loudness(heard)
    speech = db > max(float(db.max()) - _SPEECH_DB, _SILENCE_DB)
    pitch = _pitch_of(heard)
    parts = [
        _loudness_features(db, speech, len(heard)),
        _pitch_features(pitch, speech),
        _timing_features(db, speech),
        [_tilt(power, speech), float(np.percentile(db, 95) - np.percentile(db, 10))],
        _mel_features(power, speech),
    ]
    return np.concatenate([np.asarray(part, np.float32) for part in parts])


def _checked(samples: Samples, rate_hz: int) -> Samples:
    given = np.asarray(samples)
    if rate_hz != RATE_HZ:
        raise InputError(
            f"A recording at {rate_hz!r} Hz cannot be heard: resample it to {RATE_HZ} Hz, as "
            "roleagent.perception.media.read_audio does."
        )
    if given.ndim != 1 or not given.size or given.dtype.kind != "f":
        raise InputError(
            f"Samples of shape {list(given.shape)} and {given.dtype} are no recording: pass floats "
            "-1 to 1, [num_samples], with at least one."
        )
    heard = given[: int(MAX_SECONDS * RATE_HZ)].astype(np.float32)
    if not np.isfinite(heard).all():
        raise InputError("Samples hold numbers that are not finite: record it again, or replace them by 0.")
    return heard


def _frames(samples: Samples, size: int) -> Matrix:
    """Stretches, one every 10 ms, centred on the same moments for every size: [num_frames, size]."""
    padded = np.pad(samples, (size // 2, size))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)
    return frames[: len(samples) + 1 : _HOP]


def _spectrogram(samples: Samples) -> Matrix:
    """Power, [num_frames, _FFT // 2 + 1]."""
    window = np.hanning(_WINDOW).astype(np.float32)
    spectrum = np.fft.rfft(_frames(samples, _WINDOW) * window, _FFT)
    power: Matrix = (spectrum.real**2 + spectrum.imag**2).astype(np.float32) / np.float32((window**2).sum())
    return power


def _loudness(samples: Samples) -> Vector:
    """Decibels of full scale, [num_frames]."""
    mean_square = (_frames(samples, _WINDOW) ** 2).mean(axis=1)
    loudness: Vector = 10 * np.log10(mean_square + np.float32(_SMALLEST))
    return loudness


def _pitch_of(samples: Samples) -> _Pitch:
    """By autocorrelation of the windowed frame over that of the window (Boersma, 1993)."""
    window = np.hanning(_LONG_WINDOW).astype(np.float32)
    frames = _frames(samples, _LONG_WINDOW)
    centred = (frames - frames.mean(axis=1, keepdims=True)) * window
    spectrum = np.fft.rfft(centred, _LONG_FFT)
    lags = np.fft.irfft(np.abs(spectrum) ** 2, _LONG_FFT)
    of_window = np.fft.irfft(np.abs(np.fft.rfft(window, _LONG_FFT)) ** 2, _LONG_FFT)
    shortest, longest = int(RATE_HZ / _MAX_HZ), int(RATE_HZ / _MIN_HZ)
    energy = np.maximum(lags[:, :1], _SMALLEST)
    likeness = lags[:, : longest + 2] / energy / (of_window[: longest + 2] / of_window[0])
    place = np.arange(longest + 2)
    cost = _OCTAVE_COST * np.log2(np.maximum(place, 1) / shortest)
    best = shortest + np.argmax((likeness - cost)[:, shortest : longest + 1], axis=1)
    rows = np.arange(len(likeness))
    before, here, after = (likeness[rows, best + step] for step in (-1, 0, 1))
    bend = before - 2 * here + after
    shift = np.where(bend < 0, 0.5 * (before - after) / np.minimum(bend, -_SMALLEST), 0.0).clip(-0.5, 0.5)
    hz = RATE_HZ / (best + shift)
    return _Pitch(here.clip(0, 1).astype(np.float32), hz.astype(np.float32))


def _loudness_features(db: Vector, speech: NDArray[np.bool_], num_samples: int) -> list[float]:
    spoken = db[speech] if speech.any() else db
    low, high = np.percentile(spoken, [5, 95])
    return [
        float(np.log(num_samples / RATE_HZ)),
        *(float(each) for each in (spoken.mean(), spoken.std(), high - low)),
    ]


def _pitch_features(pitch: _Pitch, speech: NDArray[np.bool_]) -> list[float]:
    voiced = speech & (pitch.strength > _VOICED)
    if not voiced.any():
        return [0.0] * 6
    semitones = 12 * np.log2(pitch.hz[voiced] / 100.0)
    seconds = np.flatnonzero(voiced) * (_HOP / RATE_HZ)
    centred = seconds - seconds.mean()
    spread = float((centred**2).sum())
    slope = float((centred * (semitones - semitones.mean())).sum() / spread) if spread > 0 else 0.0
    low, high = np.percentile(semitones, [10, 90])
    median, deviation = float(np.median(semitones)), float(semitones.std())
    share = float(voiced.sum() / speech.sum())
    return [median, deviation, float(high - low), slope, share, float(pitch.strength[voiced].mean())]


def _timing_features(db: Vector, speech: NDArray[np.bool_]) -> list[float]:
    """Pauses within the speech, and syllables: peaks of loudness between dips (de Jong and Wempe, 2009)."""
    if not speech.any():
        return [0.0] * 4
    first, last = _stretch(speech)
    edges = np.flatnonzero(np.diff(speech[first:last].astype(np.int8)))
    lengths = edges[1::2] - edges[0::2] if len(edges) else edges
    pauses = lengths[lengths >= _MIN_PAUSE]
    seconds = (last - first) * _HOP / RATE_HZ
    smooth = np.convolve(np.pad(db[first:last], 2, mode="edge"), np.full(5, 0.2), mode="valid")
    paused_s = float(pauses.sum()) * _HOP / RATE_HZ
    return [
        len(pauses) / seconds,
        paused_s / seconds,
        paused_s / len(pauses) if len(pauses) else 0.0,
        _num_peaks(smooth) / seconds,
    ]


def _num_peaks(smooth: NDArray[np.floating]) -> int:
    """How often it rises by `_MIN_DIP_DB` and falls by as much again, counting the last peak."""
    num_peaks, lowest, highest, is_rising = 0, float(smooth[0]), float(smooth[0]), True
    for value in map(float, smooth):
        if is_rising:
            highest = max(highest, value)
            if value < highest - _MIN_DIP_DB:
                num_peaks, lowest, is_rising = num_peaks + 1, value, False
        else:
            lowest = min(lowest, value)
            if value > lowest + _MIN_DIP_DB:
                highest, is_rising = value, True
    return num_peaks + is_rising


def _tilt(power: Matrix, speech: NDArray[np.bool_]) -> float:
    """How fast the sound falls off towards high frequencies, in dB an octave; a raised voice falls slower."""
    hz = np.arange(power.shape[1]) * RATE_HZ / _FFT
    inside = (hz >= _TILT_LOW_HZ) & (hz <= _TILT_HIGH_HZ)
    mean = power[speech].mean(axis=0) if speech.any() else power.mean(axis=0)
    octaves = np.log2(hz[inside])
    centred = octaves - octaves.mean()
    db = 10 * np.log10(mean[inside] + _SMALLEST)
    return float((centred * db).sum() / (centred**2).sum())


def _mel_features(power: Matrix, speech: NDArray[np.bool_]) -> Vector:
    """Log energies less their mean over bands and time, so that gain does not count."""
    first, last = _stretch(speech) if speech.any() else (0, len(power))
    energies = power[first:last] @ _mel_bank().T
    mels = np.log(energies + max(_FLOOR * float(energies.max()), _SMALLEST))
    mels = mels - mels.mean()
    edges = np.linspace(0, len(mels), NUM_PARTS + 1)
    means = [
        mels[int(start) : max(int(start) + 1, int(np.ceil(end)))].mean(axis=0)
        for start, end in zip(edges[:-1].clip(max=len(mels) - 1), edges[1:], strict=True)
    ]
    return np.concatenate([*means, mels.std(axis=0)])


def _stretch(speech: NDArray[np.bool_]) -> tuple[int, int]:
    """Where speech begins and where it has ended, in frames."""
    spoken = np.flatnonzero(speech)
    return int(spoken[0]), int(spoken[-1]) + 1


@cache
def _mel_bank() -> Matrix:
    """Triangles that are equally wide in mel (2,595 log10(1 + hz / 700)): [NUM_MELS, _FFT // 2 + 1]."""
    low, high = (2_595 * np.log10(1 + hz / 700) for hz in (_MEL_LOW_HZ, _MEL_HIGH_HZ))
    corners = 700 * (10 ** (np.linspace(low, high, NUM_MELS + 2) / 2_595) - 1)
    hz = np.arange(_FFT // 2 + 1) * RATE_HZ / _FFT
    rising = (hz - corners[:-2, None]) / np.diff(corners)[:-1, None]
    falling = (corners[2:, None] - hz) / np.diff(corners)[1:, None]
    return np.minimum(rising, falling).clip(min=0).astype(np.float32)
