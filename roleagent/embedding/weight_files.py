"""Reading weights from safetensors files, and refusing those that do not fit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roleagent.errors import ModelError

Weights = Mapping[str, NDArray[np.float32]]

_MAX_BYTES = 50_000_000


def read_weights(path: Path, *, version: str, made_by: str) -> tuple[Weights, dict[str, Any]]:
    """Weights by name, and what the file says of them: ``embedder``, ``shape`` and ``temperature``.

    A network that needs no temperature leaves it out; it is then 1. Arguments and errors are those of
    `open_weights`.
    """
    weights, told = open_weights(path, version=version, made_by=made_by)
    try:
        return weights, {
            "embedder": told["embedder"],
            "temperature": float(told.get("temperature", "1")),
            "shape": json.loads(told["shape"]),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} does not say what it is: {error!r}.") from error


def open_weights(path: Path, *, version: str, made_by: str) -> tuple[Weights, Mapping[str, str]]:
    """Weights by name, and the file's metadata.

    Args:
        path: of a safetensors file.
        version: that its metadata must name.
        made_by: the command that trains such weights.

    Raises:
        ModelError: it is missing, damaged, too large, of another version, or holds numbers that are none.
    """
    from safetensors import SafetensorError, safe_open

    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ModelError(f"{path} is larger than {_MAX_BYTES:,} bytes: it holds no such weights.")
        with safe_open(path, framework="numpy") as file:
            told = file.metadata() or {}
            weights = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path} cannot be read as weights: {error}.") from error
    if told.get("version") != version:
        raise ModelError(
            f"{path} is of version {told.get('version')!r}, and this is {version!r}. "
            f"Train it again: {made_by}."
        )
    for name, values in weights.items():
        if not np.isfinite(values).all():
            raise ModelError(f"{path}: {name} holds numbers that are not finite. Train it again: {made_by}.")
    return weights, told


def check_shapes(path: Path, weights: Weights, wanted: Mapping[str, tuple[int, ...]]) -> None:
    """Compare the sizes of weights with those of a network.

    Raises:
        ModelError: one is missing, or has another shape.
    """
    for name, shape in wanted.items():
        if name not in weights:
            raise ModelError(f"{path}: {name} is missing.")
        if weights[name].shape != shape:
            raise ModelError(f"{path}: {name} has the shape {weights[name].shape} instead of {shape}.")


def hash_of(weights: Weights) -> str:
    """Twelve hexadecimal digits that tell weights from others, the same on every machine."""
    found = sha256()
    for name in sorted(weights):
        found.update(name.encode() + weights[name].astype("<f4").tobytes())
    return found.hexdigest()[:12]
