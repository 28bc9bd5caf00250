"""Digits that are spoken and written: clips by a text-to-speech voice, pictures of scikit-learn.

Training, validation and test share no picture, wording, speed, pitch, seed of the voice or draw of noise; the
test has other kinds of noise besides. Pictures are 8 × 8 pixels of 0–16 (Alpaydin and Kaynak, 1998).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roleagent.errors import MissingExtraError
from roleagent.gnn.prosody import RATE_HZ, Samples, voice_features

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
CHATTER = (
    "The train to the coast leaves from the other platform this morning.",
    "She keeps her letters in a tin above the kitchen shelf.",
    "Nobody had told the gardener that the gate was locked.",
    "We could hear the band long before it came round the corner.",
    "He asked whether the soup had been made with cream.",
    "After the rain the road was full of leaves and small stones.",
)
"""What is spoken in the noise ``babble``: no digit among the words."""
SPEAKER_RATE_HZ = 24_000
NUM_PIXELS = 64
NUM_TEST_PICTURES = 1_097

Matrix = NDArray[np.float32]
Speaker = Callable[[str, float, int], Samples]
"""What says a text at a speed with a seed, at `SPEAKER_RATE_HZ`."""
Noise = Callable[[int, np.random.Generator], Samples]
"""So many samples of noise, of any loudness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How digits are said in one part of the data.

    Attributes:
        wordings: with ``{}`` for the digit's name.
        speeds: 1 is the voice's own.
        pitches: 1 is the voice's own; made by resampling, which changes the speed too.
        seed: of the voice.
    """

    wordings: Sequence[str]
    speeds: Sequence[float]
    pitches: Sequence[float]
    seed: int


MANNERS = {
    "train": Manner(
        wordings=("{}.", "{}!", "um, {}."), speeds=(0.75, 1.0, 1.3), pitches=(0.88, 0.96, 1.04, 1.12), seed=1
    ),
    "validation": Manner(wordings=("{}", "er, {}!"), speeds=(0.85, 1.15), pitches=(0.87, 0.95, 1.06), seed=2),
    "test": Manner(
        wordings=("{}?", "oh, {}.", "{};"), speeds=(0.65, 0.92, 1.08, 1.5), pitches=(0.8, 0.97, 1.23), seed=3
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clips:
    """Spoken digits of one part: samples at `RATE_HZ`, and which digit each says, [num_clips]."""

    samples: Sequence[Samples]
    digits: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Pictures of one part: pixels, 0–16, [num_pictures, NUM_PIXELS], and digits, [num_pictures]."""

    pixels: Matrix
    digits: NDArray[np.int64]


