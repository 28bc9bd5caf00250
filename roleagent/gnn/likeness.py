"""Fact rankers that learn nothing: by likeness of sentences, and by PageRank over the graph."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from langchain_core.embeddings import Embeddings

from roleagent.embedding.text_vectors import Matrix, TextVectors, VectorStore
from roleagent.gnn.background import EVERYDAY_TALK, Background
from roleagent.gnn.fact_graph import FactGraph, fact_graph
from roleagent.gnn.nearby import best, character_of, nearby, past_of
from roleagent.gnn.pagerank import page_rank
from roleagent.gnn.pieces import pieces_of
from roleagent.graph.graph import PersonaGraph
from roleagent.language.scripts import has_unspaced
from roleagent.persona.referents import with_referents
from roleagent.types import Fact

UNRELATED = 0.25
"""Share of everyday utterances that may bring some fact to mind; tuned on the odd questions of
benchmarks/fact_ranking.py."""

_MAX_BACKGROUNDS = 8  # sets of facts whose scores on everyday talk are remembered
_SHARPNESS = 0.03  # of the weights at which PageRank starts
_AT_FLOOR, _HIGHEST = 0.5, 0.7  # score of a fact that reaches as much as everyday talk, and of any


class LikenessFactRanker:
    """Ranks facts by weighed likenesses to what was said.

        likeness = cosine + overlap * shared words + spread * PageRank + named * share of ends named

    with PageRank started at the facts whose sentences are like what was said (`roleagent.gnn.pagerank`), and
    with the names of those who are meant by "your brother" and the like (`roleagent.persona.referents`). Each
    question in an utterance counts by itself, and the whole utterance at half the weight.

    What counts is how many standard deviations a likeness lies above that to everyday talk
    (`roleagent.gnn.background`), plus the share of the fact's ends that were named. Facts that reach no more
    than everyday talk makes them are left out, so small talk brings up no facts, whatever the embedder's
    scale. A fact's `score` is 0.5 there and approaches 0.7 above, for a likeness alone is never sure.

    Args:
        embedder: any langchain-core embedder.
        cache: keeps the vectors of the persona's sentences from one process to the next.
        overlap: weight of shared words, rare ones first.
        spread: weight of PageRank.
        named: weight of being named.
        unrelated: share of everyday utterances, 0–1, that may bring some fact to mind: the smaller, the
            higher the floor. None for no floor; the score is the likeness then.
        vectors: those of another ranker of the embedder, so that each text is embedded once.
    """

    def __init__(
        self,
        embedder: Embeddings,
        cache: VectorStore | None = None,
        *,
        overlap: float,
        spread: float,
        named: float,
        unrelated: float | None = UNRELATED,
        vectors: TextVectors | None = None,
    ) -> None:
        self._vectors = vectors or TextVectors(embedder, cache)
        self._overlap, self._spread, self._named = overlap, spread, named
        self._unrelated = unrelated
        self._backgrounds: OrderedDict[tuple[Fact, ...], Background] = OrderedDict()

    def rank(
        self,
        graph: PersonaGraph,
        query: str,
        *,
        limit: int,
        before: Sequence[str] = (),
        character: str = "",
    ) -> Sequence[Fact]:
        """At most `limit` facts that hold now and bear on what was said, best first.

        What is over counts only if it is all that is known of something that was named. What was said before
        is not read.
        """
        if not graph.nodes:
            return ()
        character = character or character_of(graph)
        if self._spread:
            language = "zh" if has_unspaced(query) else "en"
            query = with_referents(query, graph, character, language=language)
        pieces = pieces_of(query)
        asked = self._vectors.of([piece.text for piece in pieces])[:1]
        mentioned = frozenset(graph.mentioned_in(query)) - {character}
        facts = nearby(graph, [query], asked, self._vectors, character)
        facts += past_of(graph, sorted(mentioned))
        if not facts:
            return ()
        read = fact_graph(facts, graph, character, self._vectors)
        weights = np.array([[piece.weight] for piece in pieces], np.float32)
        likeness = self._likeness(read, [read.as_you(piece.text) for piece in pieces])
        of_end = np.array([end in mentioned for end in read.ends], np.float32)
        named = (of_end[read.subject] + of_end[read.object]) / 2
        if self._unrelated is None:
            return best(facts, (weights * likeness).max(axis=0) + self._named * named, limit, floor=-np.inf)
        background = self._background(read, self._unrelated)
        above = (weights * background.standardised(likeness)).max(axis=0) - background.floor
        above = above + named if self._named else above
        scores = _HIGHEST - (_HIGHEST - _AT_FLOOR) * np.exp(-above)
        return best(facts, scores, limit, floor=_AT_FLOOR)

    def _likeness(self, facts: FactGraph, said: Sequence[str]) -> Matrix:
        """[num_said, num_facts]."""
        likeness: Matrix = self._vectors.of(said, store=said is EVERYDAY_TALK) @ facts.vectors.T
        if self._overlap:
            shared = (facts.overlap(text, by_user=said is not EVERYDAY_TALK) for text in said)
            overlap = np.stack([of_fact / np.float32(of_text) for of_fact, of_text in shared])
            likeness = likeness + (self._overlap * overlap).astype(np.float32)
        if self._spread:
            start = np.exp((likeness - likeness.max(axis=1, keepdims=True)) / np.float32(_SHARPNESS))
            likeness = likeness + np.float32(self._spread) * page_rank(
                start, facts.subject, facts.object, facts.is_character
            )
        return likeness

    def _background(self, facts: FactGraph, unrelated: float) -> Background:
        known = self._backgrounds.get(facts.facts)
        if known is None:
            known = Background.of(self._likeness(facts, EVERYDAY_TALK), unrelated=unrelated)
            self._backgrounds[facts.facts] = known
            while len(self._backgrounds) > _MAX_BACKGROUNDS:
                self._backgrounds.popitem(last=False)
        return known


class CosineFactRanker(LikenessFactRanker):
    """Ranks facts by the likeness of their sentence to what was said, and by nothing else.

    Args:
        embedder: any langchain-core embedder.
        cache: keeps the vectors of the persona's sentences from one process to the next.
        unrelated: see `LikenessFactRanker`.
    """

    def __init__(
        self, embedder: Embeddings, cache: VectorStore | None = None, *, unrelated: float | None = UNRELATED
    ) -> None:
        super().__init__(embedder, cache, overlap=0, spread=0, named=0, unrelated=unrelated)


class PageRankFactRanker(LikenessFactRanker):
    """Ranks facts by likeness, shared words, names, and PageRank from there over the graph.

    The weights were tuned on the characters that stop the network's training.

    Args:
        embedder: any langchain-core embedder.
        cache: keeps the vectors of the persona's sentences from one process to the next.
        unrelated: see `LikenessFactRanker`.
        vectors: see `LikenessFactRanker`.
    """

    def __init__(
        self,
        embedder: Embeddings,
        cache: VectorStore | None = None,
        *,
        overlap: float = 0.3,
        spread: float = 4.0,
        named: float = 0.2,
        unrelated: float | None = UNRELATED,
        vectors: TextVectors | None = None,
    ) -> None:
        weights = {"overlap": overlap, "spread": spread, "named": named}
        super().__init__(embedder, cache, **weights, unrelated=unrelated, vectors=vectors)
