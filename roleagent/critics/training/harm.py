"""Train a harm head and write its weights, in numpy.

All texts of a group lie in the same fold, so that no twin of a text is known to the head that judges it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray
from safetensors.numpy import save_file

from roleagent.critics.harm_head import FORMAT, HARM, OUTPUTS, STEPS, kernel, probabilities, word_share
from roleagent.critics.training.pairs import shipped_groups
from roleagent.critics.training.twins import shipped_carriers, shipped_frames, shipped_talk, shipped_twins
from roleagent.embedding.embedders import embed
from roleagent.embedding.text_vectors import Matrix
from roleagent.embedding.word_codes import codes_in_any_script, places_among

LANGUAGES = ("en", "zh")
OVER_BLOCKED = {"twin": 0.02, "talk": 0.01}
"""Share of the harmless texts of a kind, held out, that may reach the threshold."""

_STATEMENTS = 300  # of a language, from the pairs that other critics learn from

_COMPARED = ("twin", "framed", "carried")
_SHARE = 0.05  # of the texts without a label, at which recall is told
_BATCH = 64
_LEAST = 2  # texts that a word must be in
_STEPS_OF_LOGISTIC = 50
_RIDGE_OF_LANDMARKS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmOptions:
    """How a head is trained.

    Attributes:
        languages: of the twins.
        width: γ of the kernel exp(−γ |u − v|²).
        ridge: λ, what is added to the diagonal of the kernel matrix.
        loudness: what the kernel of the words is multiplied by; 0 for the embedding alone.
        words: words and pairs of words that are known, at most: those in most texts.
        axes: principal axes of the embeddings that are kept.
        landmarks: texts that the stored head compares with, drawn by the seed.
        talk: whether everyday talk is trained on, beside the twins.
        framed: groups of a language of which a harmful and a harmless text come in the frame of a jailbreak,
            too.
        carried: whether the orders of `injection` and their twins come inside documents, too.
        folds: parts of the groups; each is judged by a head that was trained on the others.
        seed: of the folds, and of what is put into frames.
    """

    languages: tuple[str, ...] = LANGUAGES
    width: float = 1.0
    ridge: float = 0.3
    loudness: float = 0.5
    words: int = 8_192
    axes: int = 256
    landmarks: int = 1_300
    talk: bool = True
    framed: int = 300
    carried: bool = True
    folds: int = 5
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmTexts:
    """Texts, and what they ask for.

    Attributes:
        wanted: 1 for each of `OUTPUTS` that holds for a text, [num_texts, num_outputs].
        groups: number of the group of each text, [num_texts].
        languages: of each text, ISO 639-1.
        kinds: ``twin``, ``framed``, ``carried`` or ``talk`` for each text.
    """

    texts: tuple[str, ...]
    wanted: Matrix
    groups: NDArray[np.int64]
    languages: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How well texts held out are told apart.

    Attributes:
        name: a language and a kind of texts, or one of `OUTPUTS`.
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
class TrainedHarm:
    """What a training gave.

    Attributes:
        weights: as `HarmHead` reads them, before they are rounded.
        threshold: see `HarmHead`.
        by_language: of any harm, on what was held out.
        by_category: of each category against all other texts, on what was held out.
    """

    weights: Mapping[str, NDArray[np.float32]]
    threshold: float
    by_language: tuple[Measured, ...]
    by_category: tuple[Measured, ...]


class _Row(NamedTuple):
    text: str
    category: str  # empty for a harmless text
    group: int
    language: str
    kind: str


def harm_texts(options: HarmOptions) -> HarmTexts:
    """All texts that are shipped in some languages."""
    rows: list[_Row] = []
    for language in options.languages:
        rows += _rows_of(language, options, 1 + (rows[-1].group if rows else 0))
    return HarmTexts(
        texts=tuple(row.text for row in rows),
        wanted=np.array(
            [[bool(row.category) and name in (HARM, row.category) for name in OUTPUTS] for row in rows],
            np.float32,
        ),
        groups=np.array([row.group for row in rows]),
        languages=tuple(row.language for row in rows),
        kinds=tuple(row.kind for row in rows),
    )


def _rows_of(language: str, options: HarmOptions, first: int) -> Iterator[_Row]:
    drawn, twins = np.random.default_rng(options.seed), shipped_twins(language)
    for group, each in enumerate(twins, first):
        yield from (_Row(text, each.category, group, language, "twin") for text in each.harmful)
        yield from (_Row(text, "", group, language, "twin") for text in each.harmless)
    frames = shipped_frames(language)
    for number, place in enumerate(drawn.permutation(len(twins))[: options.framed]):
        each, frame = twins[place], frames[number % len(frames)]
        harmful, harmless = (kind[drawn.integers(len(kind))] for kind in (each.harmful, each.harmless))
        yield _Row(frame.replace("{}", harmful), each.category, first + int(place), language, "framed")
        yield _Row(frame.replace("{}", harmless), "", first + int(place), language, "framed")
    if options.carried:
        carriers = cycle(shipped_carriers(language))
        for group, each in enumerate(twins, first):
            for text in (*each.harmful, *each.harmless) if each.category == "injection" else ():
                category = each.category if text in each.harmful else ""
                yield _Row(next(carriers).replace("{}", text), category, group, language, "carried")
    if options.talk:
        said = [group.first for group in shipped_groups(language)]
        said = said[:: max(len(said) // _STATEMENTS, 1)][:_STATEMENTS]
        for group, text in enumerate((*shipped_talk(language), *said), first + len(twins)):
            yield _Row(text, "", group, language, "talk")


def train(
    embedder: Embeddings, data: HarmTexts, options: HarmOptions, tell: Callable[[str], None] = lambda _: None
) -> TrainedHarm:
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
    scale, shift = np.array([logistic(raw[:, place], data.wanted[:, place]) for place in range(len(OUTPUTS))],
                            np.float32).T  # fmt: skip
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
    return TrainedHarm(
        weights=weights,
        threshold=round(threshold_of(odds[:, 0], data), 4),
        by_language=tuple(_by_language(odds, data, options.languages)),
        by_category=tuple(
            measured(name, odds[:, place], data.wanted[:, place])
            for place, name in enumerate(OUTPUTS)
            if name != HARM and data.wanted[:, place].any()
        ),
    )


def threshold_of(odds: Matrix, data: HarmTexts) -> float:
    """The lowest probability that no more harmless texts of each kind exceed than `OVER_BLOCKED` allows."""
    kinds, harmless = np.array(data.kinds), data.wanted[:, 0] == 0
    parts = {kind: odds[(kinds == kind) & harmless] for kind in OVER_BLOCKED}
    return max(exceeded_by(part, OVER_BLOCKED[kind]) for kind, part in parts.items() if len(part))


def _by_language(odds: Matrix, data: HarmTexts, languages: Sequence[str]) -> list[Measured]:
    spoken, kinds = np.array(data.languages), np.array(data.kinds)
    parts = {f"{each} {kind}": (spoken == each) & (kinds == kind) for each in languages for kind in _COMPARED}
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


def save(trained: TrainedHarm, path: Path, *, embedder: str, options: HarmOptions) -> None:
    """Write weights with what `HarmHead.load` checks: vectors in 8 bits, the rest in half precision.

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
    }
    # safetensors writes an array's memory as it lies there, whatever its strides.
    packed = {name: np.ascontiguousarray(each) for name, each in packed.items()}
    save_file(packed, path, metadata={"version": FORMAT, "embedder": embedder, "shape": json.dumps(shape)})
