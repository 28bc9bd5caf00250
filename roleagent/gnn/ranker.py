"""Fact rankers: from what was said to the facts that matter now, best first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from langchain_core.embeddings import Embeddings

from roleagent.gnn.attention import attend
from roleagent.gnn.background import EVERYDAY_TALK, Background
from roleagent.gnn.features import (
    Features,
    Matrix,
    TextVectors,
    Vector,
    VectorStore,
    fact_vectors,
    features_of,
)
from roleagent.graph.graph import PersonaGraph
from roleagent.language.sentences import is_question, split_sentences
from roleagent.persona.address import with_you
from roleagent.types import Fact

MAX_FACTS = 400
"""Facts that are scored in one turn, nearest to what was named first."""

MAX_COMPARED = 3_000
"""In a graph with more facts, what was said is compared only with facts near the nodes it names."""

UNRELATED = 0.25
"""Share of everyday utterances that may bring some fact to mind; tuned on the odd questions of
benchmarks/fact_ranking.py."""

_RADIUS = 2
_NUM_ALIKE = 10  # facts most like what was said, whose ends are looked around from
_BESIDE_A_QUESTION = 0.5  # weight of a whole utterance against the question in it
_MAX_PIECES = 6  # questions of one utterance that are scored separately
_MAX_BACKGROUNDS = 8  # neighbourhoods whose scores on everyday talk are remembered


class CosineFactRanker:
    """Ranks facts by the likeness of their sentence to what was said, and by nothing else.

    Args:
        embedder: any langchain-core embedder.
        cache: keeps the vectors of the persona's sentences from one process to the next.
        unrelated: see `GnnFactRanker`.
    """

    def __init__(
        self, embedder: Embeddings, cache: VectorStore | None = None, *, unrelated: float | None = UNRELATED
    ) -> None:
        self._ranker = GnnFactRanker(embedder, cache, neighbours=0, named=0, unrelated=unrelated)

    def rank(self, graph: PersonaGraph, query: str, *, limit: int) -> Sequence[Fact]:
        """At most `limit` facts that hold now and bear on what was said, best first."""
        return self._ranker.rank(graph, query, limit=limit)


class GnnFactRanker:
    """Ranks facts by their own sentence, by what stands around their ends, and by what was named.

        likeness = q . sentence + neighbours * mean(s_subject, s_object) + named * share of ends named

    with s from `roleagent.gnn.model.NeighbourhoodAttention` and q what was said: each question in it by
    itself, and the whole utterance at half the weight; without a question, the whole utterance. The best of
    them counts. Before `warm_up`, numpy computes s by the same formula, and torch is not imported. The
    character is "you" in sentences and questions alike (`roleagent.gnn.background`). Both weights were tuned
    on one half of the questions of benchmarks/fact_ranking.py, which reports the other half.

    A fact's `score` is how many standard deviations its likeness lies above its likeness to everyday talk
    (`roleagent.gnn.background`), plus the share of its ends that were named. Facts that score no higher than
    everyday talk makes them are left out, so small talk brings up no facts, whatever the embedder's scale is.

    Args:
        embedder: any langchain-core embedder.
        cache: keeps the vectors of the persona's sentences from one process to the next.
        neighbours: weight of the neighbourhood.
        named: weight of being named.
        unrelated: share of everyday utterances, 0–1, that may bring some fact to mind: the smaller, the
            higher the floor. None for no floor; the score is the likeness then.
    """

    def __init__(
        self,
        embedder: Embeddings,
        cache: VectorStore | None = None,
        *,
        neighbours: float = 1.0,
        named: float = 0.2,
        unrelated: float | None = UNRELATED,
    ) -> None:
        self._vectors = TextVectors(embedder, cache)
        self._neighbours = neighbours
        self._named = named
        self._unrelated = unrelated
        self._attend = attend
        self._backgrounds: OrderedDict[tuple[Fact, ...], Background] = OrderedDict()

    def warm_up(self) -> None:
        """Load the layer now: importing torch and torch-geometric takes seconds."""
        from roleagent.gnn import model

        self._attend = model.attend

    def rank(self, graph: PersonaGraph, query: str, *, limit: int) -> Sequence[Fact]:
        """At most `limit` facts that hold now and bear on what was said, best first."""
        pieces, weights = _pieces(query)
        facts = neighbourhood(graph, query, self._vectors.of(pieces)[0], self._vectors)
        if not facts:
            return ()
        character = _hub(graph)
        as_you = with_you(graph, character, _ends(facts))
        addressed = tuple(replace(fact, text=as_you(fact.text)) for fact in facts)
        features = features_of(addressed, graph, self._vectors)
        likeness = self._likeness(features, self._vectors.of([as_you(piece) for piece in pieces]))
        mentioned = set(graph.mentioned_in(query)) - {character}
        named = np.array(  # [num_facts]: 0, 1/2 or 1 of a fact's two ends
            [((fact.subject in mentioned) + (fact.object in mentioned)) / 2 for fact in facts], np.float32
        )
        if self._unrelated is None:
            return _best(facts, (weights * likeness).max(axis=0) + self._named * named, limit, floor=-np.inf)
        background = self._background(addressed, features, self._unrelated)
        scores = (weights * background.standardised(likeness)).max(axis=0)
        return _best(facts, scores + named if self._named else scores, limit, floor=background.floor)

    def _likeness(self, features: Features, asked: Matrix) -> Matrix:
        """Of the facts' sentences and their neighbourhood, [num_asked, num_facts]."""
        likeness: Matrix = asked @ features.fact.T
        return likeness + self._neighbours * self._around(features, asked) if self._neighbours else likeness

    def _around(self, features: Features, asked: Matrix) -> Matrix:
        """How well the neighbourhood of each fact's ends answers, [num_asked, num_facts]."""
        of_node = self._attend(features, asked)
        subject, object_ = features.edge_index[:, : len(features.fact)]
        mean: Matrix = (of_node[:, subject] + of_node[:, object_]) * np.float32(0.5)
        return mean

    def _background(self, facts: tuple[Fact, ...], features: Features, unrelated: float) -> Background:
        known = self._backgrounds.get(facts)
        if known is None:
            talk = self._vectors.of(EVERYDAY_TALK, store=True)
            known = Background.of(self._likeness(features, talk), unrelated=unrelated)
            self._backgrounds[facts] = known
            while len(self._backgrounds) > _MAX_BACKGROUNDS:
                self._backgrounds.popitem(last=False)
        return known


