"""Train a `KernelHead` and write its weights, in numpy.

All texts of a group lie in the same fold, so that no twin of a text is known to the head that judges it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray
from safetensors.numpy import save_file

from roleagent.critics.kernel_head import FORMAT, STEPS, kernel, probabilities, word_share
from roleagent.embedding.embedders import embed
from roleagent.embedding.text_vectors import Matrix
from roleagent.embedding.word_codes import codes_in_any_script, places_among

LANGUAGES = ("en", "zh")

_SHARE = 0.05  # of the texts without a label, at which recall is told
_BATCH = 64
_LEAST = 2  # texts that a word must be in
_STEPS_OF_LOGISTIC = 50
_RIDGE_OF_LANDMARKS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelOptions:
    """How a head is trained.

    Attributes:
        languages: of the texts.
        width: γ of the kernel exp(−γ |u − v|²).
        ridge: λ, what is added to the diagonal of the kernel matrix.
        loudness: what the kernel of the words is multiplied by; 0 for the embedding alone.
        words: words and pairs of words that are known, at most: those in most texts.
        axes: principal axes of the embeddings that are kept.
        landmarks: texts that the stored head compares with, drawn by the seed.
        folds: parts of the groups; each is judged by a head that was trained on the others.
        seed: of the folds, and of what is drawn.
    """

    languages: tuple[str, ...] = LANGUAGES
    width: float = 1.0
    ridge: float = 0.3
    loudness: float = 0.5
    words: int = 8_192
    axes: int = 256
    landmarks: int = 1_300
    folds: int = 5
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTexts:
    """Texts, and what holds for each.

    Attributes:
        outputs: names; the first is whether any of the others holds.
        wanted: 1 for each of the outputs that holds for a text, [num_texts, num_outputs].
        groups: number of the group of each text, [num_texts].
        languages: of each text, ISO 639-1.
        kinds: where each text comes from, by name.
        may_exceed: for some kinds the share, 0–1, of the texts for which nothing holds, held out, that may
            reach the threshold.
        compared: kinds that have both sorts of texts, whose figures the card gives.
    """

    outputs: tuple[str, ...]
    texts: tuple[str, ...]
    wanted: Matrix
    groups: NDArray[np.int64]
    languages: tuple[str, ...]
    kinds: tuple[str, ...]
    may_exceed: Mapping[str, float]
    compared: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How well texts held out are told apart.

    Attributes:
        name: a language and a kind of texts, or an output.
        num_harmful: texts with the label.
        num_others: those without it.
        auc: area under the ROC curve, 0–1.
        recall: share of the harmful texts above the probability that 5 % of the others exceed.
    """

    name: str
    num_harmful: int
    num_others: int
    auc: float
    recall: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedKernel:
    """What a training gave.

    Attributes:
        outputs: see `LabelledTexts`.
        weights: as `KernelHead` reads them, before they are rounded.
        threshold: see `KernelHead`.
        by_language: of the first output, on what was held out.
        by_category: of each of the others against all other texts, on what was held out.
    """

    outputs: tuple[str, ...]
    weights: Mapping[str, NDArray[np.float32]]
    threshold: float
    by_language: tuple[Measured, ...]
    by_category: tuple[Measured, ...]


def train(
    embedder: Embeddings,
    data: LabelledTexts,
    options: KernelOptions,
    tell: Callable[[str], None] = lambda _: None,
) -> TrainedKernel:
    """Train on all texts; heads that have not seen a fold of them give probabilities and the threshold.

    Args:
        embedder: whose vectors the head will read.
        data: what is trained on.
        options: how.
        tell: is told how it goes.
    """
    tell(f"Embedding {len(data.texts):,} texts …")
    full = embedded(embedder, data.texts)
    axes = principal_axes(full, options.axes)
    vectors, step = on_grid(full @ axes)
    codes = common_words(data.texts, options.words)
    words = _Words(data.texts, codes)
    like = kernel(vectors, vectors, options.width)
    near = like + options.loudness * words.kernel()
    kept = np.random.default_rng(options.seed).permutation(len(vectors))[: options.landmarks]
    folds = folds_of(data.groups, options.folds, options.seed)
    raw = np.zeros_like(data.wanted)
    for fold in range(options.folds):
        held, shown = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        weight, bias = solved(near[np.ix_(shown, shown)], data.wanted[shown], options.ridge)
        marks = kept[folds[kept] != fold]
        of_marks = condensed(like[np.ix_(shown, shown)] @ weight, like[np.ix_(shown, marks)])
        said = near[np.ix_(held, shown)] - like[np.ix_(held, shown)]
        raw[held] = like[np.ix_(held, marks)] @ of_marks + said @ weight + bias
        auc = area_under_curve(raw[held, 0], data.wanted[held, 0])
        tell(f"without fold {fold + 1}: AUC on it {auc:.3f}")
    weight, bias = solved(near, data.wanted, options.ridge)
    fitted = [logistic(raw[:, place], data.wanted[:, place]) for place in range(len(data.outputs))]
    scale, shift = np.array(fitted, np.float32).T
    odds = probabilities(raw, scale, shift)
    weights = {
        "axes": axes,
        "texts.vectors": vectors[kept],
        "texts.step": step,
        "texts.weight": condensed(like @ weight, like[:, kept]),
        "words.codes": codes,
        "words.weight": options.loudness * words.summed(weight),
        "bias": bias,
        "scale": scale,
        "shift": shift,
    }
    return TrainedKernel(
        outputs=data.outputs,
        weights=weights,
        threshold=round(threshold_of(odds[:, 0], data), 4),
        by_language=tuple(_by_language(odds, data, options.languages)),
        by_category=tuple(
            measured(name, odds[:, place], data.wanted[:, place])
            for place, name in enumerate(data.outputs)
            if place and data.wanted[:, place].any()
        ),
    )


