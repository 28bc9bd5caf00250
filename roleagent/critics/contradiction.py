"""What scores whether a sentence contradicts an earlier line: the shipped head, or a cross-encoder."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from roleagent.critics.pair_head import WEIGHTS, PairHead
from roleagent.embedding.text_vectors import TextVectors
from roleagent.errors import ConfigurationError, ModelUnavailableError

MADE_BY = "roleagent train critic contradiction"
EMBEDDER = "use-m3"
"""Whose vectors the shipped head reads."""

CLASSES = ("neutral", "agrees", "contradicts")
NEUTRAL, AGREES, CONTRADICTS = range(3)

_MAX_CHARS = 1_000  # of a line that a cross-encoder reads

_log = logging.getLogger(__name__)


class HeadContradictionScorer:
    """The trained head over an embedder's vectors.

    Args:
        head: as `PairHead.load` reads it.
        vectors: of the embedder that the head was trained for.
    """

    def __init__(self, head: PairHead, vectors: TextVectors) -> None:
        self._head, self._vectors = head, vectors
        self.name = _name_of(head)
        self.languages: tuple[str, ...] = ("en", "zh")

    def score(self, earlier: Sequence[str], sentence: str) -> Sequence[float]:
        """The probability that the sentence contradicts each earlier line."""
        found: list[float] = [row[CONTRADICTS] for row in self.classes(earlier, sentence)]
        return found

    def classes(self, earlier: Sequence[str], sentence: str) -> Sequence[Sequence[float]]:
        """The probability of each of `CLASSES` for each earlier line."""
        if not earlier:
            return []
        vectors = self._vectors.of([*earlier, sentence])
        later = np.repeat(vectors[-1:], len(earlier), axis=0)
        rows = self._head.read([(each, sentence) for each in earlier], vectors[:-1], later)
        return [[float(value) for value in row] for row in rows]


class CrossEncoderContradictionScorer:
    """Any cross-encoder for natural-language inference that names one of its labels after contradiction.

    Args:
        model: folder, or name on the hub.

    Raises:
        ModelUnavailableError: it is not on this machine and cannot be fetched.
        ConfigurationError: none of its labels, or more than one, is a contradiction.
    """

    languages: tuple[str, ...] = ()  # the library does not know what a model reads

    def __init__(self, model: str) -> None:
        from sentence_transformers import CrossEncoder

        try:
            self._model = CrossEncoder(model, trust_remote_code=False)
        except (OSError, ValueError) as error:
            raise ModelUnavailableError(f"The cross-encoder {model!r} cannot be loaded: {error}") from error
        labels: dict[int, str] = dict(self._model.config.id2label)
        found = [number for number, label in labels.items() if "contradict" in label.casefold()]
        if len(found) != 1:
            raise ConfigurationError(
                f"The cross-encoder {model!r} has the labels {sorted(labels.values())}: one of them must be "
                "called contradiction, as models for natural-language inference have it."
            )
        self.name, self._place = f"cross-encoder {model}", found[0]

    def score(self, earlier: Sequence[str], sentence: str) -> Sequence[float]:
        """The probability that the sentence contradicts each earlier line."""
        if not earlier:
            return []
        pairs = [(each[:_MAX_CHARS], sentence[:_MAX_CHARS]) for each in earlier]
        rows = np.asarray(
            self._model.predict(pairs, apply_softmax=True, show_progress_bar=False, convert_to_numpy=True)
        )
        found: list[float] = rows[:, self._place].tolist()
        return found


def load_head(argument: str = "") -> HeadContradictionScorer:
    """What the name `head` stands for: the shipped head, or the one in a file, ``head:FILE``.

    Raises:
        ModelError: the file is not such a head.
        ModelUnavailableError: the embedder's weights are not on this machine.
    """
    head = PairHead.load(Path(argument) if argument else shipped_weights(), made_by=MADE_BY)
    if head.classes != CLASSES:
        raise ConfigurationError(f"{argument} tells {head.classes} apart, not {CLASSES}: it is another head.")
    return _scorer_of(head)


def _scorer_of(head: PairHead) -> HeadContradictionScorer:
    from roleagent import registry

    return HeadContradictionScorer(head, TextVectors(registry.get("embedder", head.embedder)))


def _name_of(head: PairHead) -> str:
    return f"head {head.embedder} {head.version}"


def shipped_weights(embedder: str = EMBEDDER) -> Path:
    """The file of the head for an embedder."""
    return WEIGHTS / f"contradiction-{embedder}.safetensors"


def load_cross_encoder(argument: str = "") -> CrossEncoderContradictionScorer:
    """What ``cross-encoder:NAME`` stands for.

    Raises:
        ConfigurationError: no name was given.
    """
    if not argument:
        raise ConfigurationError("A cross-encoder needs a name: cross-encoder:OWNER/MODEL, or a folder.")
    return CrossEncoderContradictionScorer(argument)


class LateScorer:
    """The shipped head, whose embedder is loaded when it is first asked; if it cannot be, it says so once.

    Without the embedder's weights nothing can be scored: `score` then gives no number at all.
    """

    languages: tuple[str, ...] = ("en", "zh")

    def __init__(self) -> None:
        self._head = PairHead.load(shipped_weights(), made_by=MADE_BY)
        self.name = _name_of(self._head)
        self._lock = threading.Lock()
        self._loaded: Any = None  # a scorer, or False if there is none

    def warm_up(self) -> None:
        """Load it."""
        with self._lock:
            if self._loaded is None:
                try:
                    self._loaded = _scorer_of(self._head)
                except ModelUnavailableError as error:
                    _log.warning("Contradictions are found by rules alone: %s", error)
                    self._loaded = False

    def score(self, earlier: Sequence[str], sentence: str) -> Sequence[float]:
        """The probabilities, as of `HeadContradictionScorer.score`; none if it cannot be loaded."""
        self.warm_up()
        return self._loaded.score(earlier, sentence) if self._loaded else []
