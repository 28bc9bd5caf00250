"""The data of the fusion benchmark: nothing is shared between its parts, and noise is as loud as it says."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from benchmarks import spoken_digits
from benchmarks.spoken_digits import CHATTER, MANNERS, WORDS, Clips
from roleagent.gnn.prosody import RATE_HZ
from tests.benchmarks.tones import speaker


def test_parts_share_no_manner_of_speaking():
    """What is tested was not heard before."""
    for one, other in combinations(MANNERS.values(), 2):
        assert not set(one.wordings) & set(other.wordings)
        assert not set(one.speeds) & set(other.speeds)
        assert not set(one.pitches) & set(other.pitches)
        assert one.seed != other.seed


def test_every_digit_is_said_in_every_manner():
    """As often as the others."""
    clips = spoken_digits.speak(MANNERS["validation"], speaker)
    assert len(clips.samples) == len(clips.digits) == 10 * 2 * 2 * 3
    assert np.array_equal(np.bincount(clips.digits), np.full(10, 12))
    slow_and_low, fast_and_high = (len(clips.samples[place]) for place in (0, 5))
    assert slow_and_low / RATE_HZ == pytest.approx(0.2 / 0.85 / 0.87, abs=0.01)
    assert fast_and_high / RATE_HZ == pytest.approx(0.2 / 1.15 / 1.06, abs=0.01)


def test_chatter_names_no_digit():
    """Babble that says the answer would be no noise."""
    words = " ".join(CHATTER).lower().replace(".", "").split()
    assert not set(words) & set(WORDS)


def test_clips_are_kept(tmp_path: Path):
    """The second run says nothing, and gets the same."""
    clips, chatter = spoken_digits.spoken(tmp_path, lambda: speaker)

    def silent():
        raise AssertionError("spoken again")

    again, chatter_again = spoken_digits.spoken(tmp_path, silent)
    assert np.array_equal(chatter, chatter_again)
    for part, each in clips.items():
        assert np.array_equal(each.digits, again[part].digits)
        assert all(np.array_equal(*pair) for pair in zip(each.samples, again[part].samples, strict=True))


@pytest.mark.parametrize("snr_db", [20.0, 0.0, -10.0])
def test_noise_is_as_loud_as_it_says(snr_db: float):
    """The grades of the table."""
    clip, random = speaker("seven", 1.0, 0), np.random.default_rng(0)
    noise = spoken_digits.white(len(clip), random)
    both = spoken_digits.mixed(clip, noise, snr_db)
    gain = float(both @ clip / (clip @ clip))  # noise and tone hardly correlate
    rest = both - gain * clip
    assert 10 * np.log10(np.mean((gain * clip) ** 2) / np.mean(rest**2)) == pytest.approx(snr_db, abs=0.5)
    assert np.abs(both).max() <= 1


def test_kinds_of_noise_differ():
    """White noise is flat, pink falls, hum and babble have tones."""
    random = np.random.default_rng(0)
    babble = spoken_digits.babble(speaker("one", 1.0, 0))
    for noise, low_share in (
        (spoken_digits.white, 0.125),
        (spoken_digits.pink, 0.7),
        (babble, 1),
        (spoken_digits.hum, 0.9),
    ):
        power = np.abs(np.fft.rfft(noise(RATE_HZ, random))) ** 2
        assert power[:1_000].sum() / power.sum() == pytest.approx(low_share, abs=0.1)


def test_noisy_clips_differ_from_clean_ones():
    """One row a clip, in their order."""
    clips = Clips(samples=[speaker("one", 1.0, 0), speaker("two", 1.0, 0)], digits=np.array([1, 2]))
    random = np.random.default_rng(0)
    clean = spoken_digits.heard(clips, [spoken_digits.white], None, random)
    noisy = spoken_digits.heard(clips, [spoken_digits.white], 0.0, random)
    assert clean.shape == noisy.shape
    assert not np.allclose(clean[0], clean[1])
    assert not np.allclose(clean, noisy)


def test_pixels_under_noise_stay_in_range():
    """0 to 16, and as many are hit as it says."""
    random, pixels = np.random.default_rng(0), np.full((100, 64), 8.0, np.float32)
    salted = spoken_digits.salted(pixels, 0.25, random)
    assert (salted != 8).mean() == pytest.approx(0.25, abs=0.02)
    assert set(np.unique(salted)) == {0.0, 8.0, 16.0}
    blurred = spoken_digits.blurred(pixels, np.full((100, 1), 4.0), random)
    assert blurred.std() == pytest.approx(3.9, abs=0.2)
    assert (blurred.min(), blurred.max()) == (0, 16)
    assert np.array_equal(spoken_digits.blurred(pixels, np.zeros((100, 1)), random), pixels)


def test_pictures_of_the_test_are_never_trained_on():
    """Whatever the seed."""
    pytest.importorskip("sklearn")
    parts = [spoken_digits.pictures(seed, num_train=300, num_validation=400) for seed in (0, 1)]
    kept = {each.tobytes() for each in parts[0]["test"].pixels}
    assert len(parts[0]["test"].digits) == spoken_digits.NUM_TEST_PICTURES
    for found in parts:
        train, validation = (
            {each.tobytes() for each in found[name].pixels} for name in ("train", "validation")
        )
        assert not kept & train
        assert not kept & validation
        assert not train & validation
    assert np.array_equal(parts[0]["test"].pixels, parts[1]["test"].pixels)
    assert not np.array_equal(parts[0]["train"].pixels, parts[1]["train"].pixels)
