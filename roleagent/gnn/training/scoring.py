"""What a network under training finds, and how its log-odds are calibrated. Importing this imports torch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from roleagent.embedding.text_vectors import Matrix
from roleagent.gnn.network import SalienceNetwork
from roleagent.gnn.training.batches import batch_of, log_odds_of
from roleagent.gnn.training.examples import Example, Found, measure
from roleagent.gnn.training.talks import TOLD

_TEMPERATURES = tuple(np.geomspace(0.5, 3.0, 40))


@torch.no_grad()
def scores_of(
    network: SalienceNetwork, examples: Sequence[Example], *, device: str = "cpu"
) -> Iterator[tuple[Example, int, Matrix]]:
    """The log-odds of the facts of what users say: example, place of the question, [num_facts]."""
    was_training = network.training
    network.eval()
    for example in examples:
        batch = batch_of([example], device)
        rows = log_odds_of(network, batch).cpu().numpy().reshape(batch.num_questions, -1)
        for (_, place), row in zip(batch.places, rows, strict=True):
            if example.questions[place].kind != TOLD:
                yield example, place, row
    network.train(was_training)


def found_in(
    network: SalienceNetwork, examples: Sequence[Example], *, floor: float = 0.0, device: str = "cpu"
) -> Found:
    """How well a network finds what the questions of some examples need; `floor` in log-odds."""
    scored = ((each.wanted[place], row) for each, place, row in scores_of(network, examples, device=device))
    return measure(scored, floor=floor)


def temperature_of(network: SalienceNetwork, examples: Sequence[Example], *, device: str = "cpu") -> float:
    """What to divide log-odds by so that they are calibrated (Guo et al., arXiv:1706.04599)."""
    rows = [
        (torch.as_tensor(row), torch.as_tensor(each.wanted[place]).float())
        for each, place, row in scores_of(network, examples, device=device)
    ]
    log_odds, wanted = (torch.cat(column) for column in zip(*rows, strict=True))
    losses = [
        float(nn.functional.binary_cross_entropy_with_logits(log_odds / each, wanted))
        for each in _TEMPERATURES
    ]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def found_by_steps(
    network: SalienceNetwork, examples: Sequence[Example], *, floor: float = 0.0, device: str = "cpu"
) -> dict[int, Found]:
    """`found_in` for the questions of each number of steps, 1 and more, by that number."""
    rows: dict[int, list[tuple[NDArray[np.bool_], Matrix]]] = {}
    for each, place, row in scores_of(network, examples, device=device):
        rows.setdefault(each.questions[place].hops, []).append((each.wanted[place], row))
    return {hops: measure(rows[hops], floor=floor) for hops in sorted(rows) if hops}


def log_odds_at(probability: float, temperature: float) -> float:
    """The raw log-odds at which a network's calibrated probability has a value.

    >>> log_odds_at(0.5, 2.0)
    0.0
    """
    return temperature * math.log(probability / (1 - probability))