def load_speaker() -> Speaker:
    """The voice of ``hibari-tts``, distilled from Kokoro; its weights are in the package.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        from hibari import Hibari
    except ImportError as error:
        raise MissingExtraError(
            "Spoken digits need 'hibari-tts'. Install it: pip install 'roleagent[benchmarks]'."
        ) from error
    voice: Any = Hibari(threads=1)  # Any: the package has no types
    return lambda text, speed, seed: np.asarray(voice(text, speed=speed, seed=seed), np.float32)


def speak(manner: Manner, speaker: Speaker) -> Clips:
    """Every digit in every wording, speed and pitch."""
    import soxr

    samples, digits = [], []
    for digit, wording, speed in product(range(len(WORDS)), manner.wordings, manner.speeds):
        said = speaker(wording.format(WORDS[digit]), speed, manner.seed)
        for pitch in manner.pitches:
            samples.append(soxr.resample(said, SPEAKER_RATE_HZ * pitch, RATE_HZ).astype(np.float32))
            digits.append(digit)
    return Clips(samples=samples, digits=np.asarray(digits))


def chatter_of(speaker: Speaker) -> Samples:
    """Sentences without digits, one after another, at `RATE_HZ`."""
    import soxr

    said = [speaker(text, 1.0, number) for number, text in enumerate(CHATTER)]
    chatter: Samples = soxr.resample(np.concatenate(said), SPEAKER_RATE_HZ, RATE_HZ).astype(np.float32)
    return chatter


def spoken(
    cache: Path | None, speaker: Callable[[], Speaker] = load_speaker
) -> tuple[dict[str, Clips], Samples]:
    """The clips of each part, and the chatter; from a file of the folder `cache` if it is there."""
    path = None if cache is None else cache / "spoken-digits-1.npz"
    if path is None or not path.exists():
        voice = speaker()
        clips, chatter = {part: speak(manner, voice) for part, manner in MANNERS.items()}, chatter_of(voice)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(path, chatter=chatter, **_packed(clips))
        return clips, chatter
    with np.load(path, allow_pickle=False) as file:
        return {part: _unpacked(file, part) for part in MANNERS}, file["chatter"]


def _packed(clips: Mapping[str, Clips]) -> dict[str, Any]:
    packed: dict[str, Any] = {}
    for part, each in clips.items():
        packed[f"{part}_samples"] = np.concatenate(each.samples)
        packed[f"{part}_lengths"] = np.asarray([len(clip) for clip in each.samples])
        packed[f"{part}_digits"] = each.digits
    return packed


def _unpacked(file: Any, part: str) -> Clips:
    ends = np.cumsum(file[f"{part}_lengths"])[:-1]
    return Clips(samples=np.split(file[f"{part}_samples"], ends), digits=file[f"{part}_digits"])


# ── noise ────────────────────────────────────────────────────────────────────────────────────────


def white(num_samples: int, random: np.random.Generator) -> Samples:
    """All frequencies alike."""
    return random.normal(size=num_samples).astype(np.float32)


def hum(num_samples: int, random: np.random.Generator) -> Samples:
    """Eight harmonics of a machine between 45 and 130 Hz, in random phases."""
    hz, seconds = random.uniform(45, 130), np.arange(num_samples) / RATE_HZ
    waves = [np.sin(2 * np.pi * (hz * k * seconds + random.random())) / k for k in range(1, 9)]
    summed: Samples = np.sum(waves, axis=0).astype(np.float32)
    return summed


def pink(num_samples: int, random: np.random.Generator) -> Samples:
    """Power falls as 1 / frequency, as rain and traffic do."""
    spectrum = np.fft.rfft(random.normal(size=num_samples))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    sound: Samples = np.fft.irfft(spectrum, num_samples).astype(np.float32)
    return sound


def babble(chatter: Samples) -> Noise:
    """Four voices at once, each from a random moment of the chatter."""

    def draw(num_samples: int, random: np.random.Generator) -> Samples:
        starts = random.integers(0, len(chatter), 4)
        voices = [np.take(chatter, np.arange(start, start + num_samples), mode="wrap") for start in starts]
        summed: Samples = np.sum(voices, axis=0).astype(np.float32)
        return summed

    return draw


def mixed(clip: Samples, noise: Samples, snr_db: float) -> Samples:
    """A clip with noise at a ratio of their mean powers; made quieter if it would be cut off.

    >>> both = mixed(np.ones(4, np.float32) * 0.1, np.array([1, -1, 1, -1], np.float32), 20.0)
    >>> [round(float(each), 3) for each in both]
    [0.11, 0.09, 0.11, 0.09]
    """
    wanted = np.mean(clip**2) / 10 ** (snr_db / 10)
    both = clip + noise * np.sqrt(wanted / max(float(np.mean(noise**2)), 1e-12))
    quiet: Samples = (both / max(1.0, float(np.abs(both).max()))).astype(np.float32)
    return quiet


def heard(clips: Clips, noises: Sequence[Noise], snr_db: float | None, random: np.random.Generator) -> Matrix:
    """Voice features of each clip, [num_clips, dim], under a noise of the list; clean if `snr_db` is None."""
    rows = []
    for clip in clips.samples:
        said = clip
        if snr_db is not None:
            noise = noises[int(random.integers(len(noises)))](len(clip), random)
            said = mixed(clip, noise, snr_db)
        rows.append(voice_features(said, RATE_HZ))
    return np.stack(rows)


def blurred(pixels: Matrix, deviation: Matrix, random: np.random.Generator) -> Matrix:
    """Normal noise on every pixel; `deviation` on the scale of 0–16, [num_pictures, 1]."""
    noisy = pixels + random.normal(size=pixels.shape) * deviation
    return noisy.clip(0, 16).astype(np.float32)


def salted(pixels: Matrix, share: float, random: np.random.Generator) -> Matrix:
    """A share of the pixels, 0–1, is black or white instead."""
    hit = random.random(pixels.shape) < share
    return np.where(hit, 16.0 * (random.random(pixels.shape) < 0.5), pixels).astype(np.float32)


def pictures(seed: int, *, num_train: int, num_validation: int) -> dict[str, Shown]:
    """The pictures of each part.

    Those of the test are the same for all seeds; those of training and validation are drawn from the others.
    """
    from sklearn.datasets import load_digits

    pixels, digits = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(digits))
    others = np.random.default_rng(seed).permutation(order[NUM_TEST_PICTURES:])
    rows = {
        "train": others[:num_train],
        "validation": others[num_train : num_train + num_validation],
        "test": order[:NUM_TEST_PICTURES],
    }
    return {
        part: Shown(pixels=pixels[places].astype(np.float32), digits=digits[places].astype(np.int64))
        for part, places in rows.items()
    }
