"""The salience network in numpy: what an agent runs. Torch takes seconds to import, and is only for training.

The formulas are those of `roleagent.gnn.network`; a test holds the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from roleagent.embedding.text_vectors import Matrix
from roleagent.embedding.weight_files import Weights, read_weights
from roleagent.errors import ModelError
from roleagent.gnn.fact_graph import NUM_CLUES, FactGraph, Indices

VERSION = "3"
"""Changes when the network reads other numbers or computes otherwise: older weights are then refused."""

_NEGATIVE_SLOPE = np.float32(0.2)
EPSILON = np.float32(1e-5)  # of torch's LayerNorm


class Heard(NamedTuple):
    """What the facts at each end say together.

    Attributes:
        total: [num_questions, num_ends, hidden].
        weight: how much each fact is heard at its end, [num_questions, num_facts, heads].
        value: what it says, [num_questions, num_facts, hidden].
    """

    total: Matrix
    weight: Matrix
    value: Matrix


class Step(NamedTuple):
    """One layer at work.

    Attributes:
        said_of: what is heard of facts at their subject.
        said_to: the same at their object.
        mixed: what each fact makes of both, before the activation, [num_questions, num_facts, hidden].
        summed: what is normalised, of the same shape.
    """

    said_of: Heard
    said_to: Heard
    mixed: Matrix
    summed: Matrix


class Salience(NamedTuple):
    """What the network says of facts and questions.

    Attributes:
        log_odds: that each fact is needed, [num_questions, num_facts].
        state: hidden states of the facts after the last layer, [num_questions, num_facts, hidden].
        steps: what happened in each layer; for explanations.
    """

    log_odds: Matrix
    state: Matrix
    steps: tuple[Step, ...]


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
        weights, told = read_weights(path, version=VERSION, made_by="roleagent train gnn")
        try:
            shape: dict[str, Any] = told["shape"]
            network = cls(
                weights=weights,
                heads=int(shape["heads"]),
                layers=int(shape["layers"]),
                embedder=told["embedder"],
                temperature=told["temperature"],
            )
            sizes = (int(shape[name]) for name in ("dim", "low", "hidden", "warmth"))
            network.check(*sizes)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path} is no salience network: {error}.") from error
        return network

    def check(self, dim: int, low: int, hidden: int, warmth: int) -> None:
        """Compare the sizes of the weights with those of a network.

        Raises:
            ValueError: they differ.
        """
        if not (np.isfinite(self.temperature) and self.temperature > 0):
            raise ValueError(f"its temperature is {self.temperature}")
        if self.layers < 0 or self.heads < 1 or hidden % self.heads:
            raise ValueError(f"it has {self.layers} layers and {self.heads} heads for {hidden} numbers")
        wanted = {
            "project.weight": (low, dim),
            "enter.weight": (hidden, 4 * low + NUM_CLUES + warmth),
            "deep.weight": (hidden, hidden),
            "leave.weight": (hidden, hidden),
            "salience.weight": (1, hidden),
            "memory.write.weight": (warmth, hidden),
            "memory.write.bias": (warmth,),
            "memory.decay": (warmth,),
            "enter.bias": (hidden,),
            "enter_norm.weight": (hidden,),
            "enter_norm.bias": (hidden,),
            "deep.bias": (hidden,),
            "leave.bias": (hidden,),
            "salience.bias": (1,),
        }
        for layer in range(self.layers):
            wanted[f"layers.{layer}.mix.weight"] = (hidden, 5 * hidden)
            for name in ("mix.bias", "norm.weight", "norm.bias"):
                wanted[f"layers.{layer}.{name}"] = (hidden,)
            for end in ("as_subject", "as_object"):
                wanted[f"layers.{layer}.{end}.value.weight"] = (hidden, hidden)
                wanted[f"layers.{layer}.{end}.value.bias"] = (hidden,)
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

    @property
    def warmth(self) -> int:
        """Length of the state that a fact keeps from one utterance to the next."""
        return len(self.weights["memory.decay"])

    def read(self, facts: FactGraph, asked: Matrix, clues: Matrix, held: Matrix | None = None) -> Salience:
        """How much each question needs each fact.

        Args:
            facts: the graph.
            asked: embeddings of the questions, [num_questions, dim].
            clues: [num_questions, num_facts, NUM_CLUES].
            held: what was kept of the utterances before, [num_facts, warmth]; None at the start of a talk.
        """
        project = self.weights["project.weight"].T
        low_fact, low_asked = (facts.vectors @ project)[None], (asked @ project)[:, None]
        shape = (len(asked), len(facts.facts), project.shape[1])
        held = np.zeros((shape[1], self.warmth), np.float32) if held is None else held
        fit = np.concatenate(
            [
                np.broadcast_to(low_fact, shape),
                np.broadcast_to(low_asked, shape),
                low_fact * low_asked * np.float32(project.shape[1] ** 0.5),
                np.abs(low_fact - low_asked),
                clues,
                np.broadcast_to(held, (*shape[:2], self.warmth)),
            ],
            axis=-1,
        )
        state = self._norm("enter_norm", _relu(self._linear("enter", fit)))
        state = state + _relu(self._linear("deep", state))
        steps = []
        for layer in range(self.layers):
            step = self._step(f"layers.{layer}", state, facts)
            state = self._norm(f"layers.{layer}.norm", step.summed)
            steps.append(step)
        log_odds = self._linear("salience", _relu(self._linear("leave", state)))[..., 0]
        return Salience(log_odds / np.float32(self.temperature), state, tuple(steps))

    def keep(self, held: Matrix | None, found: Salience) -> Matrix:
        """What is kept for the next utterance; see `roleagent.gnn.network.FactMemory`.

        Args:
            held: what was kept before this one, [num_facts, warmth]; None at the start of a talk.
            found: for the parts of the utterance: of each fact the part counts that needs it most.

        Returns:
            [num_facts, warmth], numbers between -1 and 1.
        """
        most = found.log_odds.argmax(axis=0)
        facts = np.arange(len(most))
        touched = sigmoid(found.log_odds[most, facts] * np.float32(self.temperature))[:, None]
        written: Matrix = touched * np.tanh(self._linear("memory.write", found.state[most, facts]))
        if held is None:
            return written
        kept: Matrix = (1 - touched) * sigmoid(self.weights["memory.decay"]) * held
        return kept + written

    def _step(self, layer: str, state: Matrix, facts: FactGraph) -> Step:
        said_of = self._hear(f"{layer}.as_subject", state, facts.subject, len(facts.ends))
        said_to = self._hear(f"{layer}.as_object", state, facts.object, len(facts.ends))
        of, to, subject, object_ = said_of.total, said_to.total, facts.subject, facts.object
        heard = [state, of[:, subject], to[:, subject], of[:, object_], to[:, object_]]
        mixed = self._linear(f"{layer}.mix", np.concatenate(heard, axis=-1))
        return Step(said_of, said_to, mixed, state + _relu(mixed))

    def _hear(self, name: str, state: Matrix, end: Indices, num_ends: int) -> Heard:
        """What the facts at each end say together."""
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
        weights: Matrix = np.empty((num_questions, num_facts, self.heads), np.float32)
        weights[:, order] = weight
        return Heard(heard, weights, value.reshape(num_questions, num_facts, hidden))

    def _linear(self, name: str, x: Matrix) -> Matrix:
        out: Matrix = x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return out

    def _norm(self, name: str, x: Matrix) -> Matrix:
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
        normed: Matrix = scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
        return normed


def sigmoid(x: Matrix) -> Matrix:
    """From log-odds to probabilities."""
    share: Matrix = (1 / (1 + np.exp(-np.clip(x, -60, 60)))).astype(np.float32)
    return share


def _relu(x: Matrix) -> Matrix:
    return np.maximum(x, np.float32(0))
