"""Train a plausibility network and write its weights. Importing this imports torch."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from roleagent.errors import InputError
from roleagent.gnn.plausibility import VERSION
from roleagent.gnn.plausibility_network import PlausibilityNetwork, PlausibilityShape
from roleagent.gnn.training.hidden_facts import (
    NUM_OBJECTS,
    WIDTH,
    Drawn,
    HiddenFacts,
    Hiding,
    draw_hidden,
)

_WARM_UP = 0.1  # share of the steps in which the learning rate rises
_LARGEST_GRADIENT = 1.0
_POINTWISE = 0.5  # weight of the pointwise loss beside the listwise one
_MOST_AT_TEST = 40  # facts of a graph that are hidden to decide when to stop
_TEMPERATURES = tuple(np.geomspace(0.3, 5.0, 60))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlausibilityOptions:
    """How a plausibility network is trained.

    Attributes:
        epochs: how often each graph is shown.
        batch: graphs a step.
        most: facts of a graph that are hidden in a step.
        rate: highest learning rate.
        decay: weight decay.
        seed: of weights, order, hidden facts, false ones and dropout.
    """

    epochs: int = 6
    batch: int = 8
    most: int = 16
    rate: float = 2e-3
    decay: float = 1e-4
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlausibilityEpoch:
    """What came of an epoch.

    Attributes:
        loss: mean over its steps.
        dev: mean reciprocal rank of the true object among those drawn, in made-up worlds in other wordings.
        written: the same for characters in free wording.
        seconds: since the training began.
    """

    number: int
    loss: float
    dev: float
    written: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    inputs: tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
    is_false: Tensor  # [num_hidden, WIDTH]


def _batch(pairs: Sequence[tuple[Hiding, Drawn]]) -> _Batch:
    """Graphs side by side; see `PlausibilityNetwork.forward` for the inputs."""
    columns: list[tuple[np.ndarray, ...]] = []
    num_nodes = num_relations = 0
    for hiding, drawn in pairs:
        each = drawn.candidates
        columns.append((
            hiding.around.vectors, hiding.relations, each.subject + num_nodes, each.relation + num_relations,
            each.object + num_nodes, drawn.clues, drawn.is_false,
        ))  # fmt: skip
        num_nodes, num_relations = num_nodes + len(hiding.around.nodes), num_relations + len(hiding.relations)
    joined = [torch.as_tensor(np.concatenate(column)) for column in zip(*columns, strict=True)]
    nodes, relations, subject, asked, object_, clues, is_false = joined
    return _Batch(inputs=(nodes, relations, subject, asked, object_, clues), is_false=is_false)


def plausibility_loss(log_odds: Tensor, is_false: Tensor) -> Tensor:
    """Listwise over the objects of each hidden fact, and pointwise over all of its candidates.

    Args:
        log_odds: [num_hidden, WIDTH], the true one first.
        is_false: whether each counts as false, the same shape.
    """
    beside = is_false[:, :NUM_OBJECTS].clone()
    beside[:, 0] = True
    listwise = -torch.log_softmax(log_odds[:, :NUM_OBJECTS].masked_fill(~beside, -1e9), dim=1)[:, 0].mean()
    pointwise = nn.functional.softplus(-log_odds[:, 0]).mean()
    pointwise = pointwise + nn.functional.softplus(log_odds)[is_false].mean()
    loss: Tensor = listwise + _POINTWISE * pointwise
    return loss


def train_plausibility(
    data: HiddenFacts,
    shape: PlausibilityShape,
    options: PlausibilityOptions,
    on_epoch: Callable[[PlausibilityEpoch], None] = lambda _: None,
) -> PlausibilityNetwork:
    """Train by masked-edge recovery and return the best network by the other parts.

    Raises:
        InputError: there is nothing to train on.
    """
    if not data.train:
        raise InputError("There are no graphs to train on.")
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    network = PlausibilityNetwork(shape)
    optimiser = torch.optim.AdamW(network.parameters(), lr=options.rate, weight_decay=options.decay)
    num_steps = options.epochs * -(-len(data.train) // options.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _share_of_rate(step / num_steps))
    start, best = time.perf_counter(), (-1.0, network.state_dict())
    for number in range(1, options.epochs + 1):
        losses, network = [], network.train()
        for batch in _batches(data.train, options, rng):
            loss = plausibility_loss(network(*batch.inputs).view(-1, WIDTH), batch.is_false)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
            nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
        dev, written = (_mrr(network.eval(), part) for part in (data.dev, data.written))
        seconds = time.perf_counter() - start
        on_epoch(
            PlausibilityEpoch(
                number=number, loss=float(np.mean(losses)), dev=dev, written=written, seconds=seconds
            )
        )
        if dev + written > best[0]:
            best = dev + written, {name: each.clone() for name, each in network.state_dict().items()}
    network.load_state_dict(best[1])
    return network.eval()


def _share_of_rate(done: float) -> float:
    """The learning rate rises in a line, then falls along a cosine."""
    if done < _WARM_UP:
        return max(done, 1e-3) / _WARM_UP
    return (1 + math.cos(math.pi * (done - _WARM_UP) / (1 - _WARM_UP))) / 2


def _batches(
    graphs: Sequence[Hiding], options: PlausibilityOptions, rng: np.random.Generator
) -> Iterator[_Batch]:
    order = rng.permutation(len(graphs))
    for start in range(0, len(graphs), options.batch):
        some = [graphs[index] for index in order[start : start + options.batch]]
        yield _batch([(each, draw_hidden(each, rng, most=options.most)) for each in some])


@torch.no_grad()
def _log_odds(network: PlausibilityNetwork, graphs: Sequence[Hiding]) -> Iterator[tuple[Tensor, Tensor]]:
    """Log-odds and what is false, both [num_hidden, WIDTH], of some facts of each graph; always the same."""
    rng = np.random.default_rng(0)
    for each in graphs:
        batch = _batch([(each, draw_hidden(each, rng, most=_MOST_AT_TEST))])
        yield network(*batch.inputs).view(-1, WIDTH), batch.is_false


def _mrr(network: PlausibilityNetwork, graphs: Sequence[Hiding]) -> float:
    """Mean reciprocal rank of the true object among those that were drawn."""
    found = []
    for log_odds, is_false in _log_odds(network, graphs):
        better = (log_odds[:, :NUM_OBJECTS] > log_odds[:, :1]) & is_false[:, :NUM_OBJECTS]
        found.append(1 / (1 + better.sum(1).float()))
    return float(torch.cat(found).mean()) if found else 0.0


def plausibility_temperature(network: PlausibilityNetwork, graphs: Sequence[Hiding]) -> float:
    """What to divide log-odds by so that they are calibrated where true and false are equally many.

    Guo et al., arXiv:1706.04599.
    """
    true, false = list[Tensor](), list[Tensor]()
    for log_odds, is_false in _log_odds(network, graphs):
        true.append(log_odds[:, 0])
        false.append(log_odds[is_false])
    of_true, of_false = torch.cat(true), torch.cat(false)
    losses = [
        float(nn.functional.softplus(-of_true / each).mean() + nn.functional.softplus(of_false / each).mean())
        for each in _TEMPERATURES
    ]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def save_plausibility(network: PlausibilityNetwork, path: Path, *, embedder: str, temperature: float) -> None:
    """Write weights that `roleagent.gnn.plausibility` reads, in half precision."""
    save_file(
        {name: values.half().contiguous().cpu() for name, values in network.state_dict().items()},
        path,
        metadata={
            "version": VERSION,
            "embedder": embedder,
            "temperature": repr(temperature),
            "shape": json.dumps(asdict(network.shape)),
        },
    )
