"""Which facts of a graph are scored in a turn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from roleagent.embedding.text_vectors import Matrix, TextVectors, Vector
from roleagent.gnn.features import fact_vectors
from roleagent.graph.graph import PersonaGraph
from roleagent.types import Fact

MAX_FACTS = 400
"""Facts that are scored in one turn, nearest to what was named first."""

MAX_COMPARED = 3_000
"""In a graph with more facts, what was said is compared only with facts near the nodes it names."""

_RADIUS = 2
_NUM_ALIKE = 10  # facts most like what was said, whose ends are looked around from


def nearby(
    graph: PersonaGraph,
    said: Sequence[str],
    asked: Matrix,
    vectors: TextVectors,
    character: str,
    *,
    past: bool = False,
) -> tuple[Fact, ...]:
    """The facts worth scoring: all of them, or those near what was said if there are many.

    Near means within two steps of a named node, of an end of one of the facts most like what was said, or of
    the character.

    Args:
        graph: the persona's facts.
        said: what was said, and what before it.
        asked: embeddings of what was said, [num_said, dim].
        vectors: of sentences.
        character: node of the character.
        past: whether facts that are over count too.
    """
    if len(graph) <= MAX_FACTS:
        return _worth(graph.facts.values(), past=past)
    seeds = [node for text in said for node in graph.mentioned_in(text)]
    if len(graph) <= MAX_COMPARED:
        facts = _worth(graph.facts.values(), past=past)
        if not facts:
            return ()
        rows = graph.reading(("vectors", vectors, past), lambda: fact_vectors(facts, vectors))
        alike = best(facts, (asked @ rows.T).max(axis=0), _NUM_ALIKE, floor=-np.inf)
        seeds += sorted({end for fact in alike for end in (fact.subject, fact.object)})
    near = graph.around([*seeds, character], radius=_RADIUS)
    return _nearest(near, past=past)


def character_of(graph: PersonaGraph) -> str:
    """The node with the most facts: in most personas, the character. Counted once for a graph."""

    def most() -> str:
        return max(graph.nodes, key=lambda node_id: len(graph.facts_of(node_id)))

    found: str = graph.reading("character", most)
    return found


def best(facts: Sequence[Fact], scores: Vector, limit: int, *, floor: float) -> tuple[Fact, ...]:
    """Those above the floor, with their scores; the first of two equal facts stays first."""
    order = np.argsort(-scores, kind="stable")[: max(0, limit)]
    return tuple(
        replace(facts[index], score=float(scores[index])) for index in order if scores[index] > floor
    )


def past_of(graph: PersonaGraph, nodes: Sequence[str]) -> tuple[Fact, ...]:
    """What is over, of nodes about which nothing holds any more; at most `MAX_FACTS`."""
    found: dict[str, Fact] = {}
    for node in nodes:
        facts = graph.facts_of(node)
        if all(fact.valid_to is not None for fact in facts):
            found |= {fact.id: fact for fact in facts}
    return tuple(islice(found.values(), MAX_FACTS))


def _nearest(near: Iterable[Fact], *, past: bool) -> tuple[Fact, ...]:
    """The nearest facts, those that hold before those that are over, up to `MAX_FACTS`."""
    holding, over = list[Fact](), list[Fact]()
    for fact in near:
        if fact.valid_to is None:
            holding.append(fact)
        elif len(over) < MAX_FACTS:
            over.append(fact)
        if len(holding) == MAX_FACTS:
            break
    return tuple((*holding, *over)[:MAX_FACTS]) if past else tuple(holding)


def _worth(facts: Iterable[Fact], *, past: bool) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if past or fact.valid_to is None)