def threshold_of(odds: Matrix, data: LabelledTexts) -> float:
    """The lowest probability that no more texts of each kind exceed than `may_exceed` allows."""
    kinds, harmless = np.array(data.kinds), data.wanted[:, 0] == 0
    parts = {kind: odds[(kinds == kind) & harmless] for kind in data.may_exceed}
    return max(exceeded_by(part, data.may_exceed[kind]) for kind, part in parts.items() if len(part))


def _by_language(odds: Matrix, data: LabelledTexts, languages: Sequence[str]) -> list[Measured]:
    spoken, kinds = np.array(data.languages), np.array(data.kinds)
    parts = {
        f"{each} {kind}": (spoken == each) & (kinds == kind) for each in languages for kind in data.compared
    }
    return [
        measured(name, odds[at, 0], data.wanted[at, 0])
        for name, at in parts.items()
        if 0 < data.wanted[at, 0].sum() < at.sum()
    ]


def solved(near: Matrix, wanted: Matrix, ridge: float) -> tuple[Matrix, Matrix]:
    """Kernel ridge regression on +1 and −1: weights [num_texts, num_outputs] and biases [num_outputs].

    Args:
        near: kernel matrix, [num_texts, num_texts].
        wanted: 0 or 1, [num_texts, num_outputs].
        ridge: what is added to the diagonal.
    """
    targets = 2 * wanted - 1
    bias: Matrix = targets.mean(axis=0)
    with_ridge = near.copy()
    with_ridge[np.diag_indices(len(near))] += np.float32(ridge)
    weight: Matrix = np.linalg.solve(with_ridge, targets - bias).astype(np.float32)
    return weight, bias.astype(np.float32)


def condensed(output: Matrix, near: Matrix) -> Matrix:
    """Weights of a few landmarks that give almost what all texts give, [num_landmarks, num_outputs].

    A ridge regression of the outputs on the kernel with the landmarks (Williams and Seeger, "Using the
    Nyström method to speed up kernel machines", 2000), so that the weights stay small enough to ship.

    Args:
        output: what the whole kernel machine gives, [num_texts, num_outputs].
        near: kernel of the texts with the landmarks, [num_texts, num_landmarks].
    """
    squares = near.T @ near
    squares[np.diag_indices(len(squares))] += np.float32(_RIDGE_OF_LANDMARKS)
    weight: Matrix = np.linalg.solve(squares, near.T @ output).astype(np.float32)
    return weight


def logistic(raw: Matrix, wanted: Matrix) -> tuple[float, float]:
    """Scale and shift under which the logistic function of an output fits what is wanted best.

    Newton's method on Platt's smoothed targets, so that an output that separates all texts stays finite.
    """
    num_true, num = float(wanted.sum()), len(wanted)
    targets = np.where(wanted > 0, (num_true + 1) / (num_true + 2), 1 / (num - num_true + 2))
    inputs = np.stack([raw, np.ones_like(raw)], axis=1).astype(float)
    fitted = np.array([1.0, 0.0])
    for _ in range(_STEPS_OF_LOGISTIC):
        odds = 1 / (1 + np.exp(-np.clip(inputs @ fitted, -30, 30)))
        slope = inputs.T @ (odds - targets)
        bend = (inputs * (odds * (1 - odds))[:, None]).T @ inputs + 1e-9 * np.eye(2)
        fitted = fitted - np.linalg.solve(bend, slope)
    return float(fitted[0]), float(fitted[1])


def folds_of(groups: NDArray[np.int64], num_folds: int, seed: int) -> NDArray[np.int64]:
    """A fold for each text, the same within a group."""
    names, places = np.unique(groups, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(names))
    folds: NDArray[np.int64] = (order % num_folds)[places]
    return folds


def principal_axes(vectors: Matrix, num_axes: int) -> Matrix:
    """The directions in which vectors differ most from zero, [dim, num_axes]; all if there are no more."""
    _, axes = np.linalg.eigh((vectors.T @ vectors).astype(float))
    kept: Matrix = axes[:, ::-1][:, :num_axes].astype(np.float32)
    return kept


