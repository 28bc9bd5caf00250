"""What scores whether a reply takes up what was said: a trained head."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from roleagent.critics.pair_head import WEIGHTS, PairHead
from roleagent.embedding.text_vectors import TextVectors
from roleagent.errors import ConfigurationError

MADE_BY = "roleagent train critic relevance"
EMBEDDER = "use-m3"
"""Whose vectors the shipped head reads."""

CLASSES = ("misses", "answers")
MISSES, ANSWERS = range(2)


class HeadRelevanceScorer:
    """The trained head over an embedder's vectors.

    Args:
        head: as `PairHead.load` reads it.
        vectors: of the embedder that the head was trained for.
    """

    def __init__(self, head: PairHead, vectors: TextVectors) -> None:
        self._head, self._vectors = head, vectors
        self.name = f"relevance {head.embedder} {head.version}"
        self.languages: tuple[str, ...] = ("en", "zh")

    def score(self, said: str, replies: Sequence[str]) -> Sequence[float]:
        """The probability of each reply that it takes up what was said."""
        if not replies:
            return []
        vectors = self._vectors.of([said, *replies])
        first = np.repeat(vectors[:1], len(replies), axis=0)
        rows = self._head.read([(said, reply) for reply in replies], first, vectors[1:])
        found: list[float] = rows[:, ANSWERS].tolist()
        return found


def load_relevance_head(argument: str = "") -> HeadRelevanceScorer:
    """What the name `head` stands for: the shipped head, or the one in a file, ``head:FILE``.

    Raises:
        ModelError: the file is not such a head.
        ConfigurationError: it is a head for something else.
        ModelUnavailableError: the embedder's weights are not on this machine.
    """
    from roleagent import registry

    head = PairHead.load(Path(argument) if argument else shipped_weights(), made_by=MADE_BY)
    if head.classes != CLASSES:
        raise ConfigurationError(f"{argument} tells {head.classes} apart, not {CLASSES}: it is another head.")
    return HeadRelevanceScorer(head, TextVectors(registry.get("embedder", head.embedder)))


def shipped_weights(embedder: str = EMBEDDER) -> Path:
    """The file of the head for an embedder."""
    return WEIGHTS / f"relevance-{embedder}.safetensors"
