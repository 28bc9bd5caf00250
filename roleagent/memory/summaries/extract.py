"""The sentences that carry most, word for word: without a language model, so nothing can be invented.

A sentence's score is how much it matters by itself, up to doubled by its centrality: LexRank with continuous
edges (Erkan and Radev, arXiv:1109.2128). Sentences are taken one by one, each discounted by its likeness to
those already taken, as in maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998), so that nothing
is told twice. The discount grows with the square of the cosine, because in one talk most sentences are
somewhat alike.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from roleagent.embedding.embedders import embed
from roleagent.language.scripts import has_han
from roleagent.language.sentences import split_sentences
from roleagent.language.tokens import STOP_WORDS, estimated_tokens, terms, words
from roleagent.protocols import Line, Passage
from roleagent.types import Episode

Matrix = NDArray[np.float32]

MAX_LINES = 300  # of a longer passage, those that matter most by themselves
_DAMPING, _NUM_ROUNDS = 0.85, 30
_MIN_SCORE = 0.3  # of the highest


class ExtractiveSummariser:
    """A `Summariser` that takes the sources' own sentences, in any language that the embedder reads.

    Args:
        embedder: tells which sentences say the same; None to go by shared words.
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
    lines = list({str(line): line for line in lines}.values())
    if len(lines) > MAX_LINES:
        places = sorted(range(len(lines)), key=lambda place: -lines[place].weight)[:MAX_LINES]
        lines = [lines[place] for place in sorted(places)]
    if sum(map(_length, lines)) <= max_tokens:
        return lines
    vectors = embed(embedder, [line.text for line in lines]) if embedder else word_vectors(lines)
    alike = np.clip(vectors @ vectors.T, 0.0, 1.0)  # [num_lines, num_lines], cosine: rows are unit length
    # only likeness beyond what all lines share: otherwise short and general lines would be near to everything
    unit = _unit_rows(vectors - vectors.mean(axis=0))
    central = centrality(np.clip(unit @ unit.T, 0.0, 1.0))
    central = (central - central.min()) / max(central.max() - central.min(), 1e-9)  # 0–1
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
    return _unit_rows(vectors)


def _unit_rows(rows: Matrix) -> Matrix:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, 1.0), np.float32)


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


def _length(line: Line) -> int:
    return estimated_tokens(str(line)) + 1  # the end of the line


def load_extractive_summariser(argument: str = "") -> ExtractiveSummariser:
    """What the registry calls; the argument names an embedder. Without one, shared words decide."""
    from roleagent import registry

    return ExtractiveSummariser(registry.get("embedder", argument) if argument else None)


MAX_LINE_CHARS = 200
_MIN_WORDS = 3  # "Yes." and "Good night!" carry nothing
_UNJUDGED = 0.3  # importance if it was not judged
_IMPORTANCE, _TAUGHT, _USER, _SUBSTANCE = 0.3, 0.3, 0.2, 0.2
_RICH = 8  # words that say something, from which on a sentence has all the substance it can have
_ASKED = 0.3  # of its weight is left to a question
_NAMES = {"en": {"user": "user", "persona": "persona"}, "zh": {"user": "用户", "persona": "角色"}}


def lines_of(episodes: Iterable[Episode], *, taught: Collection[str] = ()) -> Iterator[Line]:
    """The sentences of episodes, without the shortest; weight 0–1.

    Args:
        episodes: in the order of time.
        taught: ids of the episodes from which a fact was learned.
    """
    for episode in episodes:
        importance = _UNJUDGED if episode.importance is None else episode.importance
        by_itself = _IMPORTANCE * importance + _TAUGHT * (episode.id in taught)
        by_itself += _USER * (episode.speaker == "user")
        for sentence in split_sentences(episode.text):
            if len(words(sentence)) >= _MIN_WORDS:
                weight = by_itself + _SUBSTANCE * _substance(sentence)
                flat = " ".join(sentence.split())
                if len(flat) > MAX_LINE_CHARS:
                    flat = flat[: MAX_LINE_CHARS - 1].rstrip() + "…"
                asked = sentence.rstrip("\"'”’）)").endswith(("?", "？"))
                yield Line(
                    text=flat,
                    speaker=episode.speaker_name or _NAMES[language_of(sentence)][episode.speaker],
                    weight=weight * (_ASKED if asked else 1.0),
                )


def language_of(text: str) -> str:
    """``zh`` if more than half of a text is written in Chinese characters, otherwise ``en``.

    >>> language_of("我搬到了奥斯陆。"), language_of("I read 红楼梦 in translation.")
    ('zh', 'en')
    """
    parts = words(text)
    return "zh" if 2 * sum(map(has_han, parts)) > len(parts) else "en"


def line_of_summary(text: str) -> Line:
    """A line of a summary, whose text already says who spoke."""
    return Line(text=text, weight=_substance(text))


def _substance(sentence: str) -> float:
    """How much a sentence says, 0–1, by the words that are more than grammar."""
    said = words(sentence.casefold())
    return min(sum(word not in STOP_WORDS for word in said) / _RICH, 1.0)
