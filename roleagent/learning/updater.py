"""From what the user claims of themselves, by patterns, to a proposed change of what is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import islice

from roleagent.graph.graph import PersonaGraph
from roleagent.language.scripts import has_han
from roleagent.learning.chinese import CHINESE
from roleagent.learning.claims import read_claims
from roleagent.learning.english import ENGLISH
from roleagent.learning.rules import propose
from roleagent.learning.statements import Claim, as_candidate, episode_id
from roleagent.types import GraphUpdate, Observation, Turn

_NUM_SAMPLED = 30  # facts that tell a graph's language

# How much a claim is trusted: patterns misread seldom, and a voice may be misheard besides.
_TYPED_CONFIDENCE = 0.9
_SPOKEN_CONFIDENCE = 0.7


class PatternUpdater:
    """Reads facts about the user off their own words, by patterns, in English and Chinese.

    Evidence is what the user wrote, and what they said where their voice is the input (`Turn.voice`). What
    was seen or heard in attachments and the persona's own words are none. `learning.rules` judges what was
    read.
    """

    def propose(self, graph: PersonaGraph, turn: Turn, observations: Sequence[Observation]) -> GraphUpdate:
        """What the turn teaches; the same turn always proposes the same."""
        evidence, confidence = (episode_id(turn),), trust_in(turn)
        candidates = [
            as_candidate(claim, confidence=confidence, evidence=evidence)
            for claim in read_all_claims(turn.text, turn.at.date())
        ]
        return propose(graph, candidates, at=turn.at, language=graph_language(graph))


def load_pattern_updater(argument: str = "") -> PatternUpdater:
    """What the registry calls; the argument has no meaning."""
    return PatternUpdater()


def read_all_claims(text: str, today: date | None = None) -> tuple[Claim, ...]:
    """Claims in both languages; a text may mix them."""
    chinese = read_claims(text, CHINESE, today) if has_han(text) else ()
    return (*read_claims(text, ENGLISH, today), *chinese)


def trust_in(turn: Turn) -> float:
    """How far what was read off the user's words is to be trusted, 0–1."""
    return _TYPED_CONFIDENCE if turn.voice is None else _SPOKEN_CONFIDENCE


def graph_language(graph: PersonaGraph) -> str:
    """Chinese where most of the graph's first facts are told in it, else English."""
    sample = [fact.text for fact in islice(graph.facts.values(), _NUM_SAMPLED) if fact.layer == "canon"]
    num_chinese = sum(1 for text in sample if has_han(text))
    return "zh" if num_chinese * 2 > len(sample) else "en"
