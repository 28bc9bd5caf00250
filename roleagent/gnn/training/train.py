"""Train a salience network and write its weights. Importing this imports torch."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch_geometric.utils import scatter

from roleagent.errors import InputError
from roleagent.gnn.network import SalienceNetwork, Shape
from roleagent.gnn.salience import VERSION
from roleagent.gnn.training.batches import Batch, batch_of, log_odds_of, scores_of
from roleagent.gnn.training.data import Data
from roleagent.gnn.training.examples import Example, Found, measure

_WARM_UP = 0.1  # share of the steps in which the learning rate rises
_LARGEST_GRADIENT = 1.0
_LISTWISE = 1.0  # weight of the listwise loss beside the pointwise one
_POINTWISE = 0.5
_TEMPERATURES = tuple(np.geomspace(0.5, 3.0, 40))


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a network is trained.

    Attributes:
        epochs: how often each example is shown.
        batch: worlds a step; all questions about a world are answered at once.
        rate: highest learning rate.
        decay: weight decay.
        patience: epochs without a better recall after which training stops.
        seed: of weights, order and dropout.
        device: ``cpu``, ``cuda``, …
    """

    epochs: int = 3
    batch: int = 4
    rate: float = 2e-3
    decay: float = 1e-4
    patience: int = 2
    seed: int = 0
    device: str = "cpu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """What came of an epoch.

    Attributes:
        loss: mean over its steps.
        dev: made-up worlds in other wordings.
        written: characters in free wording.
        seconds: since the training began.
    """

    number: int
    loss: float
    dev: Found
    written: Found
    seconds: float

    @property
    def merit(self) -> float:
        """What training is stopped by: mean recall at 5 of both parts."""
        return (self.dev.recall_at_5 + self.written.recall_at_5) / 2


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


def train(
    data: Data, shape: Shape, options: Options, on_epoch: Callable[[Epoch], None] = lambda _: None
) -> tuple[SalienceNetwork, list[Epoch]]:
    """Train until the recall on the other parts no longer rises, and return the best network.

    Raises:
        InputError: there is nothing to train on.
    """
    if not data.train:
        raise InputError("There are no examples to train on.")
    torch.manual_seed(options.seed)
    order = random.Random(options.seed)  # noqa: S311  # no secret is made of it
    network = SalienceNetwork(shape).to(options.device)
    optimiser = torch.optim.AdamW(network.parameters(), lr=options.rate, weight_decay=options.decay)
    num_steps = options.epochs * -(-len(data.train) // options.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _share_of_rate(step / num_steps))
    start, epochs, best = time.perf_counter(), list[Epoch](), (-1.0, network.state_dict())
    for number in range(1, options.epochs + 1):
        losses = []
        for batch in _batches(data.train, options, order):
            loss = loss_of(log_odds_of(network, batch), batch)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
            nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
        epoch = Epoch(
            number=number,
            loss=float(np.mean(losses)),
            dev=found_in(network, data.dev, device=options.device),
            written=found_in(network, data.written, device=options.device),
            seconds=time.perf_counter() - start,
        )
        epochs.append(epoch)
        on_epoch(epoch)
        if epoch.merit > best[0]:
            best = epoch.merit, {name: values.clone() for name, values in network.state_dict().items()}
        elif number - max(epochs, key=lambda each: each.merit).number >= options.patience:
            break
    network.load_state_dict(best[1])
    return network.eval(), epochs


def _share_of_rate(done: float) -> float:
    """The learning rate rises in a line, then falls along a cosine.

    Args:
        done: share of the training, 0–1.
    """
    if done < _WARM_UP:
        return max(done, 1e-3) / _WARM_UP
    return (1 + math.cos(math.pi * (done - _WARM_UP) / (1 - _WARM_UP))) / 2


def _batches(examples: Sequence[Example], options: Options, order: random.Random) -> Iterator[Batch]:
    shuffled = order.sample(examples, len(examples))
    for start in range(0, len(shuffled), options.batch):
        yield batch_of(shuffled[start : start + options.batch], options.device)


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


def save(network: SalienceNetwork, path: Path, *, embedder: str, temperature: float) -> None:
    """Write weights that `roleagent.gnn.salience` reads, in half precision."""
    weights = {name: values.half().contiguous().cpu() for name, values in network.state_dict().items()}
    save_file(
        weights,
        path,
        metadata={
            "version": VERSION,
            "embedder": embedder,
            "temperature": repr(temperature),
            "shape": json.dumps(asdict(network.shape)),
        },
    )
