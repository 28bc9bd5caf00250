"""From what the user claims of themselves, by patterns, to a proposed change of what is known."""

from __future__ import annotations

from datetime import date, datetime
from itertools import islice

from roleagent.graph.graph import PersonaGraph
from roleagent.language.scripts import has_han
from roleagent.learning.chinese import chinese
from roleagent.learning.claims import read_claims
from roleagent.learning.english import english
from roleagent.learning.rules import propose
from roleagent.learning.statements import Claim, as_candidate
from roleagent.types import GraphUpdate

_NUM_SAMPLED = 30  # facts that tell a graph's language
_CONFIDENCE = 0.9  # 0-1: patterns seldom misread


class PatternUpdater:
    """Reads facts about the user off their own words, by patterns, in English and Chinese.

    `learning.rules` judges what was read.
    """

    def propose(self, graph: PersonaGraph, said: str, at: datetime, evidence: tuple[str, ...]) -> GraphUpdate:
        """What the words teach; the same words at the same time always propose the same."""
        candidates = [
            as_candidate(claim, confidence=_CONFIDENCE, evidence=evidence)
            for claim in read_all_claims(said, at.date())
        ]
        return propose(graph, candidates, at=at, language=graph_language(graph))


def read_all_claims(text: str, today: date) -> tuple[Claim, ...]:
    """Claims in both languages; a text may mix them."""
    in_chinese = read_claims(text, chinese(), today) if has_han(text) else ()
    return (*read_claims(text, english(), today), *in_chinese)


def graph_language(graph: PersonaGraph) -> str:
    """Chinese where most of the graph's first facts are told in it, else English."""
    sample = [fact.text for fact in islice(graph.facts.values(), _NUM_SAMPLED) if fact.layer == "canon"]
    num_chinese = sum(1 for text in sample if has_han(text))
    return "zh" if num_chinese * 2 > len(sample) else "en"
