"""The fact ranker of a trained network: from what was said to the facts that an answer needs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings

from roleagent.embedding.embedders import embedder_name
from roleagent.embedding.text_vectors import Matrix, TextVectors, VectorStore
from roleagent.errors import InputError, ModelError
from roleagent.gnn.fact_graph import FactGraph, fact_graph
from roleagent.gnn.likeness import PageRankFactRanker
from roleagent.gnn.nearby import best, character_of, nearby
from roleagent.gnn.paths import LEAST, lifts
from roleagent.gnn.pieces import pieces_of
from roleagent.gnn.salience import Salience, SalienceNetwork, sigmoid
from roleagent.graph.graph import PersonaGraph
from roleagent.language.asking import asks
from roleagent.protocols import FactRanker
from roleagent.types import Fact, Lift

_logger = logging.getLogger(__name__)

WEIGHTS = Path(__file__).parent / "weights"
FLOOR = 0.25
"""Probability below which a fact is not told; chosen on the characters that stop the training."""

BESIDE = 2
"""Facts that PageRank may add to those of a question."""

WINDOW = 4
"""Utterances before this one, the user's and the character's, that facts keep something of."""


class GnnFactRanker:
    """Ranks facts by the probability that an answer needs them.

    A graph network reads the embedding of what was said, that of each fact's sentence, and how both fit,
    and lets facts that share an end hear each other (`roleagent.gnn.network`). So "What do they sell
    where your sister works?" finds what is two steps away. Each question in an utterance is read by
    itself, and so is the whole; the best counts. A fact's `score` is its probability, 0–1. Facts below
    `FLOOR` are left out: small talk brings up none, and a question as many as it needs. Facts that are
    over are found where they are asked for ("Where did you live before?"). What was talked about before,
    by either side, stays warm, so "And where does he live?" finds somebody who is not named. Each fact
    says what lifted it (`Fact.lifted_by`). Beside a question's facts stand two that PageRank finds first,
    at `FLOOR`: the network overlooks some that share its very words.

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
        self._beside = beside
        self._by_likeness: FactRanker = PageRankFactRanker(embedder, vectors=self._vectors)
        if self._network is None:
            _logger.warning(
                "The graph network has no weights for the embedder %r: PageRank ranks facts instead. "
                "To train it: roleagent train gnn --embedder NAME.",
                name,
            )

    def rank(
        self,
        graph: PersonaGraph,
        query: str,
        *,
        limit: int,
        before: Sequence[str] = (),
        character: str = "",
    ) -> Sequence[Fact]:
        """At most `limit` facts that an answer needs, best first; also what is over, if it is asked for.

        What facts keep is computed from the last `WINDOW` utterances of `before`. So it is the same after a
        restart, and nothing of it has to be stored, migrated or erased.
        """
        if self._network is None:
            return self._by_likeness.rank(graph, query, limit=limit, before=before, character=character)
        if isinstance(before, str) or not all(isinstance(text, str) for text in before):
            raise InputError(f"before is {before!r}: pass a list of texts.")
        if not graph.nodes:
            return ()
        character = character or character_of(graph)
        talk = [text for text in before if text.strip()][-WINDOW:]
        said = _texts(query)
        asked = self._vectors.of([said[0], *talk])
        self._check(asked)
        facts = nearby(graph, [query, *talk], asked, self._vectors, character, past=True)
        if not facts:
            return ()
        read = fact_graph(facts, graph, character, self._vectors)
        reading = _Reading(self._network, read, graph, self._vectors)
        found = reading.ranked(said, reading.state_after(talk), limit=limit, floor=self._floor)
        if not self._beside or not asks(query):
            return found
        known = {fact.id for fact in found}
        alike = self._by_likeness.rank(graph, query, limit=self._beside, character=character)
        added = [replace(fact, score=self._floor) for fact in alike if fact.id not in known]
        return (*found, *added)[: max(0, limit)]

    def _check(self, vectors: Matrix) -> None:
        """Refuse vectors of another size than the network was trained on."""
        if self._network is not None and vectors.shape[1] != self._network.dim:
            raise ModelError(
                f"The network for {self._network.embedder!r} reads rows of {self._network.dim} numbers, and "
                f"the embedder gives {vectors.shape[1]}. Give it another name, or train a network for it."
            )


@dataclass(frozen=True, slots=True)
class _Reading:
    """A network that reads what is said about a graph."""

    network: SalienceNetwork
    facts: FactGraph
    graph: PersonaGraph
    vectors: TextVectors

    def state_after(self, talk: Sequence[str]) -> Matrix | None:
        """What the facts keep of some utterances, [num_facts, warmth]; None if there are none."""
        held: Matrix | None = None
        for text in talk:
            held = self.network.keep(held, self.read(_texts(text), held))
        return held

    def read(self, said: Sequence[str], held: Matrix | None) -> Salience:
        """How much each text needs each fact.

        Args:
            said: at least one.
            held: what the facts keep of the utterances before, [num_facts, warmth].
        """
        character = self.facts.character
        addressed = [self.facts.as_you(text) for text in said]
        asked = self.vectors.of(addressed)
        clues = [
            self.facts.clues(
                text, self.facts.vectors @ vector, frozenset(self.graph.mentioned_in(text)) - {character}
            )
            for text, vector in zip(addressed, asked, strict=True)
        ]
        return self.network.read(self.facts, asked, np.stack(clues), held)

    def ranked(
        self, said: Sequence[str], held: Matrix | None, *, limit: int, floor: float
    ) -> tuple[Fact, ...]:
        """The facts above the floor, with what lifted them."""
        found = self.read(said, held)
        most = found.log_odds.argmax(axis=0)
        probabilities = sigmoid(found.log_odds.max(axis=0))
        warm = np.zeros_like(probabilities)
        if held is not None:
            warm = found.log_odds.max(axis=0) - self.read(said, None).log_odds.max(axis=0)
        places = {fact.id: place for place, fact in enumerate(self.facts.facts)}
        told = []
        for fact in best(self.facts.facts, probabilities, limit, floor=floor):
            place = places[fact.id]
            by_facts = lifts(self.network, self.facts, found, int(most[place]), place)
            by_talk = (Lift(weight=round(float(warm[place]), 3)),) if warm[place] >= LEAST else ()
            told.append(replace(fact, lifted_by=(*by_talk, *by_facts)))
        return tuple(told)


def _texts(said: str) -> list[str]:
    """Each question of an utterance, and the whole."""
    return [piece.text for piece in pieces_of(said)]


def shipped_network(embedder: str) -> SalienceNetwork | None:
    """The network for an embedder's vectors; None if none is shipped for it."""
    path = WEIGHTS / f"{embedder}.safetensors"
    return SalienceNetwork.load(path) if path.is_file() else None
