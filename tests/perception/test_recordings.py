"""Samples come out mono at 16 kHz, whatever went in."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from roleagent.errors import AttachmentError
from roleagent.perception import recordings
from roleagent.testing.perceptors import write_tiny_wav


def encoded(samples: np.ndarray, rate_hz: int, subtype: str = "PCM_16") -> bytes:
    with io.BytesIO() as file:
        soundfile.write(file, samples, rate_hz, format="WAV", subtype=subtype)
        return file.getvalue()


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_rate_and_channels_give_the_same_tone(tmp_path: Path, rate_hz: int, channels: int) -> None:
    """Telephones record at 8 kHz, cameras in stereo at 48: the same sound must reach the model."""
    path = write_tiny_wav(tmp_path / "a.wav", seconds=1.0, rate_hz=rate_hz, channels=channels, tone_hz=500)
    samples = recordings.decode(path.read_bytes(), "a.wav")
    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(16_000, abs=20)
    spectrum = np.abs(np.fft.rfft(samples[:16_000]))
    assert spectrum.argmax() == pytest.approx(500, abs=2)  # one bin a hertz


def test_channels_are_averaged() -> None:
    """Speech on one side only must be heard, and two sides must not clip."""
    left_only = np.stack([np.full(1600, 0.5), np.zeros(1600)], axis=1)
    samples = recordings.decode(encoded(left_only, 16_000), "a.wav")
    assert samples[800] == pytest.approx(0.25, abs=0.01)


def test_blocks_join_without_a_seam() -> None:
    """Resampling block by block must equal resampling at once."""
    import soxr

    time = np.arange(3 * recordings._BLOCK) / 44_100
    tone = (0.5 * np.sin(2 * np.pi * 300 * time)).astype(np.float32)
    whole = soxr.resample(tone, 44_100, 16_000)
    samples = recordings.decode(encoded(tone, 44_100, "FLOAT"), "a.wav")
    np.testing.assert_allclose(samples[: len(whole)], whole[: len(samples)], atol=1e-3)


def test_not_a_number_and_infinity_become_silence() -> None:
    """A float recording may hold them, and one of them would spoil every sample the model computes."""
    samples = np.array([np.nan, np.inf, -np.inf, 0.5] * 400, dtype=np.float32)
    decoded = recordings.decode(encoded(samples, 16_000, "FLOAT"), "a.wav")
    assert np.isfinite(decoded).all()
    assert np.abs(decoded).max() <= 1.0


@pytest.mark.parametrize(("rate_hz", "channels"), [(1_000, 1), (500_000, 1), (16_000, 16)])
def test_odd_rates_and_channels_are_refused(rate_hz: int, channels: int) -> None:
    """A tiny file may claim a rate that would take the memory of the machine."""
    with pytest.raises(AttachmentError, match=f"{channels} channels at {rate_hz} Hz"):
        recordings.decode(encoded(np.zeros((100, channels)), rate_hz), "odd.wav")


def test_too_long_a_recording_says_how_long_it_is() -> None:
    """The way out is to cut it."""
    with pytest.raises(AttachmentError, match=r"2 s long, more than 1 s. Cut it"):
        recordings.decode(encoded(np.zeros(32_000), 16_000), "long.wav", max_seconds=1)
