"""Search a graph by words: BM25 over the names and descriptions of nodes and the sentences of facts.

Scripts with spaces are cut into words; Chinese, Japanese and Korean into characters and pairs of them. What
was learned has an index of its own, and the two score as one would.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from roleagent.graph.overlay import Learned
from roleagent.graph.schema import LITERAL
from roleagent.language.bm25 import LexicalIndex, Searched, joint_scores
from roleagent.language.tokens import terms
from roleagent.types import Fact, Node

_K1, _B = 1.2, 0.75  # texts differ in length more than utterances do
_MAX_QUERY = 2_000  # characters of a question that are read

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
    """Words of some nodes and facts. Literal nodes are left out: the facts that name them say them."""

    def __init__(self, nodes: Iterable[Node], facts: Iterable[Fact]) -> None:
        self.keys: list[_Key] = []
        self.words = LexicalIndex(str)  # as they are, not stemmed: a graph is asked for names
        for node in nodes:
            if node.type != LITERAL:
                self.keys.append(("node", node.id))
                self.words.add("\n".join((node.label, *node.aliases, node.description)))
        for fact in facts:
            self.keys.append(("fact", fact.id))
            self.words.add(fact.text)
        self.words.sort()

    def hidden_by(self, learned: Learned) -> list[int]:
        """The places of the texts that a layer of what was learned hides."""
        hidden: list[_Key] = [("fact", fact_id) for fact_id in learned.hidden_facts]
        hidden += [("node", node_id) for node_id in learned.hidden_nodes]
        return [self._place_of[key] for key in hidden if key in self._place_of]

    @cached_property
    def _place_of(self) -> dict[_Key, int]:
        return {key: place for place, key in enumerate(self.keys)}


def search(
    text: str,
    indexes: Mapping[SearchIndex, Sequence[int]],
    *,
    nodes: Mapping[str, Node],
    facts: Mapping[str, Fact],
    limit: int = 10,
) -> tuple[Hit, ...]:
    """The nodes and facts that share words with a text, best first; of equals, in the graph's order.

    Args:
        text: what is looked for.
        indexes: those of a graph, and the places of each that do not count; what was learned comes first.
        nodes: of the whole graph, by id.
        facts: of the whole graph, by id.
        limit: how many at most.
    """
    words = dict.fromkeys(terms(text[:_MAX_QUERY]))
    parts = [Searched(index.words, hidden) for index, hidden in indexes.items()]
    joint = joint_scores(words, parts, k1=_K1, b=_B, dtype=np.float64)
    found: list[tuple[float, bool, int, int, _Key]] = []
    for number, (index, scores) in enumerate(zip(indexes, joint, strict=True)):
        places = np.flatnonzero(scores)
        if 0 < limit < len(places):  # those that cannot be among the best are left out here, which is faster
            places = places[scores[places] >= np.partition(scores[places], -limit)[-limit]]
        for place in places.tolist():
            key = index.keys[place]
            found.append((-float(scores[place]), key[0] == "fact", number, place, key))
    best = heapq.nsmallest(max(limit, 0), found)
    return tuple(
        Hit(kind=kind, id=id_, text=nodes[id_].label if kind == "node" else facts[id_].text, score=-negative)
        for negative, *_, (kind, id_) in best
    )
