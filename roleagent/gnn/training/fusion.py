"""Train a fusion on labelled turns, with modalities left out at random. Importing this imports torch."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor, nn

from roleagent.embedding.text_vectors import Matrix, Vector
from roleagent.errors import InputError
from roleagent.gnn.fusion import VERSION, Fusion
from roleagent.gnn.fusion_network import Encoder, FusionNetwork
from roleagent.gnn.fusion_shape import FusionShape

_LARGEST_GRADIENT = 1.0
_SMALLEST_SCALE = 1e-3  # of a feature that hardly varies


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Turns with a class each.

    Attributes:
        features: by modality, [num_turns, dim].
        labels: numbers of the classes, from 0, [num_turns].
        present: the turns that have a modality, [num_turns]; one that is left out is there in all turns.
    """

    features: Mapping[str, Matrix]
    labels: NDArray[np.int64]
    present: Mapping[str, NDArray[np.bool_]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a fusion is trained.

    Attributes:
        epochs: how often turns are drawn.
        batch: turns a step.
        rate: highest learning rate; it falls along a cosine.
        decay: weight decay.
        drop_modality: how probable it is that a modality is left out of a turn, 0–1; one always stays.
        seed: of weights, order and dropout.
    """

    epochs: int = 40
    batch: int = 64
    rate: float = 2e-3
    decay: float = 1e-3
    drop_modality: float = 0.25
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A linear classifier on turn vectors: [num_classes, out_dim] and [num_classes]."""

    weight: Matrix
    bias: Vector

    def log_odds(self, vectors: Matrix) -> Matrix:
        """[num_turns, num_classes]."""
        scores: Matrix = vectors @ self.weight.T + self.bias
        return scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What came of a training.

    Attributes:
        losses: mean cross-entropy on the validation turns after each epoch.
        best: the epoch whose weights were kept, from 0.
    """

    fusion: Fusion
    head: Head
    losses: tuple[float, ...]
    best: int


def fit(
    draw: Callable[[np.random.Generator], Labelled],
    validation: Labelled,
    shape: FusionShape,
    options: Options,
    *,
    features: Mapping[str, str] | None = None,
) -> Trained:
    """Train a fusion with a linear head by cross-entropy; the weights of the best epoch are kept.

    Args:
        draw: the turns of an epoch; it may pair modalities or add noise in another way each time.
        validation: turns that choose the epoch.
        shape: of the fusion.
        options: how long and how fast.
        features: what made the features of each modality, to be saved; their own names if None.

    Raises:
        InputError: there are no turns, or features or labels do not fit the shape.
    """
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    first = draw(random)
    _check(first, shape)
    _check(validation, shape)
    num_classes = int(max(first.labels.max(), validation.labels.max())) + 1
    network, head = FusionNetwork(shape), nn.Linear(shape.out_dim, num_classes)
    standardise(network, first)
    parameters = [*network.parameters(), *head.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=options.rate, weight_decay=options.decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, options.epochs)
    losses: list[float] = []
    best: dict[str, Tensor] = {}
    both = nn.ModuleDict({"fusion": network, "head": head})
    for _ in range(options.epochs):
        _epoch(network, head, draw(random), options, random, optimiser)
        schedule.step()
        losses.append(loss_on(network, head, validation))
        if losses[-1] <= min(losses):
            best = {name: values.clone() for name, values in both.state_dict().items()}
    both.load_state_dict(best)
    weight, bias = (each.detach().numpy().copy() for each in (head.weight, head.bias))
    return Trained(
        fusion=as_fusion(network, features or {name: name for name in shape.modalities}),
        head=Head(weight=weight, bias=bias),
        losses=tuple(losses),
        best=int(np.argmin(losses)),
    )


def _check(turns: Labelled, shape: FusionShape) -> None:
    num_turns = len(turns.labels)
    if not num_turns:
        raise InputError("There are no turns to train on.")
    for name, dim in shape.dims.items():
        if name not in turns.features:
            raise InputError(
                f"The turns have no {name} features: add them, or leave {name} out of the shape."
            )
        rows = turns.features[name]
        if rows.shape != (num_turns, dim):
            raise InputError(f"{name} features have the shape {rows.shape} instead of {(num_turns, dim)}.")
        if not np.isfinite(rows[_present(turns, shape)[:, shape.modalities.index(name)]]).all():
            raise InputError(f"{name} features hold numbers that are not finite.")
    if not _present(turns, shape).any(axis=1).all():
        raise InputError("A turn has no modality: leave it out.")


def _present(turns: Labelled, shape: FusionShape) -> NDArray[np.bool_]:
    """[num_turns, num_modalities]."""
    told = turns.present or {}
    columns = [told.get(name, np.ones(len(turns.labels), bool)) for name in shape.modalities]
    return np.stack(columns, axis=1)


def standardise(network: FusionNetwork, turns: Labelled) -> None:
    """Let each encoder subtract the mean of some turns and divide by their standard deviation."""
    there = _present(turns, network.shape)
    for place, (name, encoder) in enumerate(network.encoders.items()):
        rows = turns.features[name][there[:, place]]
        assert isinstance(encoder, Encoder)
        if len(rows):
            encoder.mean.copy_(torch.as_tensor(rows.mean(axis=0)))
            encoder.scale.copy_(torch.as_tensor(rows.std(axis=0).clip(min=_SMALLEST_SCALE)))


def _epoch(
    network: FusionNetwork,
    head: nn.Linear,
    turns: Labelled,
    options: Options,
    random: np.random.Generator,
    optimiser: torch.optim.Optimizer,
) -> None:
    network.train()
    there = left_out(_present(turns, network.shape), options.drop_modality, random)
    order = random.permutation(len(turns.labels))
    for start in range(0, len(order), options.batch):
        rows = order[start : start + options.batch]
        some = {name: torch.as_tensor(turns.features[name][rows]) for name in network.shape.modalities}
        log_odds = head(network(some, torch.as_tensor(there[rows])))
        loss = nn.functional.cross_entropy(log_odds, torch.as_tensor(turns.labels[rows]))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
        optimiser.step()


def left_out(there: NDArray[np.bool_], share: float, random: np.random.Generator) -> NDArray[np.bool_]:
    """Leave modalities out at random, but never the last of a turn.

    Args:
        there: [num_turns, num_modalities].
        share: how probable it is that one is left out, 0–1.
        random: decides.
    """
    kept = there & (random.random(there.shape) >= share)
    survivor = np.argmax(there * random.random(there.shape), axis=1)
    kept[np.arange(len(kept)), survivor] |= ~kept.any(axis=1)
    return kept


@torch.no_grad()
def loss_on(network: FusionNetwork, head: nn.Linear, turns: Labelled) -> float:
    """Mean cross-entropy."""
    network.eval()
    some = {name: torch.as_tensor(turns.features[name]) for name in network.shape.modalities}
    log_odds = head(network(some, torch.as_tensor(_present(turns, network.shape))))
    return float(nn.functional.cross_entropy(log_odds, torch.as_tensor(turns.labels)))


def as_fusion(network: FusionNetwork, features: Mapping[str, str]) -> Fusion:
    """The same weights in numpy.

    Args:
        network: trained or not.
        features: name of what made the features of each modality.
    """
    weights = {
        name: values.detach().cpu().numpy().astype(np.float32)
        for name, values in network.state_dict().items()
    }
    return Fusion(shape=network.shape, weights=weights, features=dict(features))


def save(fusion: Fusion, path: Path) -> None:
    """Write weights that `Fusion.load` reads."""
    metadata = {
        "version": VERSION,
        "shape": json.dumps(asdict(fusion.shape)),
        "features": json.dumps(dict(fusion.features)),
    }
    save_file(dict(fusion.weights), path, metadata=metadata)
