"""What an utterance says of its speaker's feelings, read off its embedding: what an agent runs, in numpy.

A small network over the frozen embedding of the words gives the probabilities of the 28 emotions of
GoEmotions (Demszky et al., arXiv:2005.00547), and how the speaker treats the listener. The words are embedded
in any case, so that it adds microseconds to a turn. `roleagent.gnn.training.affect` trains it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from roleagent.errors import ModelError
from roleagent.gnn.features import Matrix
from roleagent.types import Tone

FORMAT = "1"
"""Changes when the network reads other numbers or computes otherwise: older weights are then refused."""

WEIGHTS = Path(__file__).parent / "weights"

SPREAD = 16.0
"""What vectors are multiplied by: one of unit length has small entries, and this brings them near 1."""

EMOTIONS = (
    "admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity", "desire",
    "disappointment", "disapproval", "disgust", "embarrassment", "excitement", "fear", "gratitude", "grief",
    "joy", "love", "nervousness", "optimism", "pride", "realization", "relief", "remorse", "sadness",
    "surprise", "neutral",
)  # fmt: skip
"""The labels of GoEmotions, in its order."""

CONDUCT = ("kind", "rude", "sorry", "other")
"""How a speaker treats the listener."""

CIRCUMPLEX = {
    "admiration": (0.7, 0.5), "amusement": (0.8, 0.6), "anger": (-0.8, 0.9), "annoyance": (-0.5, 0.6),
    "approval": (0.5, 0.4), "caring": (0.6, 0.4), "confusion": (-0.2, 0.5), "curiosity": (0.2, 0.5),
    "desire": (0.4, 0.6), "disappointment": (-0.6, 0.4), "disapproval": (-0.5, 0.5), "disgust": (-0.7, 0.6),
    "embarrassment": (-0.5, 0.6), "excitement": (0.8, 0.9), "fear": (-0.7, 0.9), "gratitude": (0.8, 0.4),
    "grief": (-0.9, 0.5), "joy": (0.9, 0.7), "love": (0.9, 0.6), "nervousness": (-0.5, 0.8),
    "optimism": (0.6, 0.5), "pride": (0.7, 0.6), "realization": (0.1, 0.4), "relief": (0.5, 0.3),
    "remorse": (-0.6, 0.5), "sadness": (-0.8, 0.3), "surprise": (0.1, 0.8), "neutral": (0.0, 0.3),
}  # fmt: skip
"""Valence (-1 to 1) and arousal (0–1) of each emotion.

