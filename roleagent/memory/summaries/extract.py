"""The sentences that carry most, as they were said: no language model, and nothing that nobody said.

A sentence counts by its centrality, LexRank with continuous edges (Erkan and Radev, arXiv:1109.2128), and by
how much it matters by itself. They are taken one by one by maximal marginal relevance (Carbonell and
Goldstein, "The Use of MMR", SIGIR 1998), so that a thing is told once, and given in the order of time.
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
from roleagent.protocols import Line, Passage

Matrix = NDArray[np.float32]

MAX_LINES = 300  # of a longer passage, those that matter most by themselves
_DAMPING, _NUM_ROUNDS = 0.85, 30
_RELEVANCE = 0.7  # of a choice; the rest is how far it is from what was taken


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
        return "\n".join(map(str, pick(passage.lines, max_chars=passage.max_chars, embedder=self._embedder)))


def pick(lines: Sequence[Line], *, max_chars: int, embedder: Embeddings | None = None) -> list[Line]:
    """The lines that carry most, together no longer than `max_chars`, in their order."""
    lines = _weightiest(list({str(line): line for line in lines}.values()))
    if sum(map(_length, lines)) <= max_chars:
        return lines
    vectors = embed(embedder, [line.text for line in lines]) if embedder else word_vectors(lines)
    alike = np.clip(vectors @ vectors.T, 0.0, 1.0)  # [num_lines, num_lines], cosine: rows are unit length
    central = centrality(alike)
    scores = central / central.max() + np.array([line.weight for line in lines], np.float32)
    return [lines[place] for place in sorted(_marginal(scores / scores.max(), alike, lines, max_chars))]


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


def _marginal(scores: Matrix, alike: Matrix, lines: Sequence[Line], max_chars: int) -> list[int]:
    taken: list[int] = []
    left = set(range(len(lines)))
    while fitting := [place for place in left if _length(lines[place]) <= max_chars]:
        told = alike[:, taken].max(axis=1) if taken else np.zeros(len(lines), np.float32)
        gain = _RELEVANCE * scores - (1 - _RELEVANCE) * told
        best = max(fitting, key=lambda place: (gain[place], -place))
        taken.append(best)
        left = set(fitting) - {best}
        max_chars -= _length(lines[best])
    return taken


def _weightiest(lines: list[Line]) -> list[Line]:
    if len(lines) <= MAX_LINES:
        return lines
    places = sorted(range(len(lines)), key=lambda place: -lines[place].weight)[:MAX_LINES]
    return [lines[place] for place in sorted(places)]


def _length(line: Line) -> int:
    return len(str(line)) + 1  # the end of the line


def load_extractive_summariser(argument: str = "") -> ExtractiveSummariser:
    """What the registry calls; the argument names an embedder, without which words tell what is alike."""
    from roleagent import registry

    return ExtractiveSummariser(registry.get("embedder", argument) if argument else None)
