"""The sentences that carry most, as they were said: no language model, and nothing that nobody said.

A sentence counts by how much it matters by itself, up to twice that by its centrality: LexRank with
continuous edges (Erkan and Radev, arXiv:1109.2128). They are taken one by one, each discounted by its
likeness to what was taken, in the way of maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): a
thing is told once. The discount grows with the square of the cosine, for in one talk most sentences are
somewhat alike.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from roleagent.memory.embedders import embed
from roleagent.memory.lexical import terms
from roleagent.persona.lint import estimated_tokens
from roleagent.protocols import Line, Passage

Matrix = NDArray[np.float32]

MAX_LINES = 300  # of a longer passage, those that matter most by themselves
_DAMPING, _NUM_ROUNDS = 0.85, 30
_MIN_SCORE = 0.3  # of the highest


class ExtractiveSummariser:
    """A `Summariser` that takes the sources' own sentences; English, Chinese and whatever the embedder reads.

    Args:
        embedder: tells which sentences say the same; None where shared words tell it.
    """

    name = "extract"

    def __init__(self, embedder: Embeddings | None = None) -> None:
        self._embedder = embedder

    def summarise(self, passage: Passage) -> str:
        """The sentences, one a line, each after its speaker.

        Raises:
            ModelError: the embedder failed.
        """
        return "\n".join(
            map(str, pick(passage.lines, max_tokens=passage.max_tokens, embedder=self._embedder))
        )


def pick(lines: Sequence[Line], *, max_tokens: int, embedder: Embeddings | None = None) -> list[Line]:
    """The lines that carry most, together no longer than `max_tokens`, in their order.

    A line that carries little is not taken to fill what is left.
    """
    lines = _weightiest(list({str(line): line for line in lines}.values()))
    if sum(map(_length, lines)) <= max_tokens:
        return lines
    vectors = embed(embedder, [line.text for line in lines]) if embedder else word_vectors(lines)
    alike = np.clip(vectors @ vectors.T, 0.0, 1.0)  # [num_lines, num_lines], cosine: rows are unit length
    central = _spread(centrality(_above_average(vectors)))
    weights = np.array([line.weight for line in lines], np.float32)
    scores = weights * (1 + central)
    return [lines[place] for place in sorted(_marginal(scores / scores.max(), alike, lines, max_tokens))]


def centrality(alike: Matrix) -> Matrix:
    """LexRank: [num_lines], the stationary distribution of a walk from line to line, by likeness."""
    num_lines = len(alike)
    sums = alike.sum(axis=1, keepdims=True)
    walk = np.divide(alike, sums, out=np.full_like(alike, 1 / num_lines), where=sums > 0)
    rank = np.full(num_lines, 1 / num_lines, np.float32)
    for _ in range(_NUM_ROUNDS):
        rank = (1 - _DAMPING) / num_lines + _DAMPING * (rank @ walk)
    return np.asarray(rank, np.float32)


def word_vectors(lines: Sequence[Line]) -> Matrix:
    """TF-IDF rows of unit length: [num_lines, num_terms]; zero for a line without terms."""
    counts = [Counter(terms(line.text)) for line in lines]
    num_with = Counter(term for count in counts for term in count)
    place_of = {term: place for place, term in enumerate(num_with)}
    vectors = np.zeros((len(lines), max(len(place_of), 1)), np.float32)
    for row, count in enumerate(counts):
        for term, times in count.items():
            vectors[row, place_of[term]] = times * math.log(1 + len(lines) / num_with[term])
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norms > 0, norms, 1.0), np.float32)


def _above_average(vectors: Matrix) -> Matrix:
    """How alike lines are beyond what all lines share: else short and general ones are near to everything."""
    centred = vectors - vectors.mean(axis=0)
    norms = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = centred / np.where(norms > 0, norms, 1.0)
    return np.asarray(np.clip(unit @ unit.T, 0.0, 1.0), np.float32)


def _spread(values: Matrix) -> Matrix:
    """From 0 for the lowest to 1 for the highest: sentences of one talk are all alike to some degree."""
    lowest, highest = values.min(), values.max()
    return np.asarray((values - lowest) / max(highest - lowest, 1e-9), np.float32)


def _marginal(scores: Matrix, alike: Matrix, lines: Sequence[Line], max_tokens: int) -> list[int]:
    taken: list[int] = []
    left = {place for place in range(len(lines)) if scores[place] >= _MIN_SCORE}
    while fitting := [place for place in left if _length(lines[place]) <= max_tokens]:
        told = alike[:, taken].max(axis=1) if taken else np.zeros(len(lines), np.float32)
        gain = scores * (1 - told**2)
        best = max(fitting, key=lambda place: (gain[place], -place))
        taken.append(best)
        left = set(fitting) - {best}
        max_tokens -= _length(lines[best])
    return taken


def _weightiest(lines: list[Line]) -> list[Line]:
    if len(lines) <= MAX_LINES:
        return lines
    places = sorted(range(len(lines)), key=lambda place: -lines[place].weight)[:MAX_LINES]
    return [lines[place] for place in sorted(places)]


def _length(line: Line) -> int:
    return estimated_tokens(str(line)) + 1  # the end of the line


def load_extractive_summariser(argument: str = "") -> ExtractiveSummariser:
    """What the registry calls; the argument names an embedder, without which words tell what is alike."""
    from roleagent import registry

    return ExtractiveSummariser(registry.get("embedder", argument) if argument else None)
