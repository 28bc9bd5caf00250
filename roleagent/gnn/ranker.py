"""Fact rankers: what was said -> the facts that matter now, best first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from langchain_core.embeddings import Embeddings

from roleagent.gnn.features import Features, fact_vectors, features_of
from roleagent.gnn.text_vectors import TextVectors, Vector, VectorStore
from roleagent.persona.graph import PersonaGraph
from roleagent.types import Fact

MAX_FACTS = 400
"""Facts that are scored in one turn, nearest to what was named first."""

MAX_COMPARED = 3_000
"""Of a graph with more facts, not all are compared with what was said: only those near what it names."""

_RADIUS = 2
_NUM_ALIKE = 10  # facts most like what was said, whose ends are looked around from


class CosineFactRanker:
    """Ranks facts by the likeness of their sentence to what was said, and by nothing else.

    Args:
        embedder: any langchain-core embedder.
        cache: keeps the vectors of the persona's sentences from one process to the next.
    """

    def __init__(self, embedder: Embeddings, cache: VectorStore | None = None) -> None:
        self._vectors = TextVectors(embedder, cache)

    def rank(self, graph: PersonaGraph, query: str, *, limit: int) -> Sequence[Fact]:
        """At most `limit` facts that hold now, best first."""
        question = self._vectors.of([query])[0]
        facts = neighbourhood(graph, query, question, self._vectors)
        if not facts:
            return ()
        return _best(facts, fact_vectors(facts, self._vectors) @ question, limit)


class GnnFactRanker:
    """Ranks facts by their own sentence, by what stands around their ends, and by what was named.

        score = q . sentence + neighbours * mean(q . h_subject, q . h_object) + named * share of ends named

    with h from `roleagent.gnn.model.NeighbourhoodAttention`. Both weights were tuned on one half of the
    questions of benchmarks/fact_ranking.py, which says what they are worth on the other half.

    Args:
        embedder: any langchain-core embedder.
        cache: keeps the vectors of the persona's sentences from one process to the next.
        neighbours: weight of the neighbourhood.
        named: weight of being named.
    """

    def __init__(
        self,
        embedder: Embeddings,
        cache: VectorStore | None = None,
        *,
        neighbours: float = 1.0,
        named: float = 0.2,
    ) -> None:
        self._vectors = TextVectors(embedder, cache)
        self._neighbours = neighbours
        self._named = named

    def warm_up(self, graph: PersonaGraph | None = None) -> None:
        """Load torch-geometric, and embed a graph's sentences if one is given."""
        import roleagent.gnn.model  # noqa: F401 - imported for the seconds it takes

        if graph is not None:
            self.rank(graph, "…", limit=1)

    def rank(self, graph: PersonaGraph, query: str, *, limit: int) -> Sequence[Fact]:
        """At most `limit` facts that hold now, best first."""
        question = self._vectors.of([query])[0]
        facts = neighbourhood(graph, query, question, self._vectors)
        if not facts:
            return ()
        features = features_of(facts, graph, self._vectors)
        scores = features.fact @ question
        if self._neighbours:
            scores = scores + self._neighbours * _around(features, question)
        if self._named:
            scores = scores + self._named * _share_named(facts, graph.mentioned_in(query))
        return _best(facts, scores, limit)


def neighbourhood(
    graph: PersonaGraph, query: str, question: Vector, vectors: TextVectors
) -> tuple[Fact, ...]:
    """The facts worth scoring: all that hold now, or those near what was said where they are many.

    Near means within two steps of a node that is named, of an end of a fact that is alike, or of the node
    with the most facts, which in a persona is the character.
    """
    if len(graph) <= MAX_FACTS:
        return _holding(graph.facts.values())
    hub = max(graph.nodes, key=lambda node_id: len(graph.facts_of(node_id)))
    seeds = [*graph.mentioned_in(query), *_alike(graph, question, vectors), hub]
    return _holding(graph.neighbourhood(seeds, radius=_RADIUS))[:MAX_FACTS]


def _alike(graph: PersonaGraph, question: Vector, vectors: TextVectors) -> list[str]:
    if len(graph) > MAX_COMPARED:
        return []
    facts = _holding(graph.facts.values())
    best = _best(facts, fact_vectors(facts, vectors) @ question, _NUM_ALIKE)
    return [end for fact in best for end in (fact.subject, fact.object)]


def _around(features: Features, question: Vector) -> Vector:
    """How well the neighbourhood of each fact's ends answers, [num_facts]."""
    from roleagent.gnn.model import attend

    of_node = attend(features, question) @ question
    subject, object_ = features.edge_index[:, : len(features.fact)]
    mean: Vector = (of_node[subject] + of_node[object_]) / 2
    return mean


def _share_named(facts: Sequence[Fact], named: Sequence[str]) -> Vector:
    """0, 1/2 or 1: how many of a fact's two ends were named, [num_facts]."""
    return np.array([((fact.subject in named) + (fact.object in named)) / 2 for fact in facts], np.float32)


def _holding(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if fact.valid_to is None)


def _best(facts: Sequence[Fact], scores: Vector, limit: int) -> tuple[Fact, ...]:
    """The first of two equal facts stays first."""
    order = np.argsort(-scores, kind="stable")[: max(0, limit)]
    return tuple(replace(facts[index], score=float(scores[index])) for index in order)
