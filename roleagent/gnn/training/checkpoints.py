"""A training on disk, so that one that was killed goes on as if nothing had happened.

One safetensors file: tensors, and in its header the identity of the training and its plain values as JSON. It
is replaced in one step, so a kill while it is written leaves the one before. Importing this imports torch.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from roleagent.errors import InputError, StoreError

FORMAT = "1"
"""Changes when checkpoints are laid out otherwise: older ones are then refused."""

_MAX_BYTES = 4_000_000_000

Values = Mapping[str, Any]  # Any: whatever JSON holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a training needs to go on.

    Attributes:
        tensors: weights, states of the optimiser and of torch's generators, by name.
        values: counters, losses and the like: anything that JSON holds.
    """

    tensors: Mapping[str, Tensor]
    values: Values


def write_checkpoint(path: Path, checkpoint: Checkpoint, *, identity: Mapping[str, str]) -> None:
    """Write a checkpoint in the place of the one before.

    Args:
        path: the file.
        checkpoint: what to keep.
        identity: what must be the same when the training goes on, such as its options.

    Raises:
        StoreError: it cannot be written.
    """
    tensors = {name: values.detach().cpu().contiguous() for name, values in checkpoint.tensors.items()}
    head = {"format": FORMAT, "identity": json.dumps(identity), "values": json.dumps(checkpoint.values)}
    part = path.with_name(f"{path.name}.part")
    try:
        save_file(tensors, part, metadata=head)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except (OSError, SafetensorError) as error:
        raise StoreError(f"The checkpoint {str(path)!r} cannot be written: {error}.") from error


def read_checkpoint(path: Path, *, identity: Mapping[str, str]) -> Checkpoint:
    """Read a checkpoint of the same training.

    Raises:
        InputError: it cannot be read, or is of another training; the message says what differs.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"{str(path)!r} is larger than {_MAX_BYTES:,} bytes: it is no checkpoint.")
        with safe_open(path, framework="pt") as file:
            head = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        kept, values = json.loads(head["identity"]), json.loads(head["values"])
    except (OSError, SafetensorError, KeyError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{str(path)!r} cannot be read as a checkpoint: {error}. Delete it.") from error
    for what, now in {"format": FORMAT, **identity}.items():
        before = head.get("format") if what == "format" else kept.get(what)
        if before != now:
            raise InputError(
                f"{str(path)!r} is of another training: its {what} was {before!r} and is now {now!r}. "
                "Train with the options of then, or delete the file to start from the beginning."
            )
    return Checkpoint(tensors=tensors, values=values)


def optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The state of an optimiser by ``optimiser.INDEX.NAME``, with the index of the parameter."""
    return {
        f"optimiser.{index}.{name}": values
        for index, state in optimiser.state_dict()["state"].items()
        for name, values in state.items()
    }


def set_optimiser(optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Give an optimiser the state that `optimiser_tensors` took."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, values in tensors.items():
        kind, _, rest = key.partition(".")
        if kind == "optimiser":
            index, _, name = rest.partition(".")
            state.setdefault(int(index), {})[name] = values
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})


def torch_randomness(device: str) -> dict[str, Tensor]:
    """The state of torch's generators: of the CPU, and of a CUDA device if that is used."""
    states = {"random.cpu": torch.get_rng_state()}
    if device.startswith("cuda"):
        states["random.cuda"] = torch.cuda.get_rng_state(device)
    return states


def set_torch_randomness(tensors: Mapping[str, Tensor], device: str) -> None:
    """Set the generators to what `torch_randomness` took."""
    torch.set_rng_state(tensors["random.cpu"])
    if device.startswith("cuda"):
        torch.cuda.set_rng_state(tensors["random.cuda"], device)


def python_randomness(order: random.Random) -> list[Any]:
    """The state of a generator as JSON holds it."""
    version, numbers, following = order.getstate()
    return [version, list(numbers), following]


def set_python_randomness(order: random.Random, state: list[Any]) -> None:
    """Set a generator to what `python_randomness` took."""
    version, numbers, following = state
    order.setstate((version, tuple(numbers), following))
