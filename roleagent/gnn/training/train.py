"""Train a salience network and write its weights. Importing this imports torch."""

from __future__ import annotations

import hashlib
import json
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from roleagent.errors import InputError
from roleagent.gnn.network import SalienceNetwork, Shape
from roleagent.gnn.salience import VERSION
from roleagent.gnn.training.batches import batch_of, log_odds_of, loss_of
from roleagent.gnn.training.checkpoints import (
    Checkpoint,
    optimiser_tensors,
    python_randomness,
    read_checkpoint,
    set_optimiser,
    set_python_randomness,
    set_torch_randomness,
    torch_randomness,
    write_checkpoint,
)
from roleagent.gnn.training.data import Data
from roleagent.gnn.training.examples import Found
from roleagent.gnn.training.scoring import found_in

_WARM_UP = 0.1  # share of the steps in which the learning rate rises
_LARGEST_GRADIENT = 1.0


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
        losses: of its steps.
        dev: made-up worlds in other wordings.
        written: characters in free wording.
        seconds: of training so far, without the time between a kill and what went on after it.
    """

    number: int
    losses: tuple[float, ...]
    dev: Found
    written: Found
    seconds: float

    @property
    def loss(self) -> float:
        """Mean over its steps."""
        return float(np.mean(self.losses))

    @property
    def merit(self) -> float:
        """What training is stopped by: mean recall at 5 of both parts."""
        return (self.dev.recall_at_5 + self.written.recall_at_5) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a training is.

    Attributes:
        number: of the step, from 1.
        total: steps of all epochs.
        epoch: number of the epoch, from 1.
    """

    number: int
    total: int
    epoch: int
    loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Where the state of a training is kept, so that it can go on after a kill.

    Attributes:
        path: a safetensors file; see `roleagent.gnn.training.checkpoints`.
        every: steps between two checkpoints; there is one after each epoch too.
        resume: go on from the file if it is there.
        made_of: what else must be the same to go on, such as the name of the embedder.
    """

    path: Path
    every: int = 100
    resume: bool = False
    made_of: Mapping[str, str] = field(default_factory=dict)

    def check(self, shape: Shape, options: Options) -> None:
        """Refuse a checkpoint of another training before any data is made.

        Raises:
            InputError: there is one and `resume` is not set, or it is of another training.
        """
        if not self.path.exists():
            return
        if not self.resume:
            raise InputError(
                f"{str(self.path)!r} holds a training that did not end. Resume it (--resume), or delete it."
            )
        read_checkpoint(self.path, identity=self.identity(shape, options))

    def identity(self, shape: Shape, options: Options) -> dict[str, str]:
        """What must be the same for a training to go on, besides its data."""
        return {
            "version of the network": VERSION,
            "version of torch": torch.__version__,
            "number of threads": str(torch.get_num_threads()),
            **self.made_of,
            **{f"option {name!r}": str(value) for name, value in asdict(options).items()},
            **{f"size {name!r}": str(value) for name, value in asdict(shape).items()},
        }


def train(
    data: Data,
    shape: Shape,
    options: Options,
    on_epoch: Callable[[Epoch], None] = lambda _: None,
    *,
    on_step: Callable[[Step], None] = lambda _: None,
    keeping: Keeping | None = None,
) -> tuple[SalienceNetwork, list[Epoch]]:
    """Train until the recall on the other parts no longer rises, and return the best network.

    On a CPU, a training that goes on from a checkpoint ends with the same weights and losses, bit for bit, as
    one that was not interrupted.

    Raises:
        InputError: there is nothing to train on, or the checkpoint is of another training.
        StoreError: a checkpoint cannot be written.
    """
    if not data.train:
        raise InputError("There are no examples to train on.")
    training = _Training(data, shape, options)
    identity = keeping.identity(shape, options) | {"data": _digest(data)} if keeping else {}
    if keeping and keeping.resume and keeping.path.exists():
        training.restore(read_checkpoint(keeping.path, identity=identity))
    while not training.is_over:
        while training.has_steps_left:
            step = training.step()
            on_step(step)
            if keeping and step.number % keeping.every == 0:
                write_checkpoint(keeping.path, training.checkpoint(), identity=identity)
        on_epoch(training.finish_epoch())
        if keeping:
            write_checkpoint(keeping.path, training.checkpoint(), identity=identity)
    training.network.load_state_dict(training.best)
    return training.network.eval(), training.epochs


class _Training:
    """A network between two steps of its training."""

    def __init__(self, data: Data, shape: Shape, options: Options) -> None:
        torch.manual_seed(options.seed)
        self._order = random.Random(options.seed)  # noqa: S311  # no secret is made of it
        self._data, self._options = data, options
        self.network = SalienceNetwork(shape).to(options.device)
        self._optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=options.rate, weight_decay=options.decay
        )
        self.epochs = list[Epoch]()
        self.best = dict[str, Tensor]()
        self._shuffled = list[int]()  # places of the examples in this epoch; empty before its first step
        self._losses = list[float]()  # of its steps
        self._start = time.perf_counter()

    @property
    def is_over(self) -> bool:
        """Whether all epochs are done, or the last ones brought nothing."""
        if not self.epochs:
            return False
        best = max(self.epochs, key=lambda each: each.merit).number
        done = len(self.epochs)
        return done == self._options.epochs or done - best >= self._options.patience

    @property
    def has_steps_left(self) -> bool:
        """Whether this epoch is not at its end."""
        return len(self._losses) < self._steps_an_epoch

    @property
    def _steps_an_epoch(self) -> int:
        return -(-len(self._data.train) // self._options.batch)

    def step(self) -> Step:
        """Fit the weights to the next examples."""
        options, examples = self._options, self._data.train
        if not self._shuffled:
            self._shuffled = self._order.sample(range(len(examples)), len(examples))
        first = len(self._losses) * options.batch
        places = self._shuffled[first : first + options.batch]
        done, total = len(self.epochs) * self._steps_an_epoch + len(self._losses), self._num_steps
        for group in self._optimiser.param_groups:
            group["lr"] = options.rate * _share_of_rate(done / total)
        batch = batch_of([examples[place] for place in places], options.device)
        loss = loss_of(log_odds_of(self.network, batch), batch)
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        nn.utils.clip_grad_norm_(self.network.parameters(), _LARGEST_GRADIENT)
        self._optimiser.step()
        self._losses.append(float(loss.detach()))
        return Step(number=done + 1, total=total, epoch=len(self.epochs) + 1, loss=self._losses[-1])

    @property
    def _num_steps(self) -> int:
        return self._options.epochs * self._steps_an_epoch

    def finish_epoch(self) -> Epoch:
        """Measure what the epoch brought, and keep the weights if they are the best so far."""
        epoch = Epoch(
            number=len(self.epochs) + 1,
            losses=tuple(self._losses),
            dev=found_in(self.network, self._data.dev, device=self._options.device),
            written=found_in(self.network, self._data.written, device=self._options.device),
            seconds=time.perf_counter() - self._start,
        )
        if epoch.merit > max((each.merit for each in self.epochs), default=-1.0):
            self.best = {name: values.clone() for name, values in self.network.state_dict().items()}
        self.epochs.append(epoch)
        self._shuffled, self._losses = [], []
        return epoch

    def checkpoint(self) -> Checkpoint:
        """All that `restore` needs."""
        weights = {f"weights.{name}": values for name, values in self.network.state_dict().items()}
        best = {f"best.{name}": values for name, values in self.best.items()}
        randomness = torch_randomness(self._options.device)
        return Checkpoint(
            tensors={**weights, **best, **optimiser_tensors(self._optimiser), **randomness},
            values={
                "epochs": [asdict(epoch) for epoch in self.epochs],
                "losses": self._losses,
                "shuffled": self._shuffled,
                "order": python_randomness(self._order),
                "seconds": time.perf_counter() - self._start,
            },
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to where `checkpoint` was taken."""
        values, device = checkpoint.values, self._options.device
        parts: dict[str, dict[str, Tensor]] = {"weights": {}, "best": {}}
        for key, tensor in checkpoint.tensors.items():
            kind, _, name = key.partition(".")
            parts.setdefault(kind, {})[name] = tensor.to(device)
        self.network.load_state_dict(parts["weights"])
        self.best = parts["best"]
        set_optimiser(self._optimiser, checkpoint.tensors)
        set_torch_randomness(checkpoint.tensors, device)
        set_python_randomness(self._order, values["order"])
        self.epochs = [_epoch_of(each) for each in values["epochs"]]
        self._losses, self._shuffled = values["losses"], values["shuffled"]
        self._start = time.perf_counter() - values["seconds"]


def _epoch_of(values: dict[str, Any]) -> Epoch:
    parts = {name: Found(**values[name]) for name in ("dev", "written")}
    return Epoch(**{**values, **parts, "losses": tuple(values["losses"])})


def _digest(data: Data) -> str:
    """The same for the same examples in the same order."""
    digest = hashlib.sha256()
    for example in (*data.train, *data.dev, *data.written):
        facts = example.facts
        said = (example.asked, example.clues, example.wanted, example.after)
        for array in (facts.vectors, facts.subject, facts.object, *said):
            digest.update(str(array.shape).encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def _share_of_rate(done: float) -> float:
    """The learning rate rises in a line, then falls along a cosine.

    Args:
        done: share of the training, 0–1.
    """
    if done < _WARM_UP:
        return max(done, 1e-3) / _WARM_UP
    return (1 + math.cos(math.pi * (done - _WARM_UP) / (1 - _WARM_UP))) / 2


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
