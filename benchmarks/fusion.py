"""Measure how well each fusion tells which digit was said and shown.

    python -m benchmarks.fusion [--cache DIR] [--seeds N] [--seed N] [--quick] [--json OUT]

A turn is a spoken digit and a picture of the same digit; see `benchmarks.spoken_digits`. Each fusion, and
each modality alone, has about as many weights and as many turns and updates, and its learning rate and
dropout are chosen on validation turns. Training knows white noise and hum on the voice and normal noise on
the pixels; the test has pink noise and babble, and pixels that are black or white.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import spoken_digits
from benchmarks.report import Figure, parser, write
from benchmarks.spoken_digits import NUM_PIXELS, Clips, Matrix, Noise, Shown, Speaker
from roleagent.gnn import prosody
from roleagent.gnn.fusion_shape import WAYS, FusionShape
from roleagent.gnn.prosody import Samples
from roleagent.gnn.training.fusion import Labelled, Options, Trained, fit

VOICE, PICTURE = "voice", "picture"
DIMS = {VOICE: prosody.DIM, PICTURE: NUM_PIXELS}
ARMS = {"voice alone": (VOICE,), "picture alone": (PICTURE,)} | dict.fromkeys(WAYS, (VOICE, PICTURE))
NUM_PICTURES = 150  # to learn from: with more, nothing is left to gain
NUM_WEIGHTS = 30_000
NUM_VERSIONS = 4  # of each clip of the training: clean, and with noise
TRAIN_SNR_DB = (15.0, 5.0, -5.0)
TRAIN_DEVIATIONS = (0.0, 2.0, 4.0, 6.0)
SNR_DB = (10.0, 0.0, -10.0)
SHARES = (0.1, 0.25, 0.5)
TUNING_SEED = 1_000
RATES, DROPOUTS = (2e-3, 6e-3), (0.1, 0.3)
BATCH = 128
T_95 = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26}
"""Quantiles of Student's t for 95 %, by degrees of freedom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How the turns of a test are.

    Attributes:
        snr_db: of the voice; None for a clean one.
        share: of the pixels that are noise, 0–1.
        missing: the modality that is left out; empty for none.
    """

    snr_db: float | None = None
    share: float = 0.0
    missing: str = ""

    @property
    def group(self) -> str:
        """What it counts to."""
        if self.missing:
            return "one missing"
        return "noise" if self.share or self.snr_db is not None else "clean"


CONDITIONS = {
    "clean": Condition(),
    **{f"voice {snr:+.0f} dB": Condition(snr_db=snr) for snr in SNR_DB},
    **{f"{share:.0%} of the pixels": Condition(share=share) for share in SHARES},
    **{
        f"{snr:+.0f} dB and {share:.0%}": Condition(snr_db=snr, share=share)
        for snr, share in zip(SNR_DB, SHARES, strict=True)
    },
    "voice missing": Condition(missing=VOICE),
    "picture missing": Condition(missing=PICTURE),
    "voice missing, 25%": Condition(missing=VOICE, share=0.25),
    "picture missing, +0 dB": Condition(missing=PICTURE, snr_db=0.0),
}
GROUPS = ("clean", "noise", "one missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounds:
    """Voice features of all clips.

    Attributes:
        train: versions of each clip, [num_versions, num_clips, dim]; the first is clean.
        validation: the same.
        test: by signal-to-noise ratio, [num_clips, dim].
        digits: which digit each clip says, by part.
    """

    train: Matrix
    validation: Matrix
    test: Mapping[float | None, Matrix]
    digits: Mapping[str, NDArray[np.int64]]


def main(argv: list[str] | None = None, speaker: Callable[[], Speaker] = spoken_digits.load_speaker) -> int:
    """Print accuracies by condition and arm, what each gains over concatenation, and the headline."""
    made = parser(__doc__)
    made.add_argument("--cache", type=Path, metavar="DIR", help="keep the clips here between runs")
    made.add_argument("--seeds", type=int, default=5, help="splits and trainings to average over")
    options = made.parse_args(argv)
    num_seeds, epochs = (2, 10) if options.quick else (options.seeds, 40)
    started = time.process_time()
    clips, chatter = spoken_digits.spoken(options.cache, speaker)
    sounds = sounds_of(clips, chatter, options.seed)
    base = Options(epochs=epochs, batch=BATCH)
    chosen = {arm: tuned(arm, sounds, base, TUNING_SEED + options.seed) for arm in ARMS}
    results: dict[str, list[dict[str, float]]] = {arm: [] for arm in ARMS}
    shares: list[dict[str, float]] = []
    for seed in range(options.seed, options.seed + num_seeds):
        for arm, (shape, training) in chosen.items():
            trained = trained_on(arm, sounds, shape, replace(training, seed=seed), seed)
            results[arm].append(accuracies(arm, trained, sounds, seed))
            if arm == "gated":
                shares.append(shares_of_voice(trained, sounds, seed))
        print(f"seed {seed} done after {time.process_time() - started:.0f} s of CPU", file=sys.stderr)
    figures: dict[str, Figure] = {"seed": options.seed, "num_seeds": num_seeds, "epochs": epochs}
    show(clips, chosen, results, figures)
    show_shares(shares, figures)
    figures["cpu_s"] = round(time.process_time() - started)
    figures["headline"] = headline(results, num_turns=spoken_digits.NUM_TEST_PICTURES)
    print(f"\n{figures['cpu_s']} s of CPU\nheadline: {figures['headline']}")
    write(figures, options.json)
    return 0


# ── data ─────────────────────────────────────────────────────────────────────────────────────────


def sounds_of(clips: Mapping[str, Clips], chatter: Samples, seed: int) -> Sounds:
    """Listen to every clip, clean and under noise."""
    random = np.random.default_rng(seed)
    known: list[Noise] = [spoken_digits.white, spoken_digits.hum]
    others: list[Noise] = [spoken_digits.pink, spoken_digits.babble(chatter)]

    def versions(part: str) -> Matrix:
        levels = [None, *TRAIN_SNR_DB][:NUM_VERSIONS]
        return np.stack([spoken_digits.heard(clips[part], known, level, random) for level in levels])

    return Sounds(
        train=versions("train"),
        validation=versions("validation"),
        test={level: spoken_digits.heard(clips["test"], others, level, random) for level in (None, *SNR_DB)},
        digits={part: each.digits for part, each in clips.items()},
    )


def paired(
    digits: NDArray[np.int64], wanted: NDArray[np.int64], random: np.random.Generator
) -> NDArray[np.int64]:
    """For each wanted digit, the place of a random one of `digits` that is the same."""
    order = np.argsort(digits, kind="stable")
    counts = np.bincount(digits, minlength=10)
    first = np.cumsum(counts) - counts
    chosen: NDArray[np.int64] = order[first[wanted] + random.integers(counts[wanted])]
    return chosen


def drawn(
    versions: Matrix,
    digits: NDArray[np.int64],
    shown: Shown,
    random: np.random.Generator,
) -> Labelled:
    """Every version of each clip once, with a random picture of the digit under a random noise."""
    labels = np.tile(digits, len(versions))
    pixels = shown.pixels[paired(shown.digits, labels, random)]
    level = random.choice(TRAIN_DEVIATIONS, size=(len(labels), 1))
    noisy = spoken_digits.blurred(pixels, level, random)
    return Labelled(features={VOICE: versions.reshape(len(labels), -1), PICTURE: noisy}, labels=labels)


def validation_turns(sounds: Sounds, shown: Shown, seed: int) -> Labelled:
    """Turns of the validation part, half of them with one modality missing."""
    random = np.random.default_rng(seed)
    turns = drawn(sounds.validation, sounds.digits["validation"], shown, random)
    kept = random.integers(4, size=len(turns.labels))
    return replace(turns, present={VOICE: kept != 0, PICTURE: kept != 1})


def shown_in(seed: int) -> dict[str, Shown]:
    """The pictures of each part."""
    return spoken_digits.pictures(seed, num_train=NUM_PICTURES, num_validation=NUM_PICTURES)


def turns_of_test(sounds: Sounds, seed: int) -> Iterator[tuple[str, Labelled]]:
    """The same turns under each condition."""
    shown, random = shown_in(seed)["test"], np.random.default_rng(seed)
    digits = shown.digits
    clips = paired(sounds.digits["test"], digits, random)
    salted = {share: spoken_digits.salted(shown.pixels, share, random) for share in (0.0, *SHARES)}
    for name, condition in CONDITIONS.items():
        there = {each: np.full(len(digits), each != condition.missing) for each in DIMS}
        features = {VOICE: sounds.test[condition.snr_db][clips], PICTURE: salted[condition.share]}
        yield name, Labelled(features=features, labels=digits, present=there)


# ── training ─────────────────────────────────────────────────────────────────────────────────────


def shape_of(arm: str, dropout: float) -> FusionShape:
    """The network of an arm whose number of weights is nearest to `NUM_WEIGHTS`."""
    dims = {name: DIMS[name] for name in ARMS[arm]}
    way = arm if arm in WAYS else "concat"
    shapes = (FusionShape(way=way, dims=dims, hidden=8 * size, dropout=dropout) for size in range(2, 33))
    return min(shapes, key=lambda shape: abs(num_weights(shape) - NUM_WEIGHTS))


def num_weights(shape: FusionShape) -> int:
    """How many numbers are learned."""
    sizes = {name: size for name, size in shape.weights().items() if not name.endswith((".mean", ".scale"))}
    return sum(int(np.prod(size)) for size in sizes.values())


def trained_on(arm: str, sounds: Sounds, shape: FusionShape, options: Options, seed: int) -> Trained:
    """An arm, trained on a split."""
    shown = shown_in(seed)
    names = ARMS[arm]
    validation = _of_modalities(validation_turns(sounds, shown["validation"], seed), names)

    def draw(random: np.random.Generator) -> Labelled:
        return _of_modalities(drawn(sounds.train, sounds.digits["train"], shown["train"], random), names)

    return fit(draw, validation, shape, options)


def _of_modalities(turns: Labelled, names: tuple[str, ...]) -> Labelled:
    """Only these modalities; a modality alone is always there."""
    features = {name: turns.features[name] for name in names}
    return replace(turns, features=features, present=turns.present if len(names) > 1 else None)


def tuned(arm: str, sounds: Sounds, base: Options, seed: int) -> tuple[FusionShape, Options]:
    """The learning rate and dropout with the lowest loss on the validation part."""
    tried = []
    for rate, dropout in product(RATES, DROPOUTS):
        shape, options = shape_of(arm, dropout), replace(base, rate=rate, seed=seed)
        tried.append((min(trained_on(arm, sounds, shape, options, seed).losses), rate, dropout))
    _, rate, dropout = min(tried)
    return shape_of(arm, dropout), replace(base, rate=rate)


# ── results ──────────────────────────────────────────────────────────────────────────────────────


def accuracies(arm: str, trained: Trained, sounds: Sounds, seed: int) -> dict[str, float]:
    """Share of the digits that are right, in percent, by condition; a modality alone is chance if missing."""
    found = {}
    for name, turns in turns_of_test(sounds, seed):
        if CONDITIONS[name].missing in ARMS[arm] and len(ARMS[arm]) == 1:
            found[name] = 10.0
            continue
        some = _of_modalities(turns, ARMS[arm])
        vectors = trained.fusion.fuse_all(some.features, some.present).vectors
        guessed = trained.head.log_odds(vectors).argmax(axis=1)
        found[name] = 100 * float((guessed == some.labels).mean())
    return found


def shares_of_voice(trained: Trained, sounds: Sounds, seed: int) -> dict[str, float]:
    """What part of the turn vector the gate takes from the voice, in percent, by condition."""
    found = {}
    for name, turns in turns_of_test(sounds, seed):
        shares = trained.fusion.fuse_all(turns.features, turns.present).shares
        assert shares is not None
        found[name] = 100 * float(shares[:, 0].mean())
    return found


def interval(values: list[float]) -> tuple[float, float]:
    """Mean and half the width of its 95 % interval over seeds (Student's t).

    >>> [round(each, 2) for each in interval([1.0, 2.0, 3.0])]
    [2.0, 2.48]
    """
    if len(values) < 2:
        return float(np.mean(values)), float("nan")
    half = T_95.get(len(values) - 1, 1.96) * float(np.std(values, ddof=1)) / len(values) ** 0.5
    return float(np.mean(values)), half


def by_group(results: list[dict[str, float]], group: str) -> list[float]:
    """The mean over the conditions of a group, a value a seed."""
    names = [name for name, condition in CONDITIONS.items() if condition.group == group]
    return [float(np.mean([each[name] for name in names])) for each in results]


def show(
    clips: Mapping[str, Clips],
    chosen: Mapping[str, tuple[FusionShape, Options]],
    results: Mapping[str, list[dict[str, float]]],
    figures: dict[str, Figure],
) -> None:
    """Print the tables and note their figures."""
    print("clips: " + ", ".join(f"{part} {len(each.samples)}" for part, each in clips.items()))
    for arm, (shape, training) in chosen.items():
        figures[f"{arm} weights"] = num_weights(shape)
        print(f"{arm:>16}: {num_weights(shape):,} weights, rate {training.rate:g}, dropout {shape.dropout:g}")
    print("\n" + " " * 24 + "".join(f"{arm:>17}" for arm in ARMS))
    rows = {name: {arm: [each[name] for each in results[arm]] for arm in ARMS} for name in CONDITIONS}
    rows |= {f"all: {group}": {arm: by_group(results[arm], group) for arm in ARMS} for group in GROUPS}
    for name, row in rows.items():
        cells = {arm: interval(values) for arm, values in row.items()}
        print(f"{name:>24}" + "".join(f"{mean:11.1f} ±{half:4.1f}" for mean, half in cells.values()))
        figures |= {f"{arm} | {name}": round(mean, 2) for arm, (mean, _) in cells.items()}
    print("\npoints over concat, the same turns and seeds")
    for group, arm in product(GROUPS, ARMS):
        mean, half = gain(results, arm, group)
        figures |= {
            f"{arm} over concat | {group}": round(mean, 2),
            f"{arm} over concat | {group} ±": round(half, 2),
        }
        if arm in WAYS and arm != "concat":
            print(f"{group:>12} {arm:>16} {mean:+6.2f} ±{half:.2f}")


def show_shares(shares: list[dict[str, float]], figures: dict[str, Figure]) -> None:
    """Print how the gate moves."""
    means = {name: float(np.mean([each[name] for each in shares])) for name in CONDITIONS}
    figures |= {f"gate on voice | {name}": round(mean, 1) for name, mean in means.items()}
    print(
        "\nshare of the voice in the gate: "
        + ", ".join(f"{name} {mean:.0f} %" for name, mean in means.items())
    )


def gain(results: Mapping[str, list[dict[str, float]]], arm: str, group: str) -> tuple[float, float]:
    """Points that an arm has over concatenation, and half the width of the interval."""
    pairs = zip(by_group(results[arm], group), by_group(results["concat"], group), strict=True)
    return interval([ours - theirs for ours, theirs in pairs])


def headline(results: Mapping[str, list[dict[str, float]]], *, num_turns: int) -> str:
    """What is best beside concatenation, under noise and with a modality missing."""
    told = []
    for group in ("noise", "one missing"):
        gains = {arm: gain(results, arm, group) for arm in WAYS if arm != "concat"}
        best = max(gains, key=lambda arm: gains[arm][0])
        mean, half = gains[best]
        told.append(
            f"{group}: {best} {mean:+.2f} points [{mean - half:+.2f}, {mean + half:+.2f}] over concat"
        )
    return "; ".join(told) + f"; n={num_turns} turns a condition, {len(results['concat'])} seeds"


if __name__ == "__main__":
    sys.exit(main())
