"""Graphs side by side as the network is trained on them, and the loss. Importing this imports torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch_geometric.utils import scatter

from roleagent.gnn.training.examples import Example

_LISTWISE = 1.0  # weight of the listwise loss beside the pointwise one
_POINTWISE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some graphs, once for each question, side by side.

    Attributes:
        question: number of the question that each fact stands under, [num_facts].
        wanted: 1 for facts that it needs, [num_facts].
    """

    inputs: tuple[Tensor, Tensor, Tensor, Tensor, Tensor, int]
    question: Tensor
    wanted: Tensor
    num_questions: int


def batch_of(examples: Sequence[Example], device: str = "cpu") -> Batch:
    """Put examples side by side; see `SalienceNetwork.forward` for the inputs."""
    columns: list[tuple[np.ndarray, ...]] = []
    num_ends = number = 0
    for example in examples:
        facts = example.facts
        for place in range(len(example.questions)):
            asked = np.broadcast_to(example.asked[place], facts.vectors.shape)
            ends = facts.subject + num_ends, facts.object + num_ends
            belongs = np.full(len(facts.facts), number)
            columns.append(
                (facts.vectors, asked, example.clues[place], *ends, belongs, example.wanted[place])
            )
            num_ends, number = num_ends + len(facts.ends), number + 1
    joined = [torch.as_tensor(np.concatenate(column)).to(device) for column in zip(*columns, strict=True)]
    fact, question, clues, subject, object_, asks, wants = joined
    return Batch(
        inputs=(fact.float(), question.float(), clues.float(), subject, object_, num_ends),
        question=asks,
        wanted=wants.float(),
        num_questions=number,
    )


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
