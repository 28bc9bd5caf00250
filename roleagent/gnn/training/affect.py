"""Train an affect head and write its weights. Importing this imports torch."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor, nn

from roleagent.embedding.embedders import embed
from roleagent.embedding.text_vectors import Matrix
from roleagent.gnn.affect import CONDUCT, EMOTIONS, FORMAT, SPREAD
from roleagent.gnn.training.emotions import TRAIN, Comments, read_comments, read_lines
from roleagent.gnn.training.word_bags import Bag, WordBags, telling_words, with_gaps

_GRID = np.linspace(0.05, 0.8, 76)
_WINDOW = 5  # thresholds whose mean F1 counts, so that a lucky one is not chosen
_BATCH = 64
_STEPS_OF_CONDUCT = 200
_HOLD_OF_CONDUCT = 0.03  # of the squared weights

_NAMES = {
    "table.weight": "words.table",
    "words_enter.weight": "words.enter.weight",
    "words_leave.weight": "words.leave.weight",
}  # of what torch names otherwise than the file

Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a head is trained.

    Attributes:
        hidden: width of the hidden layer.
        words: words and pairs of words that it knows, at most.
        width: numbers for each of them.
        folds: parts of the comments; each is heard by a network that was trained on the others.
        epochs: how often each comment is shown.
        batch: comments a step.
        rate: highest learning rate.
        decay: weight decay.
        dropout: share of inputs and of the hidden layer that is left out.
        word_dropout: share of the words that is left out.
        text_dropout: share of the comments that are shown without words.
        focus: exponent by which the loss turns from easy negatives, as in the asymmetric loss of Ridnik et
            al. (arXiv:2009.14119); 0 for plain cross-entropy.
        seed: of weights, order, dropout, and parts.
        device: ``cpu``, ``cuda``, …
    """

    hidden: int = 256
    words: int = 4096
    width: int = 64
    folds: int = 5
    epochs: int = 6
    batch: int = 256
    rate: float = 2e-3
    decay: float = 1e-4
    dropout: float = 0.4
    word_dropout: float = 0.3
    text_dropout: float = 0.3
    focus: float = 0.0
    seed: int = 0
    device: str = "cpu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """What came of a network that was trained without a part of the comments.

    Attributes:
        number: of the part, from 1.
        loss: mean of the last epoch.
        macro_f1: on the part, 0–1, see `cross_fitted_f1`.
    """

    number: int
    loss: float
    macro_f1: float


class EmotionNetwork(nn.Module):
    """The part of the head that hears emotions; the same formula as `AffectHead.read`.

    Args:
        dim: of the embeddings.
        num_words: how many words and pairs it knows.
        options: the widths, and what is left out.
    """

    def __init__(self, dim: int, num_words: int, options: Options) -> None:
        super().__init__()
        self.drop = nn.Dropout(options.dropout)
        self.enter = nn.Linear(dim, options.hidden)
        self.leave = nn.Linear(options.hidden, len(EMOTIONS))
        self.table = nn.EmbeddingBag(num_words, options.width, mode="sum")
        self.words_enter = nn.Linear(options.width, options.hidden, bias=False)
        self.words_leave = nn.Linear(options.width, len(EMOTIONS), bias=False)
        nn.init.normal_(self.table.weight, std=0.05)
        nn.init.constant_(self.leave.bias, -3.0)  # emotions are rare: about 4 % of the labels

    def forward(self, vectors: Tensor, bag: Bag) -> Tensor:
        """Log-odds of the emotions, [num_texts, num_emotions]."""
        words = self.table(bag.places, bag.starts, per_sample_weights=bag.shares)
        hidden = torch.relu(self.enter(self.drop(vectors * SPREAD)) + self.words_enter(words))
        log_odds: Tensor = self.leave(self.drop(hidden)) + self.words_leave(words)
        return log_odds


def loss_of(log_odds: Tensor, wanted: Tensor, focus: float) -> Tensor:
    """Binary cross-entropy, summed over emotions, in which a negative with probability p weighs p^focus."""
    loss = nn.functional.binary_cross_entropy_with_logits(log_odds, wanted, reduction="none")
    if focus:
        loss = loss * torch.where(wanted > 0, 1.0, torch.sigmoid(log_odds) ** focus)
    return loss.sum(dim=1).mean()


@dataclass(frozen=True, slots=True, kw_only=True)
class Emotions:
    """A trained network for emotions.

    Attributes:
        codes: the words that it knows, see `telling_words`.
        thresholds: probability from which an emotion counts as there, [num_emotions].
        macro_f1: of networks that did not see the comments, 0–1, see `cross_fitted_f1`.
    """

    network: EmotionNetwork
    codes: Matrix
    thresholds: Matrix
    macro_f1: float

    def probabilities(self, texts: Sequence[str], vectors: Matrix) -> Matrix:
        """Of each emotion, [num_texts, num_emotions]."""
        return _probabilities(self.network, self.codes, texts, vectors)


def train_emotions(
    comments: Comments, vectors: Matrix, options: Options, on_fold: Callable[[Fold], None] = lambda _: None
) -> Emotions:
    """Train on all comments; networks that have not seen a part of them tell where the thresholds lie.

    Args:
        comments: at least as many as there are folds.
        vectors: of them, [num_comments, dim].
        options: how.
        on_fold: is told how it goes.
    """
    everything = np.random.default_rng(options.seed).permutation(len(vectors))
    odds = np.zeros_like(comments.wanted)
    for number, held in enumerate(np.array_split(everything, options.folds), 1):
        shown = np.setdiff1d(everything, held)
        network, codes, loss = _fitted(_part(comments, shown), vectors[shown], options)
        odds[held] = _probabilities(network, codes, _part(comments, held).texts, vectors[held])
        merit = cross_fitted_f1(odds[held], comments.wanted[held])
        on_fold(Fold(number=number, loss=loss, macro_f1=merit))
    network, codes, _ = _fitted(comments, vectors, options)
    return Emotions(
        network=network,
        codes=codes,
        thresholds=best_thresholds(odds, comments.wanted),
        macro_f1=cross_fitted_f1(odds, comments.wanted),
    )


def _part(comments: Comments, places: NDArray[np.int64]) -> Comments:
    return Comments(texts=tuple(comments.texts[place] for place in places), wanted=comments.wanted[places])


def _fitted(comments: Comments, vectors: Matrix, options: Options) -> tuple[EmotionNetwork, Matrix, float]:
    """A network, the codes of its words, and the mean loss of its last epoch."""
    torch.manual_seed(options.seed)
    order = np.random.default_rng(options.seed)
    codes = telling_words(comments.texts, comments.wanted, options.words)
    bags = WordBags(comments.texts, codes)
    x, y = torch.from_numpy(vectors), torch.from_numpy(comments.wanted)
    network = EmotionNetwork(vectors.shape[1], len(codes), options).to(options.device)
    optimiser = torch.optim.AdamW(network.parameters(), lr=options.rate, weight_decay=options.decay)
    num_batches = -(-len(vectors) // options.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, options.rate, options.epochs * num_batches, pct_start=0.1
    )
    losses: list[float] = []
    for _ in range(options.epochs):
        for places in np.array_split(order.permutation(len(vectors)), num_batches):
            bag = with_gaps(
                bags.take(places), words=options.word_dropout, texts=options.text_dropout, order=order
            )
            log_odds = network(x[places].to(options.device), bag.to(options.device))
            loss = loss_of(log_odds, y[places].to(options.device), options.focus)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
    return network.eval(), codes, float(np.mean(losses[-num_batches:]))


@torch.no_grad()
def _probabilities(network: EmotionNetwork, codes: Matrix, texts: Sequence[str], vectors: Matrix) -> Matrix:
    device = network.leave.bias.device
    bag = WordBags(texts, codes).take(np.arange(len(texts))).to(device)
    odds: Matrix = torch.sigmoid(network(torch.from_numpy(vectors).to(device), bag)).cpu().numpy()
    return odds


def f1_scores(found: NDArray[np.bool_], wanted: Matrix) -> NDArray[np.float64]:
    """F1 of each column, 0–1; 0 for one that is neither found nor wanted."""
    hits = (found * wanted).sum(axis=0)
    f1: NDArray[np.float64] = 2 * hits / np.maximum(found.sum(axis=0) + wanted.sum(axis=0), 1)
    return f1


def best_thresholds(odds: Matrix, wanted: Matrix) -> Matrix:
    """The probability for each emotion above which its F1 is best, smoothed over its neighbours."""
    scores = np.stack([f1_scores(odds > threshold, wanted) for threshold in _GRID])
    window = np.ones(_WINDOW) / _WINDOW
    smooth = np.stack([np.convolve(column, window, "same") for column in scores.T], axis=1)
    best: Matrix = _GRID[smooth.argmax(axis=0)].astype(np.float32)
    return best


def cross_fitted_f1(odds: Matrix, wanted: Matrix) -> float:
    """Macro-F1 where each half takes its thresholds from the other, so that none is measured on its own."""
    found = np.zeros(odds.shape, bool)
    for half, other in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
        found[half] = odds[half] > best_thresholds(odds[other], wanted[other])
    return float(f1_scores(found, wanted).mean())


def train_conduct(inputs: Matrix, wanted: NDArray[np.int64]) -> tuple[Matrix, Matrix]:
    """Weights and biases of a logistic regression: [num_conducts, dim + num_emotions], [num_conducts].

    Few lines and many inputs: the squares of the weights are held down. Rare classes weigh more.

    Args:
        inputs: spread vectors and probabilities of emotions, [num_lines, dim + num_emotions].
        wanted: places in `CONDUCT`, [num_lines].
    """
    layer = nn.Linear(inputs.shape[1], len(CONDUCT))
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    x, y = torch.from_numpy(inputs), torch.from_numpy(wanted)
    counts = torch.bincount(y, minlength=len(CONDUCT)).float()
    weight = torch.sqrt(counts.max() / counts)
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=_STEPS_OF_CONDUCT)

    def step() -> Tensor:
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(layer(x), y, weight=weight)
        loss = loss + _HOLD_OF_CONDUCT * (layer.weight**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        return loss

    optimiser.step(step)  # type: ignore[no-untyped-call]
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What a training gave.

    Attributes:
        weights: as `AffectHead` reads them.
        macro_f1: of emotions, on comments that are held out.
        conduct_f1: macro-F1 of conduct on lines that are held out, by language.
    """

    weights: Weights
    macro_f1: float
    conduct_f1: Mapping[str, float]


