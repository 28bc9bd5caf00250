"""A small network as it is before training."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from roleagent.gnn.fact_graph import NUM_CLUES
from roleagent.gnn.salience import VERSION

DIM = 256  # of the hash embedder
WARMTH = 4


def weights_of(path: Path) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    return load_file(path)


def write(path: Path, weights: dict[str, np.ndarray], **told: str) -> Path:
    from safetensors.numpy import save_file

    shape = {"dim": DIM, "low": 8, "hidden": 16, "heads": 2, "layers": 2, "warmth": WARMTH}
    metadata = {"version": VERSION, "embedder": "hash", "temperature": "1.0", "shape": json.dumps(shape)}
    save_file(weights, path, metadata=metadata | told)
    return path


def write_untrained(path: Path) -> Path:
    """Weights of a small network as they are before training."""
    random = np.random.default_rng(0)
    shapes = {
        "project.weight": (8, DIM), "enter.weight": (16, 32 + NUM_CLUES + WARMTH), "deep.weight": (16, 16),
        "leave.weight": (16, 16), "salience.weight": (1, 16),
        "enter.bias": (16,), "deep.bias": (16,), "leave.bias": (16,), "salience.bias": (1,),
        "enter_norm.weight": (16,), "enter_norm.bias": (16,),
        "memory.write.weight": (WARMTH, 16), "memory.write.bias": (WARMTH,), "memory.decay": (WARMTH,),
    }  # fmt: skip
    for layer in range(2):
        shapes[f"layers.{layer}.mix.weight"] = (16, 80)
        for name in ("mix.bias", "norm.weight", "norm.bias"):
            shapes[f"layers.{layer}.{name}"] = (16,)
        for end in ("as_subject", "as_object"):
            shapes[f"layers.{layer}.{end}.value.weight"] = (16, 16)
            shapes[f"layers.{layer}.{end}.value.bias"] = (16,)
            shapes[f"layers.{layer}.{end}.score"] = (2, 8)
    return write(
        path,
        {name: random.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()},
    )
