"""How something was said: figures of sounds that are made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from roleagent.errors import InputError
from roleagent.gnn.prosody import DIM, MAX_SECONDS, NUM_MELS, PROSODY, RATE_HZ, voice_features
from roleagent.perception import recordings

SECOND = np.arange(RATE_HZ) / RATE_HZ


def voiced(hz: float | np.ndarray, amplitude: float = 0.1) -> np.ndarray:
    """A second with seven harmonics, like a vowel, at one pitch or a pitch a sample."""
    phase = np.cumsum(np.broadcast_to(hz, SECOND.shape)) / RATE_HZ
    return (amplitude * sum(np.sin(2 * np.pi * k * phase) / k for k in range(1, 8))).astype(np.float32)


def figures(samples: np.ndarray) -> dict[str, float]:
    return dict(zip(PROSODY, map(float, voice_features(samples, RATE_HZ)), strict=False))


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE_HZ), np.float32)


def test_it_takes_what_perception_gives():
    """The two packages may not import each other, so a test holds them together."""
    assert RATE_HZ == recordings.RATE_HZ


@pytest.mark.parametrize("hz", [80, 120, 210, 330])
def test_pitch_is_found(hz: int):
    """In semitones above 100 Hz, for low and high voices."""
    found = figures(voiced(hz))
    assert found["pitch"] == pytest.approx(12 * np.log2(hz / 100), abs=0.1)
    assert found["pitch_sd"] < 0.1
    assert found["voiced_share"] > 0.95
    assert found["voicing"] > 0.95


def test_a_rising_pitch_rises():
    """An octave in a second, as in a very surprised question."""
    found = figures(voiced(120 * 2**SECOND))
    assert found["pitch_slope"] == pytest.approx(12, abs=0.5)
    assert found["pitch_range"] == pytest.approx(9.6, abs=0.5)  # the middle 80 %


def test_noise_has_no_pitch():
    """A hiss is not a voice."""
    noise = np.random.default_rng(0).normal(0, 0.1, RATE_HZ).astype(np.float32)
    assert figures(noise)["voiced_share"] < 0.05


def test_loudness_is_in_decibels():
    """A sine of amplitude 0.1 has a mean square of 0.005: -23 dB."""
    sine = (0.1 * np.sin(2 * np.pi * 200 * SECOND)).astype(np.float32)
    assert figures(sine)["mean_db"] == pytest.approx(10 * np.log10(0.005), abs=0.2)
    assert figures(sine * np.float32(0.1))["mean_db"] == pytest.approx(10 * np.log10(0.005) - 20, abs=0.2)


def test_pauses_and_syllables_are_counted():
    """Three bursts of a second with half a second between."""
    said = np.concatenate([voiced(150), silence(0.5), voiced(150), silence(0.5), voiced(150)])
    found = figures(said)
    assert found["pauses_per_s"] == pytest.approx(2 / 4, abs=0.02)
    assert found["mean_pause_s"] == pytest.approx(0.5, abs=0.04)
    assert found["paused_share"] == pytest.approx(1 / 4, abs=0.02)
    assert found["syllables_per_s"] == pytest.approx(3 / 4, abs=0.02)
    assert found["log_seconds"] == pytest.approx(np.log(4), abs=1e-3)


def test_silence_around_speech_is_no_pause():
    """Recordings begin before anybody speaks."""
    found = figures(np.concatenate([silence(1), voiced(150), silence(1)]))
    assert found["pauses_per_s"] == 0
    assert found["voiced_share"] > 0.9


def test_a_dull_sound_falls_faster():
    """White noise is flat, and its running sum falls by 6 dB an octave."""
    white = np.random.default_rng(0).normal(0, 0.1, RATE_HZ)
    brown = np.cumsum(white)
    brown = 0.1 * (brown - brown.mean()) / brown.std()
    assert figures(white.astype(np.float32))["tilt_db_per_octave"] == pytest.approx(0, abs=0.5)
    assert figures(brown.astype(np.float32))["tilt_db_per_octave"] == pytest.approx(-6, abs=1)


def test_bands_do_not_hear_how_loud_it_is():
    """The colour of a voice is apart from its loudness; the last numbers are the log-mel statistics."""
    loud, soft = (voice_features(voiced(150, amplitude), RATE_HZ) for amplitude in (0.2, 0.05))
    assert len(loud) == DIM == len(PROSODY) + 5 * NUM_MELS
    assert np.allclose(loud[len(PROSODY) :], soft[len(PROSODY) :], atol=0.02)


def test_bands_follow_the_sound_through_time():
    """First low, then high: the first quarter and the last differ."""
    change = np.concatenate([voiced(100), (0.1 * np.sin(2 * np.pi * 3_000 * SECOND)).astype(np.float32)])
    mels = voice_features(change, RATE_HZ)[len(PROSODY) :].reshape(5, NUM_MELS)
    assert mels[0, :5].mean() > mels[3, :5].mean()
    assert mels[3].argmax() > 10 > mels[0].argmax()


@pytest.mark.parametrize("num_samples", [1, 100, 640, RATE_HZ])
@pytest.mark.parametrize("value", [0.0, 0.5, -1.0])
def test_short_silent_and_constant_sounds_have_finite_figures(num_samples: int, value: float):
    """A click of the button is a recording too."""
    assert np.isfinite(voice_features(np.full(num_samples, value, np.float32), RATE_HZ)).all()


def test_only_the_beginning_of_a_long_recording_is_heard():
    """A turn does not wait for ten minutes of sound."""
    short = np.tile(voiced(150), int(MAX_SECONDS))
    assert np.array_equal(
        voice_features(short, RATE_HZ), voice_features(np.concatenate([short, voiced(300)]), RATE_HZ)
    )


@pytest.mark.parametrize(
    ("samples", "rate_hz", "told"),
    [
        (np.zeros(100, np.float32), 8_000, "8000 Hz.*resample it to 16000 Hz"),
        (np.zeros(0, np.float32), RATE_HZ, "no recording"),
        (np.zeros((100, 2), np.float32), RATE_HZ, r"shape \[100, 2\]"),
        (np.zeros(100, np.int16), RATE_HZ, "int16"),
        (np.array([0.0, np.nan], np.float32), RATE_HZ, "not finite"),
    ],
)
def test_what_cannot_be_heard_is_refused(samples: np.ndarray, rate_hz: int, told: str):
    """With the way out, and never NaN in a turn vector."""
    with pytest.raises(InputError, match=told):
        voice_features(samples, rate_hz)