def train(
    embedder: Embeddings,
    folder: Path,
    options: Options,
    on_fold: Callable[[Fold], None] = lambda _: None,
) -> Trained:
    """Train a head for an embedder.

    Args:
        embedder: whose vectors it will read.
        folder: of GoEmotions.
        options: how.
        on_fold: is told how it goes.

    Raises:
        InputError: there is no GoEmotions in the folder.
    """
    comments = read_comments(folder / TRAIN)
    vectors = embedded(embedder, comments.texts)
    emotions = train_emotions(comments, vectors, options, on_fold)
    return with_conduct(embedder, emotions)


def with_conduct(embedder: Embeddings, emotions: Emotions) -> Trained:
    """Add what hears how a speaker treats the listener."""
    lines = read_lines()
    texts = [line.text for line in lines]
    vectors = embedded(embedder, texts)
    inputs = np.concatenate([vectors * np.float32(SPREAD), emotions.probabilities(texts, vectors)], axis=1)
    wanted = np.array([line.conduct for line in lines])
    held = np.array([line.is_held_out for line in lines])
    weight, bias = train_conduct(inputs[~held], wanted[~held])
    found = (inputs @ weight.T + bias).argmax(axis=1)
    languages = np.array([line.language for line in lines])
    one_hot = np.eye(len(CONDUCT), dtype=np.float32)
    scores = {
        language: float(f1_scores(one_hot[found[part]] > 0, one_hot[wanted[part]]).mean())
        for language in sorted({line.language for line in lines})
        for part in [held & (languages == language)]
    }
    weights = {
        _NAMES.get(name, name): values.cpu().numpy() for name, values in emotions.network.state_dict().items()
    }
    weights |= {"conduct.weight": weight, "conduct.bias": bias}
    weights |= {"thresholds": emotions.thresholds, "words.codes": emotions.codes}
    return Trained(weights=weights, macro_f1=emotions.macro_f1, conduct_f1=scores)


def embedded(embedder: Embeddings, texts: Sequence[str]) -> Matrix:
    """Vectors of many texts, [num_texts, dim]: texts of like length together, which saves padding."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    rows: list[Matrix] = []
    for start in range(0, len(order), _BATCH):
        rows.append(embed(embedder, [texts[place] for place in order[start : start + _BATCH]]))
    vectors = np.concatenate(rows)
    back = np.empty(len(order), int)
    back[order] = np.arange(len(order))
    return vectors[back]


def save(trained: Trained, path: Path, *, embedder: str) -> None:
    """Write weights in half precision, with what `AffectHead.load` checks. Codes need all their bits."""
    weights = {
        name: values if name == "words.codes" else values.astype(np.float16)
        for name, values in trained.weights.items()
    }
    (hidden, dim), (words, width) = weights["enter.weight"].shape, weights["words.table"].shape
    shape = {"dim": dim, "hidden": hidden, "words": words, "width": width}
    save_file(weights, path, metadata={"version": FORMAT, "embedder": embedder, "shape": json.dumps(shape)})