def _pieces(query: str) -> tuple[list[str], Matrix]:
    """The texts that are scored separately, the questions first, and their weights, [num_pieces, 1]."""
    sentences = split_sentences(query)
    questions = [each for each in sentences if is_question(each)][-_MAX_PIECES:]
    if not questions or len(sentences) == 1:
        return [query], np.ones((1, 1), np.float32)
    weights = [1.0] * len(questions) + [_BESIDE_A_QUESTION]
    return [*questions, query], np.array(weights, np.float32)[:, None]


def neighbourhood(
    graph: PersonaGraph, query: str, question: Vector, vectors: TextVectors
) -> tuple[Fact, ...]:
    """The facts worth scoring: all that hold now, or those near what was said if there are many.

    Near means within two steps of a named node, of an end of one of the facts most like what was said, or of
    the node with the most facts, which in a persona is the character.
    """
    if len(graph) <= MAX_FACTS:
        return _holding(graph.facts.values())
    seeds = list(graph.mentioned_in(query))
    if len(graph) <= MAX_COMPARED:
        facts = _holding(graph.facts.values())
        alike = _best(facts, fact_vectors(facts, vectors) @ question, _NUM_ALIKE, floor=-np.inf)
        seeds += sorted(_ends(alike))
    return _holding(graph.neighbourhood([*seeds, _hub(graph)], radius=_RADIUS))[:MAX_FACTS]


def _ends(facts: Iterable[Fact]) -> set[str]:
    return {end for fact in facts for end in (fact.subject, fact.object)}


def _hub(graph: PersonaGraph) -> str:
    """The node with the most facts: in a persona, the character."""
    return max(graph.nodes, key=lambda node_id: len(graph.facts_of(node_id)))


def _holding(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if fact.valid_to is None)


def _best(facts: Sequence[Fact], scores: Vector, limit: int, *, floor: float) -> tuple[Fact, ...]:
    """Those above the floor; the first of two equal facts stays first."""
    order = np.argsort(-scores, kind="stable")[: max(0, limit)]
    return tuple(
        replace(facts[index], score=float(scores[index])) for index in order if scores[index] > floor
    )
