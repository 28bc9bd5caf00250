"""Train a head that compares two lines, and write its weights. Importing this imports torch."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor, nn

from roleagent.critics.pair_clues import CLUES, clue_rows, pair_codes, read_line
from roleagent.critics.pair_head import FORMAT, PairHead, code_places, word_share
from roleagent.critics.training.examples import Example
from roleagent.embedding.embedders import embed
from roleagent.embedding.text_vectors import Matrix

_EMBEDDED = 64  # texts at a time
_STEPS_OF_TEMPERATURE = 60

Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a head is trained.

    Attributes:
        low: numbers of a projected embedding.
        hidden: width of the hidden layers.
        codes: pairs of words that are known, at most.
        least: examples that such a pair must be in.
        epochs: how often each example is shown.
        folds: parts; each is judged by a network that was trained on the others.
        noise: standard deviation of what is added to an embedding, times the root of its size.
        seed: of weights, order, dropout and parts.
    """

    low: int = 96
    hidden: int = 96
    codes: int = 8_192
    least: int = 4
    epochs: int = 6
    folds: int = 3
    batch: int = 64
    rate: float = 1e-3
    decay: float = 1e-2
    dropout: float = 0.3
    word_dropout: float = 0.3
    noise: float = 0.3
    seed: int = 0


class Rows:
    """Examples as the network reads them.

    Args:
        examples: of which it is made.
        vectors: unit vectors of each text.
    """

    def __init__(self, examples: Sequence[Example], vectors: dict[str, Matrix]) -> None:
        self.earlier = np.stack([vectors[each.earlier] for each in examples])
        self.later = np.stack([vectors[each.later] for each in examples])
        self.lines = [(read_line(each.earlier), read_line(each.later)) for each in examples]
        self.clues = clue_rows(self.lines, (self.earlier * self.later).sum(axis=1).tolist())
        self.codes = [pair_codes(*pair) for pair in self.lines]

    def __len__(self) -> int:
        return len(self.lines)


class PairNetwork(nn.Module):
    """The same as `PairHead`, in torch, to be trained."""

    def __init__(self, dim: int, known: Matrix, classes: int, options: Options) -> None:
        super().__init__()
        low, hidden = options.low, options.hidden
        self.known, self.low, self.dim = known, low, dim
        self.noise, self.word_dropout = options.noise, options.word_dropout
        self.project = nn.Linear(dim, low, bias=False)
        self.enter = nn.Linear(4 * low + len(CLUES), hidden)
        self.norm = nn.LayerNorm(hidden)
        self.deepen = nn.Linear(hidden, hidden)
        self.leave = nn.Linear(hidden, classes)
        self.pairs = nn.EmbeddingBag(max(len(known), 1), classes, mode="sum", include_last_offset=True)
        nn.init.zeros_(self.pairs.weight)
        self.dropout = nn.Dropout(options.dropout)

    def forward(self, rows: Rows, at: NDArray[np.int64]) -> Tensor:
        """The score of each class for some of the rows, [num, num_classes]."""
        u, v = torch.from_numpy(rows.earlier[at]), torch.from_numpy(rows.later[at])
        if self.training:
            u, v = (side + torch.randn_like(side) * self.noise / self.dim**0.5 for side in (u, v))
        u, v = self.project(u), self.project(v)
        parts = [u, v, u * v * self.low**0.5, (u - v).abs(), torch.from_numpy(rows.clues[at])]
        x = self.norm(torch.relu(self.enter(self.dropout(torch.cat(parts, dim=-1)))))
        x = x + self.dropout(torch.relu(self.deepen(x)))
        scores: Tensor = self.leave(x) + self._of_words([rows.codes[place] for place in at])
        return scores

    def _of_words(self, codes: Sequence[Sequence[int]]) -> Tensor:
        places = [code_places(each, self.known) for each in codes]
        shares = [np.full(len(each), word_share(len(each))) for each in places]
        starts = np.cumsum([0, *map(len, places)])
        weights = torch.from_numpy(np.concatenate(shares).astype(np.float32))
        if self.training:
            kept = torch.rand(len(weights)) >= self.word_dropout
            weights = weights * kept / (1 - self.word_dropout)
        flat = torch.from_numpy(np.concatenate(places).astype(np.int64))
        added: Tensor = self.pairs(flat, torch.from_numpy(starts), per_sample_weights=weights)
        return added