def on_grid(vectors: Matrix) -> tuple[Matrix, Matrix]:
    """Vectors as they are stored, in whole steps of one size, and that size, [1]."""
    step = np.array([np.abs(vectors).max() / STEPS], np.float32)
    return (np.round(vectors / step) * step).astype(np.float32), step


def common_words(texts: Sequence[str], num_words: int) -> Matrix:
    """The codes that are in most texts, in rising order, [at most num_words]."""
    counts = Counter(code for text in texts for code in codes_in_any_script(text))
    often = sorted((-count, code) for code, count in counts.items() if count >= _LEAST)
    return np.array(sorted(code for _, code in often[:num_words]), np.float32)


class _Words:
    """The known words of many texts: for each text a row of shares, of which most are zero."""

    def __init__(self, texts: Sequence[str], codes: Matrix) -> None:
        found = [codes_in_any_script(text) for text in texts]
        self._rows = [places_among(codes, each) for each in found]
        self._shares = np.array([word_share(len(each)) for each in found], np.float32)
        self._num_words = len(codes)

    def kernel(self) -> Matrix:
        """Products of all pairs of rows, [num_texts, num_texts]."""
        said_in: list[list[int]] = [[] for _ in range(self._num_words)]
        for text, row in enumerate(self._rows):
            for place in row:
                said_in[place].append(text)
        where = [np.array(each, np.int64) for each in said_in]
        num = len(self._rows)
        products = np.zeros((num, num), np.float32)
        for text, row in enumerate(self._rows):
            if len(row):
                both = np.bincount(np.concatenate([where[place] for place in row]), minlength=num)
                products[text] = both * self._shares * self._shares[text]
        return products

    def summed(self, weight: Matrix) -> Matrix:
        """What each word adds to an output, from the weights of the texts, [num_words, num_outputs]."""
        total = np.zeros((self._num_words, weight.shape[1]), np.float32)
        for row, share, each in zip(self._rows, self._shares, weight, strict=True):
            total[row] += share * each
        return total


def embedded(embedder: Embeddings, texts: Sequence[str]) -> Matrix:
    """Vectors of many texts, [num_texts, dim]: texts of like length together, which saves padding."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    rows = [
        embed(embedder, [texts[place] for place in order[start : start + _BATCH]])
        for start in range(0, len(order), _BATCH)
    ]
    vectors: Matrix = np.empty((len(texts), rows[0].shape[1]), np.float32)
    vectors[order] = np.concatenate(rows)
    return vectors


def exceeded_by(odds: Matrix, share: float) -> float:
    """The lowest of some probabilities that at most a share (0–1) of them exceed.

    >>> exceeded_by(np.array([0.1, 0.4, 0.3, 0.2]), 0.25)
    0.3
    """
    return float(np.sort(odds)[::-1][int(share * len(odds))])


def area_under_curve(odds: Matrix, wanted: Matrix) -> float:
    """Chance that a text with the label gets a higher probability than one without; ties count half.

    >>> float(area_under_curve(np.array([0.1, 0.4, 0.4, 0.9]), np.array([0, 0, 1, 1])))
    0.875
    """
    harmful, others = odds[wanted > 0], np.sort(odds[wanted == 0])
    below = np.searchsorted(others, harmful, "left") + np.searchsorted(others, harmful, "right")
    return float(below.sum() / 2 / max(len(harmful) * len(others), 1))


def measured(name: str, odds: Matrix, wanted: Matrix) -> Measured:
    """AUC and recall of an output."""
    num = int(wanted.sum())
    return Measured(
        name=name,
        num_harmful=num,
        num_others=len(wanted) - num,
        auc=area_under_curve(odds, wanted),
        recall=float((odds[wanted > 0] > exceeded_by(odds[wanted == 0], _SHARE)).mean()),
    )


def save(trained: TrainedKernel, path: Path, *, embedder: str, options: KernelOptions) -> None:
    """Write weights with what `KernelHead.load` checks: vectors in 8 bits, the rest in half precision.

    Codes, scales and shifts keep all their bits.
    """
    weights = dict(trained.weights)
    step = weights["texts.step"]
    packed: dict[str, NDArray[np.generic]] = {
        name: weights[name].astype(np.float16) for name in ("axes", "texts.weight", "words.weight", "bias")
    }
    packed |= {name: weights[name] for name in ("texts.step", "words.codes", "scale", "shift")}
    packed["texts.vectors"] = np.round(weights["texts.vectors"] / step).astype(np.int8)
    (dim, axes), (words,) = weights["axes"].shape, weights["words.codes"].shape
    shape = {
        "texts": len(weights["texts.vectors"]),
        "dim": dim,
        "axes": axes,
        "words": words,
        "width": options.width,
        "threshold": trained.threshold,
        "languages": options.languages,
        "outputs": trained.outputs,
    }
    # safetensors writes an array's memory as it lies there, whatever its strides.
    packed = {name: np.ascontiguousarray(each) for name, each in packed.items()}
    save_file(packed, path, metadata={"version": FORMAT, "embedder": embedder, "shape": json.dumps(shape)})
