"""Train a completion network on a knowledge graph, and measure it. Importing this imports torch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from roleagent.gnn.completion import CompletionNetwork, CompletionShape, moduli
from roleagent.gnn.training.triples import Indices, Neighbours, Triples, grouped

_REVEALED = 0.5  # of the questions with several answers, the share that is told some of them
_SHARE_TOLD = 0.5  # of the answers of such a question
_MOST_AT_TEST = 128  # neighbours that are heard when nothing is trained
_BATCH_AT_TEST = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionOptions:
    """How a completion network is trained.

    Attributes:
        epochs: how often each question is asked.
        batch: questions a step; a question is a subject and a relation, with all its objects.
        rate: highest learning rate of the embeddings; it falls to zero along a cosine.
        rate_attention: the same of the attention.
        penalty: weight of the N3 regulariser (arXiv:1806.07297).
        most: neighbours that a subject hears in training, drawn in each step.
        smoothing: share of the weight that is spread over all entities, 0–1.
        seed: of weights, order, dropout and neighbours.
    """

    epochs: int = 60
    batch: int = 256
    rate: float = 1e-2
    rate_attention: float = 1e-3
    penalty: float = 0.01
    most: int = 24
    smoothing: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """How well the objects and subjects of some triples are found among all entities.

    Attributes:
        ranks: filtered ranks, first those of objects, then those of subjects; ties count half.
    """

    ranks: NDArray[np.float64]

    @property
    def mrr(self) -> float:
        """Mean reciprocal rank."""
        return float((1 / self.ranks).mean())

    def hits(self, most: int) -> float:
        """Share of ranks up to a number."""
        return float((self.ranks <= most).mean())

    def __str__(self) -> str:
        hits = "  ".join(f"Hits@{most} {self.hits(most):.3f}" for most in (1, 3, 10))
        return f"MRR {self.mrr:.4f}  {hits}"


def train_completion(
    triples: Triples,
    shape: CompletionShape,
    options: CompletionOptions,
    on_epoch: Callable[[int, float, CompletionNetwork], None] = lambda *_: None,
) -> CompletionNetwork:
    """Train on the training part; each (subject, relation) is asked once an epoch, both ways.

    The loss is the cross-entropy of each true object against all entities (1-vs-all), of all objects of a
    question at once. With attention, the edges that are asked for are hidden (masked-edge recovery).
    Other edges to the same objects stay. If they were hidden too, the network would learn that what it sees
    is never the answer.
    """
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    network, neighbours = CompletionNetwork(shape), Neighbours.of(triples)
    asked = grouped(triples.both_ways("train"))
    groups: list[dict[str, Any]] = [
        {"params": [network.entity, network.relation]}
    ]  # Any: as torch takes them
    if network.attention is not None:
        groups.append({"params": network.attention.parameters(), "lr": options.rate_attention})
    optimiser = torch.optim.Adam(groups, lr=options.rate)
    num_steps = options.epochs * -(-len(asked) // options.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: (1 + math.cos(math.pi * min(1, step / num_steps))) / 2
    )
    per_question = sum(map(len, asked.values())) / len(asked)
    for number in range(1, options.epochs + 1):
        start, network = time.perf_counter(), network.train()
        for keys, objects in _batches(asked, options.batch, shape.num_entities, rng):
            loss = _loss(network, keys, objects, neighbours, options, rng) / (per_question * len(keys))
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
            optimiser.step()
            schedule.step()
        on_epoch(number, time.perf_counter() - start, network)
    return network.eval()


def _batches(
    asked: dict[tuple[int, int], Indices], size: int, num_entities: int, rng: np.random.Generator
) -> Iterator[tuple[Indices, Tensor]]:
    """Questions, [size, 2], and which entities answer them, [size, num_entities]."""
    keys = list(asked)
    order = rng.permutation(len(keys))
    for start in range(0, len(keys), size):
        chosen = [keys[index] for index in order[start : start + size]]
        objects = torch.zeros(len(chosen), num_entities)
        for row, key in enumerate(chosen):
            objects[row, asked[key]] = 1
        yield np.array(chosen, np.int64), objects


def _loss(
    network: CompletionNetwork,
    keys: Indices,
    objects: Tensor,
    neighbours: Neighbours,
    options: CompletionOptions,
    rng: np.random.Generator,
) -> Tensor:
    """Sum over the triples of a batch."""
    subject, asked = (torch.as_tensor(column) for column in keys.T)
    relation, neighbour, told = _heard(network, keys, neighbours, options.most, rng)
    if network.attention is not None:
        revealed = _revealed(objects)
        is_asked = (objects - revealed).gather(1, neighbour) > 0
        half = network.shape.num_relations // 2
        told &= ~(is_asked & ((relation % half) == (asked % half)[:, None]))
        objects = objects - revealed
    scores = network(subject, asked, relation, neighbour, told)
    num_objects = objects.sum(1)
    total = torch.logsumexp(scores, dim=1)
    loss = (num_objects * total).sum() - (1 - options.smoothing) * (objects * scores).sum()
    loss = loss - options.smoothing * (num_objects * scores.mean(1)).sum()
    size = _cubes(network.entity, network)
    size_asked = size[subject] + _cubes(network.relation, network)[asked]
    penalised: Tensor = loss + options.penalty * (
        (num_objects * size_asked).sum() + (objects.sum(0) * size).sum()
    )
    return penalised


def _cubes(vectors: Tensor, network: CompletionNetwork) -> Tensor:
    """The nuclear 3-norm of each row (Lacroix et al., arXiv:1806.07297)."""
    return (moduli(vectors, network.shape.scorer) ** 3).sum(-1)


def _revealed(objects: Tensor) -> Tensor:
    """Answers that a question is told and not asked for: some, of half of those with several."""
    several = (objects.sum(1, keepdim=True) > 1) & (torch.rand(len(objects), 1) < _REVEALED)
    return objects * several * (torch.rand_like(objects) < _SHARE_TOLD)


def _heard(
    network: CompletionNetwork, keys: Indices, neighbours: Neighbours, most: int, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    if network.attention is None:
        most = 1  # nobody listens
    relation, neighbour, told = neighbours.some(keys[:, 0], most, rng)
    return torch.as_tensor(relation), torch.as_tensor(neighbour), torch.as_tensor(told)


@torch.no_grad()
def scores_of(
    network: CompletionNetwork, keys: Indices, neighbours: Neighbours
) -> Iterator[NDArray[np.float32]]:
    """Scores of all entities for questions (subject, relation), in batches of [n, num_entities]."""
    rng = np.random.default_rng(0)
    for start in range(0, len(keys), _BATCH_AT_TEST):
        some = keys[start : start + _BATCH_AT_TEST]
        subject, asked = (torch.as_tensor(column) for column in some.T)
        yield network(subject, asked, *_heard(network, some, neighbours, _MOST_AT_TEST, rng)).numpy()


def ranked(network: CompletionNetwork, triples: Triples, part: str) -> Ranked:
    """Filtered ranks of the triples of a part, in both directions (Bordes et al. 2013)."""
    was_training = network.training
    network.eval()
    both, place, ranks = triples.both_ways(part), 0, list[float]()
    for batch in scores_of(network, both[:, :2], Neighbours.of(triples)):
        for scores in batch:
            subject, relation, object_ = both[place].tolist()
            true = scores[object_]
            scores[triples.answers[subject, relation]] = -np.inf
            ranks.append(1 + float((scores > true).sum()) + float((scores == true).sum()) / 2)
            place += 1
    network.train(was_training)
    return Ranked(ranks=np.array(ranks))


def plausibility_of(network: CompletionNetwork, triples: Triples, rows: Indices) -> NDArray[np.float32]:
    """Log-odds of triples against an average entity: mean of both directions, [num_rows]."""
    inverse = np.stack([rows[:, 2], rows[:, 1] + len(triples.relations), rows[:, 0]], axis=1)
    both, place = np.concatenate([rows, inverse]), 0
    found = np.empty(len(both), np.float32)
    for batch in scores_of(network, both[:, :2], Neighbours.of(triples)):
        for scores in batch:
            found[place] = scores[both[place, 2]] - np.logaddexp.reduce(scores)
            place += 1
    mean: NDArray[np.float32] = (found[: len(rows)] + found[len(rows) :]) / np.float32(2)
    return mean
