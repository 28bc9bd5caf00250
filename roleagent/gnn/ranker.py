"""The fact ranker of a trained network: from what was said to the facts that an answer needs."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings

from roleagent.embedding.embedders import embedder_name
from roleagent.errors import ModelError
from roleagent.gnn.fact_graph import FactGraph, fact_graph
from roleagent.gnn.features import Matrix, TextVectors, VectorStore
from roleagent.gnn.likeness import PageRankFactRanker
from roleagent.gnn.nearby import best, character_of, nearby
from roleagent.gnn.pieces import pieces_of
from roleagent.gnn.salience import SalienceNetwork
from roleagent.graph.graph import PersonaGraph
from roleagent.language.asking import asks
from roleagent.protocols import FactRanker
from roleagent.types import Fact

_logger = logging.getLogger(__name__)

WEIGHTS = Path(__file__).parent / "weights"
FLOOR = 0.25
"""Probability below which a fact is not told; chosen on the characters that stop the training."""

BESIDE = 2
"""Facts that PageRank may add to those of a question."""

_MAX_GRAPHS = 8  # sets of facts that are remembered as arrays


class GnnFactRanker:
    """Ranks facts by the probability that an answer needs them.

    A graph network reads the embedding of what was said, that of each fact's sentence, and how both fit, and
    lets facts that share an end hear each other (`roleagent.gnn.network`). So "What do they sell where your
    sister works?" finds what is two steps away. Each question in an utterance is read by itself, and so is
    the whole; the best counts. A fact's `score` is its probability, 0–1. Facts below `FLOOR` are left out:
    small talk brings up none, and a question as many as it needs. Beside a question's facts stand two that
    PageRank finds first, at `FLOOR`: the network overlooks some that share its very words.

    There are weights for the embedders `use-m3` and `bge-small-en`. With another one, `PageRankFactRanker`
    ranks, and a warning says so.

    Args:
        embedder: any langchain-core embedder.
        cache: keeps the vectors of the persona's sentences from one process to the next.
        network: a network trained for the embedder; default: the shipped one.
        floor: least probability of a fact that is told, 0–1.
        beside: how many facts PageRank may add to those of a question.

    Raises:
        ModelError: the network was trained for another embedder, or its file is damaged.
    """

    def __init__(
        self,
        embedder: Embeddings,
        cache: VectorStore | None = None,
        *,
        network: SalienceNetwork | None = None,
        floor: float = FLOOR,
        beside: int = BESIDE,
    ) -> None:
        name = embedder_name(embedder)
        if network is not None and network.embedder != name:
            raise ModelError(
                f"The network was trained for {network.embedder!r}, and the embedder is {name!r}."
            )
        self._network = network or shipped_network(name)
        self._vectors = TextVectors(embedder, cache)
        self._floor = floor
        self._graphs: OrderedDict[tuple[Fact, ...], FactGraph] = OrderedDict()
        self._beside = beside
        self._by_likeness: FactRanker = PageRankFactRanker(embedder, vectors=self._vectors)
        if self._network is None:
            _logger.warning(
                "The graph network has no weights for the embedder %r: PageRank ranks facts instead. "
                "To train it: roleagent train gnn --embedder NAME.",
                name,
            )

    def rank(self, graph: PersonaGraph, query: str, *, limit: int) -> Sequence[Fact]:
        """At most `limit` facts that hold now and that an answer needs, best first."""
        if self._network is None:
            return self._by_likeness.rank(graph, query, limit=limit)
        said = [piece.text for piece in pieces_of(query)]
        facts = nearby(graph, query, self._vectors.of(said)[0], self._vectors)
        if not facts:
            return ()
        character = character_of(graph)
        read = self._graph(facts, graph, character)
        probabilities = _sigmoid(self._read(self._network, read, graph, said, character)).max(axis=0)
        found = best(facts, probabilities, limit, floor=self._floor)
        if not self._beside or not asks(query):
            return found
        known = {fact.id for fact in found}
        alike = self._by_likeness.rank(graph, query, limit=self._beside)
        added = [replace(fact, score=self._floor) for fact in alike if fact.id not in known]
        return (*found, *added)[: max(0, limit)]

    def _read(
        self,
        network: SalienceNetwork,
        facts: FactGraph,
        graph: PersonaGraph,
        said: Sequence[str],
        character: str,
    ) -> Matrix:
        """Log-odds of each fact for each text, [num_said, num_facts]."""
        addressed = [facts.as_you(text) for text in said]
        asked = self._vectors.of(addressed)
        clues = [
            facts.clues(text, facts.vectors @ vector, frozenset(graph.mentioned_in(text)) - {character})
            for text, vector in zip(addressed, asked, strict=True)
        ]
        return network.read(facts, asked, np.stack(clues)).log_odds

    def _graph(self, facts: tuple[Fact, ...], graph: PersonaGraph, character: str) -> FactGraph:
        known = self._graphs.get(facts)
        if known is None:
            known = self._graphs[facts] = fact_graph(facts, graph, character, self._vectors)
            while len(self._graphs) > _MAX_GRAPHS:
                self._graphs.popitem(last=False)
        return known


def shipped_network(embedder: str) -> SalienceNetwork | None:
    """The network for an embedder's vectors; None if none is shipped for it."""
    path = WEIGHTS / f"{embedder}.safetensors"
    return SalienceNetwork.load(path) if path.is_file() else None


def _sigmoid(x: Matrix) -> Matrix:
    odds: Matrix = (1 / (1 + np.exp(-np.clip(x, -60, 60)))).astype(np.float32)
    return odds