Signs as in GoEmotions' own groups of positive, negative and ambiguous emotions; sizes set by hand after the
circumplex of J. A. Russell, "A circumplex model of affect", 1980. They are rough, and no data set backs them.
"""

_MAX_BYTES = 5_000_000
_DIGITS = 4  # of what is stored, so that it is the same after a round trip
_PLACES = np.array([CIRCUMPLEX[name] for name in EMOTIONS], np.float32)  # [num_emotions, 2]

_log = logging.getLogger(__name__)


class Affect(NamedTuple):
    """What the network says of some utterances.

    Attributes:
        emotions: probability of each emotion, [num_texts, num_emotions]; several may be high at once.
        conduct: probabilities of each `CONDUCT`, [num_texts, num_conducts]; rows sum to 1.
    """

    emotions: Matrix
    conduct: Matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectHead:
    """A trained network.

    Attributes:
        weights: by name, see `check`.
        embedder: name of the embedder whose vectors it reads.
        version: a hash of the weights; tones are filed under it.
    """

    weights: Mapping[str, NDArray[np.float32]]
    embedder: str
    version: str

    @classmethod
    def load(cls, path: Path) -> AffectHead:
        """Read weights from a safetensors file.

        Raises:
            ModelError: it is missing, damaged, of another version, or holds numbers that are not finite.
        """
        from safetensors import SafetensorError, safe_open

        try:
            if path.stat().st_size > _MAX_BYTES:
                raise ModelError(f"{path} is larger than {_MAX_BYTES:,} bytes: it holds no affect head.")
            with safe_open(path, framework="numpy") as file:
                told = file.metadata() or {}
                weights = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError) as error:
            raise ModelError(f"{path} cannot be read as weights of an affect head: {error}.") from error
        if told.get("version") != FORMAT:
            raise ModelError(
                f"{path} is of version {told.get('version')!r}, and this is {FORMAT!r}. "
                "Train it again: roleagent train affect."
            )
        try:
            shape: dict[str, Any] = json.loads(told["shape"])
            head = cls(weights=weights, embedder=told["embedder"], version=_hash_of(weights))
            head.check(int(shape["dim"]), int(shape["hidden"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path} is no affect head: {error}.") from error
        return head

    def check(self, dim: int, hidden: int) -> None:
        """Compare the weights with those of a head.

        Raises:
            ValueError: a size differs, or a number is not finite.
        """
        wanted = {
            "enter.weight": (hidden, dim),
            "enter.bias": (hidden,),
            "leave.weight": (len(EMOTIONS), hidden),
            "leave.bias": (len(EMOTIONS),),
            "conduct.weight": (len(CONDUCT), dim + len(EMOTIONS)),
            "conduct.bias": (len(CONDUCT),),
            "thresholds": (len(EMOTIONS),),
        }
        for name, shape in wanted.items():
            if name not in self.weights:
                raise ValueError(f"{name} is missing")
            if self.weights[name].shape != shape:
                raise ValueError(f"{name} has the shape {self.weights[name].shape} instead of {shape}")
            if not np.isfinite(self.weights[name]).all():
                raise ValueError(f"{name} holds numbers that are not finite")

    def read(self, vectors: Matrix) -> Affect:
        """Emotions and conduct of some utterances.

        Args:
            vectors: of unit length, [num_texts, dim].
        """
        spread = vectors * np.float32(SPREAD)
        hidden = np.maximum(self._linear("enter", spread), 0)
        log_odds = self._linear("leave", hidden)
        emotions = (1 / (1 + np.exp(-np.clip(log_odds, -60, 60)))).astype(np.float32)
        scores = self._linear("conduct", np.concatenate([spread, emotions], axis=1))
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        return Affect(emotions, odds / odds.sum(axis=1, keepdims=True))

    def tones(self, vectors: Matrix) -> list[Tone]:
        """The tone of some utterances; see `read`.

        Valence and arousal are means over `CIRCUMPLEX`; an emotion weighs as much as its probability is above
        its threshold, and what is left weighs as neutral.
        """
        affect, least = self.read(vectors), self.weights["thresholds"]
        weight = np.maximum(affect.emotions - least, 0) / (1 - least)
        weight = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1)
        rest = 1 - weight.sum(axis=1, keepdims=True)  # what no emotion claims is neutral
        places = weight @ _PLACES + rest * _PLACES[-1]
        return [
            Tone(
                valence=_rounded(place[0], -1.0),
                arousal=_rounded(place[1]),
                kind=_rounded(conduct[0]),
                rude=_rounded(conduct[1]),
                sorry=_rounded(conduct[2]),
                by=self.version,
            )
            for place, conduct in zip(places, affect.conduct, strict=True)
        ]

    def emotions_in(self, vector: NDArray[np.float32]) -> Mapping[str, float]:
        """The emotions of an utterance above their thresholds, with probabilities, the surest first.

        Args:
            vector: of unit length, [dim].
        """
        odds = self.read(vector[None]).emotions[0]
        found = [place for place in np.argsort(-odds) if odds[place] > self.weights["thresholds"][place]]
        return {EMOTIONS[place]: float(odds[place]) for place in found}

    def _linear(self, name: str, x: Matrix) -> Matrix:
        y: Matrix = x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return y


def _hash_of(weights: Mapping[str, NDArray[np.float32]]) -> str:
    found = sha256()
    for name in sorted(weights):
        found.update(name.encode() + weights[name].astype("<f4").tobytes())
    return found.hexdigest()[:12]


def _rounded(value: np.float32, low: float = 0.0) -> float:
    return min(max(round(float(value), _DIGITS), low), 1.0)


def shipped_head(embedder: str) -> AffectHead | None:
    """The head for an embedder's vectors; None, and a warning, if none is shipped for it."""
    path = WEIGHTS / f"affect-{embedder}.safetensors"
    if path.is_file():
        return AffectHead.load(path)
    _log.warning(
        "The affect head has no weights for the embedder %r: what users say does not move relationships. "
        "To train it: roleagent train affect --data DIR --embedder NAME.",
        embedder,
    )
    return None
