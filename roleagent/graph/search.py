"""Search a graph by words: BM25 over the names and descriptions of nodes and the sentences of facts.

Scripts with spaces are cut into words; Chinese, Japanese and Korean into characters and pairs of them. What
was learned has an index of its own, and the two score as one would.
"""

from __future__ import annotations

import heapq
import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from roleagent.graph.schema import LITERAL
from roleagent.language.tokens import terms
from roleagent.types import Fact, Node

if TYPE_CHECKING:
    from roleagent.graph.graph import PersonaGraph

_K1, _B = 1.2, 0.75  # BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009)
_MAX_QUERY = 2_000  # characters of a question that are read
_NONE: array[int] = array("L")

Kind = Literal["node", "fact"]
_Key = tuple[Kind, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A node or a fact that a search found.

    Attributes:
        kind: which of the two.
        id: its id.
        text: the node's label, or the fact's sentence.
        score: BM25; higher is better, and comparable within one search only.
    """

    kind: Kind
    id: str
    text: str
    score: float


class SearchIndex:
    """Terms of some nodes and facts. Literal nodes are left out: the facts that name them say them."""

    def __init__(self, nodes: Iterable[Node], facts: Iterable[Fact]) -> None:
        self.keys: list[_Key] = []
        self.lengths = array("L")
        self.total_length = 0
        self._places: dict[str, array[int]] = {}
        self._counts: dict[str, array[int]] = {}
        self.place_of: dict[_Key, int] = {}
        for node in nodes:
            if node.type != LITERAL:
                self._add(("node", node.id), "\n".join((node.label, *node.aliases, node.description)))
        for fact in facts:
            self._add(("fact", fact.id), fact.text)

    def _add(self, key: _Key, text: str) -> None:
        place = len(self.keys)
        counts = Counter(terms(text))
        for term, count in counts.items():
            self._places.setdefault(term, array("L")).append(place)
            self._counts.setdefault(term, array("L")).append(count)
        self.keys.append(key)
        self.place_of[key] = place
        self.lengths.append(counts.total())
        self.total_length += counts.total()

    def places(self, term: str) -> Iterator[tuple[int, int]]:
        """Where a term occurs, and how often there."""
        return zip(self._places.get(term, _NONE), self._counts.get(term, _NONE), strict=True)


def search(graph: PersonaGraph, text: str, *, limit: int = 10) -> tuple[Hit, ...]:
    """The nodes and facts that share words with a text, best first; of equals, in the graph's order."""
    parts = _parts(graph)
    scores = _scores(text, parts)

    def rank(found: tuple[int, int]) -> tuple[float, bool, tuple[int, int]]:
        part, place = found
        return -scores[found], parts[part].index.keys[place][0] == "fact", found

    best = heapq.nsmallest(max(limit, 0), scores, key=rank)
    return tuple(_hit(graph, parts[part].index.keys[place], scores[part, place]) for part, place in best)


@dataclass(frozen=True, slots=True)
class _Part:
    """An index and what of it counts.

    Attributes:
        hidden: places that do not count.
    """

    index: SearchIndex
    hidden: frozenset[int]

    @property
    def num_texts(self) -> int:
        return len(self.index.keys) - len(self.hidden)

    @property
    def total_length(self) -> int:
        return self.index.total_length - sum(self.index.lengths[place] for place in self.hidden)

    def places(self, term: str) -> list[tuple[int, int]]:
        found = self.index.places(term)
        return [each for each in found if each[0] not in self.hidden] if self.hidden else list(found)


def _parts(graph: PersonaGraph) -> list[_Part]:
    if graph.base is graph:
        return [_Part(graph.search_index, frozenset())]
    below, learned = graph.base.search_index, graph.learned
    hidden: list[_Key] = [("fact", fact_id) for fact_id in learned.hidden_facts]
    hidden += [("node", node_id) for node_id in learned.hidden_nodes]
    places = frozenset(below.place_of[key] for key in hidden if key in below.place_of)
    return [_Part(graph.search_index, frozenset()), _Part(below, places)]


def _scores(text: str, parts: list[_Part]) -> Mapping[tuple[int, int], float]:
    """BM25 by (part, place), for whatever shares a term with the text."""
    num_texts = sum(part.num_texts for part in parts)
    mean_length = sum(part.total_length for part in parts) / max(num_texts, 1)
    scores: dict[tuple[int, int], float] = {}
    for term in dict.fromkeys(terms(text[:_MAX_QUERY])):
        found = [part.places(term) for part in parts]
        num_with = sum(map(len, found))
        weight = math.log(1 + (num_texts - num_with + 0.5) / (num_with + 0.5)) * (_K1 + 1)
        for number, (part, places) in enumerate(zip(parts, found, strict=True)):
            lengths = part.index.lengths
            for place, count in places:
                norm = _K1 * (1 - _B + _B * lengths[place] / mean_length)
                scores[number, place] = scores.get((number, place), 0.0) + weight * count / (count + norm)
    return scores


def _hit(graph: PersonaGraph, key: _Key, score: float) -> Hit:
    kind, id_ = key
    text = graph.nodes[id_].label if kind == "node" else graph.facts[id_].text
    return Hit(kind=kind, id=id_, text=text, score=score)
