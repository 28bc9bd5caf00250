"""Text, picture and voice features as one turn vector, in numpy: what an application runs.

Any modality may be missing. The formulas are those of `roleagent.gnn.fusion_network`, where they are trained;
a test holds the two equal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from roleagent.embedding.text_vectors import Matrix, Vector
from roleagent.embedding.weight_files import Weights, open_weights
from roleagent.errors import InputError, ModelError
from roleagent.gnn.fusion_shape import MAX_DEVIATIONS, FusionShape

VERSION = "1"
"""Changes when a fusion computes otherwise: older weights are then refused."""

_EPSILON = np.float32(1e-5)  # of torch's LayerNorm


class Fused(NamedTuple):
    """What came of some turns.

    Attributes:
        vectors: [num_turns, out_dim].
        shares: how much each modality counts, 0–1, [num_turns, num_modalities], rows sum up to 1; None for
            the ways that weigh no modality as a whole.
    """

    vectors: Matrix
    shares: Matrix | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fusion:
    """A trained fusion.

    Attributes:
        weights: by the names that torch gives them.
        features: name of what made the features of each modality, such as ``{"text": "use-m3"}``.
    """

    shape: FusionShape
    weights: Weights
    features: Mapping[str, str]

    @classmethod
    def load(cls, path: Path) -> Fusion:
        """Read weights from a safetensors file.

        Raises:
            ModelError: it is missing, damaged, of another version, or holds numbers that are not finite.
        """
        weights, told = open_weights(path, version=VERSION, made_by="roleagent.gnn.training.fusion")
        try:
            shape: dict[str, Any] = json.loads(told["shape"])
            features: dict[str, str] = json.loads(told["features"])
            fusion = cls(shape=FusionShape(**shape), weights=weights, features=features)
            fusion.check()
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path} is no fusion: {error}.") from error
        return fusion

    def check(self) -> None:
        """Compare the weights with the shape.

        Raises:
            ValueError: names or sizes differ.
        """
        for name, size in self.shape.weights().items():
            if name not in self.weights:
                raise ValueError(f"{name} is missing")
            if self.weights[name].shape != size:
                raise ValueError(f"{name} has the shape {self.weights[name].shape} instead of {size}")
        if set(self.features) != set(self.shape.dims):
            raise ValueError(
                f"features name {sorted(self.features)}, and the shape {sorted(self.shape.dims)}"
            )

    def check_features(self, names: Mapping[str, str]) -> None:
        """Compare what makes the features with what made them in the training.

        Args:
            names: by modality, as `TurnFeatures.names`.

        Raises:
            ModelError: a modality is not known, or something else makes its features.
        """
        for modality, name in names.items():
            if self.features.get(modality) != name:
                raise ModelError(
                    f"This fusion was trained on {modality} features of {self.features.get(modality)!r}, and "
                    f"they come from {name!r}: use the former, or train a fusion for the latter."
                )

    def fuse(self, features: Mapping[str, Vector | None]) -> Vector:
        """The vector of one turn, [out_dim].

        Args:
            features: by modality, [dim] each; one that is left out or None is missing.

        Raises:
            InputError: see `fuse_all`.
        """
        rows = {name: np.asarray(each)[None] for name, each in features.items() if each is not None}
        vector: Vector = self.fuse_all(rows).vectors[0]
        return vector

    def fuse_all(
        self, features: Mapping[str, Matrix], present: Mapping[str, NDArray[np.bool_]] | None = None
    ) -> Fused:
        """The vectors of some turns.

        Args:
            features: by modality, [num_turns, dim]; one that is left out is missing in all turns.
            present: the turns that have a modality, [num_turns]; one that is left out is there in all turns.
                Where it is missing, its features are not read.

        Raises:
            InputError: a modality is not known, sizes do not fit, a number is not finite, or all modalities
                of a turn are missing.
        """
        there = self._present(features, present or {})
        columns = []
        for place, name in enumerate(self.shape.modalities):
            state = np.tile(self.weights[f"encoders.{name}.absent"], (len(there), 1))
            has = there[:, place]
            if has.any():
                state[has] = self._encoded(name, np.asarray(features[name], np.float32)[has])
            columns.append(state)
        states = np.stack(columns, axis=1)
        if self.shape.way == "decision":
            return self._decided(states, there)
        if self.shape.way == "gated":
            return self._gated(states, there)
        if self.shape.way == "cross-attention":
            states = self._crossed(states, there)
        joined = states.reshape(len(states), -1)
        return Fused(self._apply("mixer.leave", _relu(self._apply("mixer.deep", joined))), None)

    def _present(
        self, features: Mapping[str, Matrix], present: Mapping[str, NDArray[np.bool_]]
    ) -> NDArray[np.bool_]:
        """[num_turns, num_modalities]."""
        known = self.shape.dims
        if unknown := (features.keys() | present.keys()) - known.keys():
            raise InputError(f"This fusion knows {list(known)} and not {sorted(unknown)}.")
        if not features:
            raise InputError(
                "All modalities are missing: a turn needs at least one of " + ", ".join(known) + "."
            )
        num_turns = len(next(iter(features.values())))
        there = np.zeros((num_turns, len(known)), bool)
        for place, (name, dim) in enumerate(known.items()):
            if name not in features:
                continue
            rows = np.asarray(features[name])
            there[:, place] = present.get(name, True)
            if rows.shape != (num_turns, dim):
                raise InputError(
                    f"{name} features have the shape {rows.shape} instead of {(num_turns, dim)}."
                )
            if not np.isfinite(rows[there[:, place]]).all():
                raise InputError(f"{name} features hold numbers that are not finite: leave them out.")
        if not there.any(axis=1).all():
            turn = int(np.argmin(there.any(axis=1)))
            raise InputError(f"All modalities of turn {turn} are missing: at least one must be there.")
        return there

    def _encoded(self, name: str, rows: Matrix) -> Matrix:
        mean, scale = (self.weights[f"encoders.{name}.{each}"] for each in ("mean", "scale"))
        standard = ((rows - mean) / scale).clip(-MAX_DEVIATIONS, MAX_DEVIATIONS)
        return _relu(self._norm(f"encoders.{name}.norm", self._apply(f"encoders.{name}.enter", standard)))

    def _decided(self, states: Matrix, there: NDArray[np.bool_]) -> Fused:
        votes = np.stack(
            [
                self._apply(f"mixer.leave.{name}", _relu(self._apply(f"mixer.deep.{name}", states[:, place])))
                for place, name in enumerate(self.shape.modalities)
            ],
            axis=1,
        )
        shares = _softmax(np.broadcast_to(self.weights["mixer.trust"], there.shape), there, axis=1)
        return Fused((votes * shares[..., None]).sum(axis=1), shares)

    def _gated(self, states: Matrix, there: NDArray[np.bool_]) -> Fused:
        deep = [
            np.tanh(self._apply(f"mixer.deep.{name}", states[:, place]))
            for place, name in enumerate(self.shape.modalities)
        ]
        gate = self._apply("mixer.gate", states.reshape(len(states), -1)).reshape(states.shape)
        gate = _softmax(gate, there[..., None], axis=1)
        mixed = (gate * np.stack(deep, axis=1)).sum(axis=1)
        return Fused(self._apply("mixer.leave", mixed), gate.mean(axis=2))

    def _crossed(self, states: Matrix, there: NDArray[np.bool_]) -> Matrix:
        """What each modality is after it has heard the others, [num_turns, num_modalities, hidden]."""
        num, tokens = len(there), self.shape.tokens
        pieces = states.reshape(num, len(self.shape.modalities), tokens, -1)
        found = []
        for place, name in enumerate(self.shape.modalities):
            others = [each for each in range(pieces.shape[1]) if each != place]
            own = pieces[:, place]
            if others:
                own = own + self._apply(f"mixer.join.{name}", self._heard(name, own, pieces, others, there))
            own = self._norm(f"mixer.heard_norm.{name}", own)
            fed = self._apply(f"mixer.feed_out.{name}", _relu(self._apply(f"mixer.feed_in.{name}", own)))
            found.append(self._norm(f"mixer.fed_norm.{name}", own + fed).reshape(num, -1))
        return np.stack(found, axis=1)

    def _heard(
        self, name: str, own: Matrix, pieces: Matrix, others: list[int], there: NDArray[np.bool_]
    ) -> Matrix:
        """What a modality's tokens hear from those of the others that are there, [num_turns, tokens, dim]."""
        names = self.shape.modalities
        query = self._heads(self._apply(f"mixer.query.{name}", own))
        key, value = (
            self._heads(
                np.concatenate(
                    [self._apply(f"mixer.{kind}.{names[each]}", pieces[:, each]) for each in others], axis=1
                )
            )
            for kind in ("key", "value")
        )
        scores = query @ key.swapaxes(-1, -2) / np.float32(query.shape[-1] ** 0.5)
        heard_from = np.repeat(there[:, others], self.shape.tokens, axis=1)[:, None, None]
        heard: Matrix = (_softmax(scores, heard_from, axis=-1) @ value).swapaxes(1, 2).reshape(own.shape)
        return heard

    def _heads(self, x: Matrix) -> Matrix:
        """[num_turns, num_tokens, dim] as [num_turns, heads, num_tokens, dim // heads]."""
        return x.reshape(*x.shape[:2], self.shape.heads, -1).swapaxes(1, 2)

    def _apply(self, name: str, x: Matrix) -> Matrix:
        out: Matrix = x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return out

    def _norm(self, name: str, x: Matrix) -> Matrix:
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPSILON)
        normed: Matrix = scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
        return normed


def _relu(x: Matrix) -> Matrix:
    return np.maximum(x, np.float32(0))


def _softmax(scores: Matrix, allowed: NDArray[np.bool_], axis: int) -> Matrix:
    """Over what is allowed; all zero where nothing is."""
    masked = np.where(allowed, scores, np.float32(-1e9))
    odds = np.exp(masked - masked.max(axis=axis, keepdims=True)) * allowed
    total = odds.sum(axis=axis, keepdims=True)
    shares: Matrix = odds / np.where(total > 0, total, np.float32(1))
    return shares
