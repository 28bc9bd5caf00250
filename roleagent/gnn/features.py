"""Facts of a persona graph as arrays: what the attention layer reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roleagent.gnn.text_vectors import Matrix, TextVectors
from roleagent.graph.graph import PersonaGraph
from roleagent.types import Fact, Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """A neighbourhood in numbers; every fact is two edges, one each way.

    Attributes:
        node: embedding of each node's label and description, [num_nodes, dim].
        edge: embedding of each fact's sentence, twice over, [2 * num_facts, dim].
        edge_index: from and to, [2, 2 * num_facts]; the first half runs from subject to object.
    """

    node: Matrix
    edge: Matrix
    edge_index: NDArray[np.int64]

    @property
    def fact(self) -> Matrix:
        """Embedding of each fact's sentence, [num_facts, dim]."""
        return self.edge[: len(self.edge) // 2]


def features_of(facts: Sequence[Fact], graph: PersonaGraph, vectors: TextVectors) -> Features:
    """Embed a neighbourhood. What is canon is kept in the vectors' store, what a user said is not."""
    node_ids = list(dict.fromkeys(end for fact in facts for end in (fact.subject, fact.object)))
    place = {node_id: index for index, node_id in enumerate(node_ids)}
    ends = np.array([(place[fact.subject], place[fact.object]) for fact in facts], dtype=np.int64).T
    sentences = fact_vectors(facts, vectors)
    return Features(
        node=_node_vectors(node_ids, facts, graph, vectors),
        edge=np.concatenate([sentences, sentences]),
        edge_index=np.concatenate([ends, ends[::-1]], axis=1),
    )


def fact_vectors(facts: Sequence[Fact], vectors: TextVectors) -> Matrix:
    """Embeddings of the facts' sentences, [num_facts, dim]."""
    return _by_origin([fact.text for fact in facts], [fact.layer == "canon" for fact in facts], vectors)


def _node_vectors(
    node_ids: Sequence[str], facts: Sequence[Fact], graph: PersonaGraph, vectors: TextVectors
) -> Matrix:
    canon = {end for fact in facts if fact.layer == "canon" for end in (fact.subject, fact.object)}
    texts = [_in_words(graph.nodes[node_id]) for node_id in node_ids]
    return _by_origin(texts, [node_id in canon for node_id in node_ids], vectors)


def _by_origin(texts: Sequence[str], is_canon: Sequence[bool], vectors: TextVectors) -> Matrix:
    """Embed texts, those of the persona's file and those of a user apart."""
    canon = [text for text, canonical in zip(texts, is_canon, strict=True) if canonical]
    learned = [text for text, canonical in zip(texts, is_canon, strict=True) if not canonical]
    if not learned:
        return vectors.of(canon, store=True)
    if not canon:
        return vectors.of(learned)
    rows = dict(zip(learned, vectors.of(learned), strict=True))
    rows |= dict(zip(canon, vectors.of(canon, store=True), strict=True))
    return np.stack([rows[text] for text in texts])


def _in_words(node: Node) -> str:
    return f"{node.label}: {node.description}" if node.description else node.label
