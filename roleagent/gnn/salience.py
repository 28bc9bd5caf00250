"""The salience network in numpy: what an agent runs. Torch takes seconds to import, and is only for training.

The formulas are those of `roleagent.gnn.network`; a test holds the two equal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from roleagent.errors import ModelError
from roleagent.gnn.fact_graph import NUM_CLUES, FactGraph, Indices
from roleagent.gnn.features import Matrix

VERSION = "1"
"""Changes when the network reads other numbers or computes otherwise: older weights are then refused."""

_NEGATIVE_SLOPE = np.float32(0.2)
_MAX_BYTES = 50_000_000
_EPSILON = np.float32(1e-5)  # of torch's LayerNorm

Weights = Mapping[str, NDArray[np.float32]]


class Salience(NamedTuple):
    """What the network says of facts and questions.

    Attributes:
        log_odds: that each fact is needed, [num_questions, num_facts].
        heard: for each layer and for subjects and objects, how much each fact is heard at that end of it,
            [num_layers, 2, num_questions, num_facts]; means over the heads.
    """

    log_odds: Matrix
    heard: Matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class SalienceNetwork:
    """A trained network.

    Attributes:
        weights: by the names that torch gives them.
        heads: of the attention.
        layers: how many steps facts are heard from.
        embedder: name of the embedder whose vectors it reads.
        temperature: what log-odds are divided by, so that they are calibrated.
    """

    weights: Weights
    heads: int
    layers: int
    embedder: str
    temperature: float = 1.0

    @classmethod
    def load(cls, path: Path) -> SalienceNetwork:
        """Read weights from a safetensors file.

        Raises:
            ModelError: it is missing, damaged, of another version, or holds numbers that are not finite.
        """
        from safetensors import SafetensorError, safe_open

        try:
            if path.stat().st_size > _MAX_BYTES:
                raise ModelError(f"{path} is larger than {_MAX_BYTES:,} bytes: it holds no salience network.")
            with safe_open(path, framework="numpy") as file:
                told = file.metadata() or {}
                weights = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError) as error:
            raise ModelError(f"{path} cannot be read as weights of a salience network: {error}.") from error
        return cls._of(weights, told, path)

    @classmethod
    def _of(cls, weights: Weights, told: Mapping[str, str], path: Path) -> SalienceNetwork:
        if told.get("version") != VERSION:
            raise ModelError(
                f"{path} is of version {told.get('version')!r}, and this is {VERSION!r}. "
                "Train it again: roleagent train gnn."
            )
        for name, values in weights.items():
            if not np.isfinite(values).all():
                raise ModelError(f"{path}: {name} holds numbers that are not finite. Train it again.")
        try:
            shape: dict[str, Any] = json.loads(told["shape"])
            network = cls(
                weights=weights,
                heads=int(shape["heads"]),
                layers=int(shape["layers"]),
                embedder=told["embedder"],
                temperature=float(told["temperature"]),
            )
            network.check(int(shape["dim"]), int(shape["low"]), int(shape["hidden"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path} is no salience network: {error}.") from error
        return network

    def check(self, dim: int, low: int, hidden: int) -> None:
        """Compare the sizes of the weights with those of a network.

        Raises:
            ValueError: they differ.
        """
        wanted = {
            "project.weight": (low, dim),
            "enter.weight": (hidden, 4 * low + NUM_CLUES),
            "deep.weight": (hidden, hidden),
            "leave.weight": (hidden, hidden),
            "salience.weight": (1, hidden),
        }
        for layer in range(self.layers):
            wanted[f"layers.{layer}.mix.weight"] = (hidden, 5 * hidden)
            for end in ("as_subject", "as_object"):
                wanted[f"layers.{layer}.{end}.value.weight"] = (hidden, hidden)
                wanted[f"layers.{layer}.{end}.score"] = (self.heads, hidden // self.heads)
        for name, shape in wanted.items():
            if name not in self.weights:
                raise ValueError(f"{name} is missing")
            if self.weights[name].shape != shape:
                raise ValueError(f"{name} has the shape {self.weights[name].shape} instead of {shape}")

    @property
    def dim(self) -> int:
        """Length of the embeddings."""
        return int(self.weights["project.weight"].shape[1])

    def read(self, facts: FactGraph, asked: Matrix, clues: Matrix) -> Salience:
        """How much each question needs each fact.

        Args:
            facts: the graph.
            asked: embeddings of the questions, [num_questions, dim].
            clues: [num_questions, num_facts, NUM_CLUES].
        """
        project = self.weights["project.weight"].T
        low_fact, low_asked = (facts.vectors @ project)[None], (asked @ project)[:, None]
        shape = (len(asked), len(facts.facts), project.shape[1])
        fit = np.concatenate(
            [
                np.broadcast_to(low_fact, shape),
                np.broadcast_to(low_asked, shape),
                low_fact * low_asked * np.float32(project.shape[1] ** 0.5),
                np.abs(low_fact - low_asked),
                clues,
            ],
            axis=-1,
        )
        state = self._norm("enter_norm", _relu(self._linear("enter", fit)))
        state = state + _relu(self._linear("deep", state))
        heard = np.zeros((self.layers, 2, *shape[:2]), np.float32)
        for layer in range(self.layers):
            state, heard[layer] = self._step(f"layers.{layer}", state, facts)
        log_odds = self._linear("salience", _relu(self._linear("leave", state)))[..., 0]
        return Salience(log_odds / np.float32(self.temperature), heard)

    def _step(self, layer: str, state: Matrix, facts: FactGraph) -> tuple[Matrix, Matrix]:
        said_of, by_subject = self._hear(f"{layer}.as_subject", state, facts.subject, len(facts.ends))
        said_to, by_object = self._hear(f"{layer}.as_object", state, facts.object, len(facts.ends))
        subject, object_ = facts.subject, facts.object
        heard = [state, said_of[:, subject], said_to[:, subject], said_of[:, object_], said_to[:, object_]]
        mixed = _relu(self._linear(f"{layer}.mix", np.concatenate(heard, axis=-1)))
        return self._norm(f"{layer}.norm", state + mixed), np.stack([by_subject, by_object])

    def _hear(self, name: str, state: Matrix, end: Indices, num_ends: int) -> tuple[Matrix, Matrix]:
        """What the facts at each end say together, [num_questions, num_ends, hidden], and their weights."""
        num_questions, num_facts, hidden = state.shape
        value = self._linear(f"{name}.value", state).reshape(num_questions, num_facts, self.heads, -1)
        score = (np.where(value > 0, value, _NEGATIVE_SLOPE * value) * self.weights[f"{name}.score"]).sum(-1)
        order = np.argsort(end, kind="stable")
        ends, first = np.unique(end[order], return_index=True)
        counts = np.diff(first, append=num_facts)
        score = score[:, order]
        score = np.exp(score - np.repeat(np.maximum.reduceat(score, first, axis=1), counts, axis=1))
        weight = score / np.repeat(np.add.reduceat(score, first, axis=1), counts, axis=1)
        heard: Matrix = np.zeros((num_questions, num_ends, hidden), np.float32)
        summed = np.add.reduceat(value[:, order] * weight[..., None], first, axis=1)
        heard[:, ends] = summed.reshape(num_questions, len(ends), hidden)
        weights: Matrix = np.empty((num_questions, num_facts), np.float32)
        weights[:, order] = weight.mean(axis=-1)
        return heard, weights

    def _linear(self, name: str, x: Matrix) -> Matrix:
        out: Matrix = x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return out

    def _norm(self, name: str, x: Matrix) -> Matrix:
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPSILON)
        normed: Matrix = scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
        return normed


def _relu(x: Matrix) -> Matrix:
    return np.maximum(x, np.float32(0))
