"""What an utterance says of its speaker's feelings, read off its embedding and its words, in numpy.

A small network over the frozen embedding of an utterance, and over the words and pairs of words that it
knows, gives the probabilities of the 28 emotions of GoEmotions (Demszky et al., arXiv:2005.00547), and how
the speaker treats the listener. An utterance is embedded in any case, so that this adds a fraction of a
millisecond to a turn. Text without Latin letters has no words here and is heard through its embedding alone.
`roleagent.gnn.training.affect` trains the network.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from roleagent.embedding.text_vectors import Matrix
from roleagent.embedding.weight_files import Weights, check_shapes, hash_of, read_weights
from roleagent.embedding.word_codes import places_of
from roleagent.errors import ModelError
from roleagent.types import Tone

FORMAT = "affect 2"
"""Changes when the network reads other numbers or computes otherwise: older weights are then refused."""

WEIGHTS = Path(__file__).parent / "weights"

SPREAD = 16.0
"""What vectors are multiplied by: one of unit length has small entries, and this brings them near 1."""

WORD_SPREAD = 4.0
"""What the mean word is multiplied by, times the root of their number."""

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

_LARGEST = 1e4  # of a weight
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
        weights: by name, see `shapes`.
        embedder: name of the embedder whose vectors it reads.
        version: a hash of the weights; tones are filed under it.
    """

    weights: Weights
    embedder: str
    version: str

    @classmethod
    def load(cls, path: Path) -> AffectHead:
        """Read weights from a safetensors file.

        Raises:
            ModelError: it is missing, damaged, of another version, or holds numbers that are not finite.
        """
        weights, told = read_weights(path, version=FORMAT, made_by="roleagent train affect")
        try:
            sizes = (int(told["shape"][name]) for name in ("dim", "hidden", "words", "width"))
            check_shapes(path, weights, shapes(*sizes))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path} does not say what it is: {error!r}.") from error
        if wrong := _out_of_range(weights):
            raise ModelError(f"{path} is no affect head: {wrong}.")
        return cls(weights=weights, embedder=told["embedder"], version=hash_of(weights))

    def read(self, texts: Sequence[str], vectors: Matrix) -> Affect:
        """Emotions and conduct of some utterances.

        Args:
            texts: what is said.
            vectors: its embeddings, of unit length, [num_texts, dim].

        Raises:
            ValueError: there are more or fewer texts than vectors.
        """
        if len(texts) != len(vectors):
            raise ValueError(f"There are {len(texts)} texts for {len(vectors)} vectors.")
        spread, words = vectors * np.float32(SPREAD), self._words(texts)
        hidden = np.maximum(self._linear("enter", spread) + words @ self.weights["words.enter.weight"].T, 0)
        log_odds = self._linear("leave", hidden) + words @ self.weights["words.leave.weight"].T
        emotions = (1 / (1 + np.exp(-np.clip(log_odds, -60, 60)))).astype(np.float32)
        scores = self._linear("conduct", np.concatenate([spread, emotions], axis=1))
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        return Affect(emotions, odds / odds.sum(axis=1, keepdims=True))

    def tones(self, texts: Sequence[str], vectors: Matrix) -> list[Tone]:
        """The tone of some utterances; see `read`.

        Valence and arousal are means over `CIRCUMPLEX`; an emotion weighs as much as its probability is above
        its threshold, and what is left weighs as neutral. A text without any letter is neutral: no such text
        was trained on.
        """
        affect, least = self.read(texts, vectors), self.weights["thresholds"]
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
            if any(map(str.isalpha, text))
            else Tone(valence=0.0, arousal=0.0, kind=0.0, rude=0.0, sorry=0.0, by=self.version)
            for text, place, conduct in zip(texts, places, affect.conduct, strict=True)
        ]

    def emotions_in(self, text: str, vector: NDArray[np.float32]) -> Mapping[str, float]:
        """The emotions of an utterance above their thresholds, with probabilities, the surest first.

        Args:
            text: what is said.
            vector: its embedding, of unit length, [dim].
        """
        odds = self.read([text], vector[None]).emotions[0]
        found = [place for place in np.argsort(-odds) if odds[place] > self.weights["thresholds"][place]]
        return {EMOTIONS[place]: float(odds[place]) for place in found}

    def _words(self, texts: Sequence[str]) -> Matrix:
        """What the words of each text say together, [num_texts, width]; zeros for none that is known."""
        table = self.weights["words.table"]
        said = np.zeros((len(texts), table.shape[1]), np.float32)
        for row, places in zip(said, places_of(texts, self.weights["words.codes"]), strict=True):
            row[:] = table[places].sum(axis=0) * word_share(len(places))
        return said

    def _linear(self, name: str, x: Matrix) -> Matrix:
        y: Matrix = x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return y


def shapes(dim: int, hidden: int, words: int, width: int) -> Mapping[str, tuple[int, ...]]:
    """The sizes of a head's weights.

    Args:
        dim: of the embeddings.
        hidden: width of the hidden layer.
        words: words and pairs of words that are known.
        width: numbers for each of them.
    """
    return {
        "enter.weight": (hidden, dim),
        "enter.bias": (hidden,),
        "leave.weight": (len(EMOTIONS), hidden),
        "leave.bias": (len(EMOTIONS),),
        "words.codes": (words,),
        "words.table": (words, width),
        "words.enter.weight": (hidden, width),
        "words.leave.weight": (len(EMOTIONS), width),
        "conduct.weight": (len(CONDUCT), dim + len(EMOTIONS)),
        "conduct.bias": (len(CONDUCT),),
        "thresholds": (len(EMOTIONS),),
    }


def word_share(num_words: int) -> np.float32:
    """What each of so many words is multiplied by, so that long texts are not louder than short ones."""
    return np.float32(WORD_SPREAD / max(num_words, 1) ** 0.5)


def _out_of_range(weights: Weights) -> str:
    """What of the weights cannot be, so that no tone could be computed; empty if nothing."""
    if not ((weights["thresholds"] >= 0) & (weights["thresholds"] < 1)).all():
        return "its thresholds are not all from 0 to below 1"
    if (np.diff(weights["words.codes"]) < 0).any():
        return "the codes of its words are not in order"
    others = (name for name in weights if name != "words.codes")
    large = [name for name in others if np.abs(weights[name]).max(initial=0) > _LARGEST]
    return f"{large[0]} holds numbers beyond {_LARGEST:g}" if large else ""


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
