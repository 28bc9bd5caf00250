"""A persona's facts as the salience network reads them: nodes that meet where they share an end."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from roleagent.embedding.text_vectors import Matrix, TextVectors
from roleagent.gnn.fact_times import Times, times_of
from roleagent.gnn.features import fact_vectors
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import LITERAL, in_its_time
from roleagent.language.tokens import STOP_WORDS, stem, terms
from roleagent.persona.address import with_you
from roleagent.types import Fact

Indices = NDArray[np.int64]

NUM_CLUES = 18
"""How many numbers say how a fact and what was said fit, beside their embeddings; see `FactGraph.clues`."""

_SMALLEST = 1e-6


@dataclass(frozen=True, kw_only=True)
class FactGraph:
    """Facts and their ends.

    Attributes:
        facts: in any order.
        vectors: embeddings of "relation: sentence", the character as "you", [num_facts, dim].
        subject: index of each fact's subject among the ends, [num_facts].
        object: likewise.
        ends: ids of the nodes at the facts' ends.
        is_character: for each end, [num_ends].
        is_value: for each end: whether it is a literal value, [num_ends].
        character: node of the character.
        moments: relations of what happens at a date.
        as_you: puts "you" for the character's names in a text.
    """

    facts: tuple[Fact, ...]
    vectors: Matrix
    subject: Indices
    object: Indices
    ends: tuple[str, ...]
    is_character: NDArray[np.bool_]
    is_value: NDArray[np.bool_]
    stems: tuple[frozenset[str], ...]
    as_you: Callable[[str], str]
    character: str
    moments: frozenset[str]

    @cached_property
    def _times(self) -> Times:
        """When the facts held."""
        return times_of(self.facts, moments=self.moments)

    @cached_property
    def degrees(self) -> Matrix:
        """How many facts each end has, [num_ends]."""
        counts = np.bincount(self.subject, minlength=len(self.ends)).astype(np.float32)
        counts += np.bincount(self.object, minlength=len(self.ends))
        return counts

    @cached_property
    def _doubt(self) -> Matrix:
        """How unsure each fact is, 0–1, [num_facts]."""
        return np.array([1 - fact.confidence for fact in self.facts], np.float32)

    @cached_property
    def _holders(self) -> dict[str, Indices]:
        """Which facts have each stem."""
        found: dict[str, list[int]] = {}
        for index, stems in enumerate(self.stems):
            for each in stems:
                found.setdefault(each, []).append(index)
        return {each: np.array(indices, np.int64) for each, indices in found.items()}

    @cached_property
    def _rarity(self) -> dict[str, float]:
        """Inverse document frequency of each stem."""
        return {each: math.log(1 + len(self.facts) / len(of)) for each, of in self._holders.items()}

    @cached_property
    def _held(self) -> Matrix:
        """Rarity of all stems of each fact, [num_facts]; 1 for a fact without any."""
        return np.array(
            [sum(map(self._rarity.__getitem__, stems)) or 1.0 for stems in self.stems], np.float32
        )

    def overlap(self, said: str, *, by_user: bool = True) -> tuple[Matrix, float]:
        """Rarity of the stems that each fact shares with a text, [num_facts], and that of all in the text."""
        rarity, unknown = self._rarity, math.log(1 + len(self.facts))
        stems = _stems(said) if by_user else _kept_stems(said)
        shared, wanted = np.zeros(len(self.facts), np.float32), sorted(stems)
        for each in wanted:
            if each in rarity:
                shared[self._holders[each]] += np.float32(rarity[each])
        return shared, sum(rarity.get(each, unknown) for each in wanted) or 1.0

    def clues(self, said: str, likeness: Matrix, mentioned: frozenset[str]) -> Matrix:
        """How each fact fits what was said, in numbers, [num_facts, NUM_CLUES].

        Args:
            said: what was said, the character as "you".
            likeness: cosine of each fact's sentence and what was said, [num_facts].
            mentioned: ids of nodes that it names, without the character.
        """
        spread = max(float(likeness.std()), _SMALLEST)
        order = np.argsort(np.argsort(-likeness, kind="stable"), kind="stable")
        overlap, total = self.overlap(said)
        named = np.array([end in mentioned for end in self.ends], np.float32)
        own = self.is_character.astype(np.float32)
        times = self._times
        degrees = np.log1p(self.degrees) / 3
        return np.stack(
            [
                likeness,
                (likeness - likeness.mean()) / (3 * spread),
                likeness - likeness.max(),
                1 / (1.0 + order),
                overlap / total,
                overlap / self._held,
                overlap / max(float(overlap.max()), 1.0),
                named[self.subject],
                named[self.object],
                own[self.subject],
                own[self.object],
                self.is_value[self.object].astype(np.float32),
                degrees[self.subject],
                degrees[self.object],
                times.ended,
                times.ended_last,
                times.fit(said),
                self._doubt,
            ],
            axis=1,
        ).astype(np.float32)


def fact_graph(facts: Sequence[Fact], graph: PersonaGraph, character: str, vectors: TextVectors) -> FactGraph:
    """Facts of a graph as arrays; their sentences are embedded, each once. The graph keeps the last few.

    Args:
        facts: at least one.
        graph: where their ends are.
        character: node of the character, who is "you".
        vectors: of sentences.
    """
    made: FactGraph = graph.reading(
        ("facts", vectors, character, tuple(facts)), lambda: _fact_graph(facts, graph, character, vectors)
    )
    return made


def _fact_graph(
    facts: Sequence[Fact], graph: PersonaGraph, character: str, vectors: TextVectors
) -> FactGraph:
    ends = tuple(dict.fromkeys(end for fact in facts for end in (fact.subject, fact.object)))
    place = {end: index for index, end in enumerate(ends)}
    as_you = with_you(graph, character, ends)
    addressed = [as_you(in_its_time(fact)) for fact in facts]
    named = [f"{_in_words(fact.relation)}: {text}" for fact, text in zip(facts, addressed, strict=True)]
    return FactGraph(
        facts=tuple(facts),
        vectors=fact_vectors(facts, vectors, texts=named),
        subject=np.array([place[fact.subject] for fact in facts], np.int64),
        object=np.array([place[fact.object] for fact in facts], np.int64),
        ends=ends,
        is_character=np.array([end == character for end in ends], np.bool_),
        is_value=np.array([graph.nodes[end].type == LITERAL for end in ends], np.bool_),
        stems=tuple(
            _kept_stems(text) if fact.layer == "canon" else _stems(text)
            for fact, text in zip(facts, addressed, strict=True)
        ),
        as_you=as_you,
        character=character,
        moments=frozenset(
            name for name, relation in graph.relations.items() if relation.cardinality == "append-only"
        ),
    )


def _in_words(relation: str) -> str:
    """A relation's name as text: it says plainly what a sentence may only imply."""
    return relation.replace("_", " ")


@lru_cache(maxsize=10_000)
def _kept_stems(text: str) -> frozenset[str]:
    """Stems of what is the same for everybody; what a user said is not kept."""
    return _stems(text)


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(term) for term in terms(text) if term not in STOP_WORDS)