def embedded(embedder: Embeddings, texts: Sequence[str]) -> dict[str, Matrix]:
    """The unit vector of each text; texts of like length are embedded together, which saves padding."""
    order = sorted(dict.fromkeys(texts), key=len)
    found: dict[str, Matrix] = {}
    for start in range(0, len(order), _EMBEDDED):
        part = order[start : start + _EMBEDDED]
        found |= zip(part, embed(embedder, part), strict=True)
    return found


def train_network(
    rows: Rows, examples: Sequence[Example], classes: int, options: Options, *, seed: int
) -> PairNetwork:
    """Train on some rows; they and the examples stand in the same order."""
    torch.manual_seed(seed)
    order = np.random.default_rng(seed)
    network = PairNetwork(rows.earlier.shape[1], telling_codes(rows, examples, options), classes, options)
    may_be = _may_be(examples, classes)
    weight = torch.tensor([each.weight for each in examples])
    steps = options.epochs * -(-len(rows) // options.batch)
    optimiser = torch.optim.AdamW(network.parameters(), lr=options.rate, weight_decay=options.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, options.rate, total_steps=steps)
    network.train()
    for _ in range(options.epochs):
        drawn = order.permutation(len(rows))
        for start in range(0, len(rows), options.batch):
            at = drawn[start : start + options.batch]
            loss = (partial_loss(network(rows, at), may_be[at]) * weight[at]).sum() / weight[at].sum()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
            optimiser.step()
            schedule.step()
    return network.eval()


def partial_loss(scores: Tensor, may_be: Tensor) -> Tensor:
    """−log of the probability of all classes that may be right together, [num]."""
    allowed = scores.masked_fill(~may_be, float("-inf"))
    return torch.logsumexp(scores, dim=-1) - torch.logsumexp(allowed, dim=-1)


def telling_codes(rows: Rows, examples: Sequence[Example], options: Options) -> Matrix:
    """The pairs of words that tell most of the last class, in rising order.

    What one tells is the log-likelihood ratio (T. Dunning, "Accurate methods for the statistics of surprise
    and coincidence", 1993) of its examples with and without the class.
    """
    last = max(max(each.may_be) for each in examples)
    is_last = np.array([each.may_be == (last,) for each in examples], float)
    said = np.repeat(np.arange(len(rows)), [len(each) for each in rows.codes])
    flat = np.array([code for each in rows.codes for code in each], np.int64)
    codes, places = np.unique(flat, return_inverse=True)
    num = np.bincount(places, minlength=len(codes)).astype(float)
    hits = np.bincount(places, weights=is_last[said], minlength=len(codes))
    expected, rest, tiny = num * is_last.mean(), num - hits, 1e-9
    merit = 2 * (
        hits * np.log(np.maximum(hits, tiny) / np.maximum(expected, tiny))
        + rest * np.log(np.maximum(rest, tiny) / np.maximum(num - expected, tiny))
    )
    merit[num < options.least] = 0
    best = np.argsort(-merit, kind="stable")[: options.codes]
    known: Matrix = np.sort(codes[best[merit[best] > 0]]).astype(np.float32)
    return known


@torch.no_grad()
def scores_of(network: PairNetwork, rows: Rows) -> Matrix:
    """The score of each class for each row, [num_rows, num_classes]."""
    parts = [
        network(rows, np.arange(start, min(start + 512, len(rows)))).numpy()
        for start in range(0, len(rows), 512)
    ]
    found: Matrix = np.concatenate(parts)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What a training gave.

    Attributes:
        weights: as `PairHead` reads them.
        temperature: chosen on what was held out.
        held_out: the probabilities of each example's classes by a network that did not see its group,
            [num_examples, num_classes].
    """

    weights: Weights
    temperature: float
    held_out: Matrix


def train(
    embedder: Embeddings,
    examples: Sequence[Example],
    classes: int,
    options: Options,
    on_fold: Callable[[int], None] = lambda _: None,
) -> Trained:
    """Train a head for an embedder; its temperature is chosen on parts that are held out in turn.

    Args:
        embedder: whose vectors it will read.
        examples: what it learns from.
        classes: how many it tells apart.
        options: how.
        on_fold: is told the number of each part that was held out.
    """
    vectors = embedded(embedder, [text for each in examples for text in (each.earlier, each.later)])
    groups = np.random.default_rng(options.seed).permutation(sorted({each.group for each in examples}))
    part_of = {group: place % options.folds for place, group in enumerate(groups)}
    part = np.array([part_of[each.group] for each in examples])
    held_out = np.zeros((len(examples), classes), np.float32)
    for fold in range(options.folds):
        inside = [each for each, own in zip(examples, part, strict=True) if own != fold]
        outside = [each for each, own in zip(examples, part, strict=True) if own == fold]
        network = train_network(Rows(inside, vectors), inside, classes, options, seed=options.seed)
        held_out[part == fold] = scores_of(network, Rows(outside, vectors))
        on_fold(fold)
    temperature = temperature_of(held_out, examples, classes)
    return Trained(
        weights=weights_of(
            train_network(Rows(examples, vectors), examples, classes, options, seed=options.seed)
        ),
        temperature=temperature,
        held_out=torch.from_numpy(held_out / temperature).softmax(dim=-1).numpy(),
    )


def train_one(
    examples: Sequence[Example], vectors: dict[str, Matrix], classes: int, options: Options
) -> Trained:
    """The same without parts that are held out: at temperature 1, and without probabilities of them."""
    network = train_network(Rows(examples, vectors), examples, classes, options, seed=options.seed)
    return Trained(weights=weights_of(network), temperature=1.0, held_out=np.zeros((0, classes), np.float32))


def temperature_of(scores: Matrix, examples: Sequence[Example], classes: int) -> float:
    """The temperature at which the scores are the best probabilities (C. Guo et al., arXiv:1706.04599)."""
    log_temperature = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.LBFGS([log_temperature], max_iter=_STEPS_OF_TEMPERATURE)
    told, may_be = torch.from_numpy(scores), _may_be(examples, classes)

    def step() -> Tensor:
        optimiser.zero_grad()
        loss = partial_loss(told / log_temperature.exp(), may_be).mean()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        return loss

    optimiser.step(step)  # type: ignore[no-untyped-call]
    return float(log_temperature.detach().exp())


def save(trained: Trained, path: Path, *, embedder: str, classes: Sequence[str]) -> None:
    """Write weights in half precision, with what `PairHead.load` checks. Codes need all their bits."""
    weights = {
        name: values if name == "pairs.codes" else values.astype(np.float16)
        for name, values in trained.weights.items()
    }
    shape = {
        "dim": weights["project.weight"].shape[1],
        "low": weights["project.weight"].shape[0],
        "hidden": len(weights["enter.bias"]),
        "codes": len(weights["pairs.codes"]),
        "classes": list(classes),
    }
    told = {
        "version": FORMAT,
        "embedder": embedder,
        "temperature": f"{trained.temperature:.4f}",
        "shape": json.dumps(shape),
    }
    save_file(weights, path, metadata=told)


def head_of(trained: Trained, *, embedder: str, classes: Sequence[str]) -> PairHead:
    """The head of a training, without a file."""
    return PairHead(
        weights=trained.weights,
        embedder=embedder,
        classes=tuple(classes),
        temperature=trained.temperature,
        version="untold",
    )


def weights_of(network: PairNetwork) -> Weights:
    """The weights by the names under which `PairHead` reads them."""
    weights = {name: values.numpy() for name, values in network.state_dict().items()}
    weights["pairs.weight"] = weights["pairs.weight"][: len(network.known)]
    return weights | {"pairs.codes": network.known}


def _may_be(examples: Sequence[Example], classes: int) -> Tensor:
    allowed = torch.zeros(len(examples), classes, dtype=torch.bool)
    for row, each in enumerate(examples):
        allowed[row, list(each.may_be)] = True
    return allowed
