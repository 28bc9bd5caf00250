"""Examples side by side as the network reads them in training, and the loss. Importing this imports torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch_geometric.utils import scatter

from roleagent.gnn.fact_graph import Indices
from roleagent.gnn.network import SalienceNetwork
from roleagent.gnn.training.examples import Example

_LISTWISE = 1.0  # weight of the listwise loss beside the pointwise one
_POINTWISE = 0.5

Place = tuple[int, int]  # number of the example, and of the question in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """Graphs, once for each question that has as many utterances before it.

    Attributes:
        inputs: of `SalienceNetwork.forward`, without what was kept.
        after: row of each fact among those of the wave before; None in the first.
    """

    inputs: tuple[Tensor, Tensor, Tensor, Tensor, Tensor, int]
    after: Tensor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some examples. A fact stands in it once for each question.

    Attributes:
        waves: the first utterances, then the second, and so on.
        places: which question of which example each number means.
        question: number of the question that each fact stands under, [num_facts].
        wanted: 1 for facts that it needs, [num_facts].
    """

    waves: tuple[Wave, ...]
    places: tuple[Place, ...]
    question: Tensor
    wanted: Tensor

    @property
    def num_questions(self) -> int:
        """How many questions there are, those of all examples."""
        return len(self.places)


def batch_of(examples: Sequence[Example], device: str = "cpu") -> Batch:
    """Put examples side by side."""
    waves, places, rows_before = list[Wave](), list[Place](), dict[Place, Indices]()
    deepest = max(int(example.depth.max()) for example in examples)
    for depth in range(deepest + 1):
        of_wave = [
            (number, int(place))
            for number, example in enumerate(examples)
            for place in np.flatnonzero(example.depth == depth)
        ]
        wave, rows_before = _wave(examples, of_wave, rows_before, device)
        waves.append(wave)
        places += of_wave
    sizes = [len(examples[number].facts.facts) for number, _ in places]
    wanted = np.concatenate([examples[number].wanted[place] for number, place in places])
    return Batch(
        waves=tuple(waves),
        places=tuple(places),
        question=torch.as_tensor(np.repeat(np.arange(len(places)), sizes)).to(device),
        wanted=torch.as_tensor(wanted).float().to(device),
    )


def _wave(
    examples: Sequence[Example], places: Sequence[Place], rows_before: dict[Place, Indices], device: str
) -> tuple[Wave, dict[Place, Indices]]:
    """A wave, and the rows in which its questions' facts stand."""
    columns: list[tuple[np.ndarray, ...]] = []
    after, rows = list[Indices](), dict[Place, Indices]()
    num_ends = num_facts = 0
    for number, place in places:
        example = examples[number]
        facts = example.facts
        asked = np.broadcast_to(example.asked[place], facts.vectors.shape)
        ends = facts.subject + num_ends, facts.object + num_ends
        columns.append((facts.vectors, asked, example.clues[place], *ends))
        if rows_before:
            after.append(rows_before[number, int(example.after[place])])
        rows[number, place] = np.arange(num_facts, num_facts + len(facts.facts))
        num_ends, num_facts = num_ends + len(facts.ends), num_facts + len(facts.facts)
    joined = [torch.as_tensor(np.concatenate(column)).to(device) for column in zip(*columns, strict=True)]
    fact, question, clues, subject, object_ = joined
    inputs = (fact.float(), question.float(), clues.float(), subject, object_, num_ends)
    told = torch.as_tensor(np.concatenate(after)).to(device) if after else None
    return Wave(inputs=inputs, after=told), rows


def log_odds_of(network: SalienceNetwork, batch: Batch) -> Tensor:
    """Log-odds that each question needs each fact, [num_facts]: talks are read from their start."""
    found, kept = list[Tensor](), None
    for wave in batch.waves:
        held = None if kept is None or wave.after is None else kept[wave.after]
        log_odds, kept = network(*wave.inputs, held)
        found.append(log_odds)
    return torch.cat(found)


def loss_of(log_odds: Tensor, batch: Batch) -> Tensor:
    """Pointwise, for calibration, and listwise, for the order.

    The pointwise part is the binary cross-entropy over all facts of a question; the listwise part, the
    cross-entropy of its needed facts under a softmax over all of them (ListNet; Cao et al., 2007).
    """
    pointwise = nn.functional.binary_cross_entropy_with_logits(log_odds, batch.wanted, reduction="none")
    pointwise = scatter(pointwise, batch.question, dim_size=batch.num_questions).mean()
    highest = scatter(log_odds.detach(), batch.question, dim_size=batch.num_questions, reduce="max")
    odds = torch.exp(log_odds - highest[batch.question])
    total = torch.log(scatter(odds, batch.question, dim_size=batch.num_questions)) + highest
    num_wanted = scatter(batch.wanted, batch.question, dim_size=batch.num_questions)
    of_wanted = batch.wanted * (log_odds - total[batch.question])
    of_question = scatter(of_wanted, batch.question, dim_size=batch.num_questions)
    asks = num_wanted > 0
    listwise = -(of_question[asks] / num_wanted[asks]).mean() if asks.any() else log_odds.sum() * 0
    loss: Tensor = _POINTWISE * pointwise + _LISTWISE * listwise
    return loss
