"""Facts that answer a question, and drafts that do not know them or deny them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from roleagent.critics.looked_up import telling
from roleagent.critics.text import is_question, matches, sentences
from roleagent.persona.referents import referents
from roleagent.protocols import Scene
from roleagent.types import Fact

_CLEAR_FACT = 3.0  # score of a fact that surely bears on the question
_MOST = 0.5  # share of a question's words that a fact holds more of, if it answers
_ASKED_FOR = {
    "place": re.compile(r"\bwhere|\bplace\b|\bhome\b|\bsettled\b|\btown\b|哪|什么地方", re.I),
    "occupation": re.compile(
        r"\bwork|\btrade\b|\bjob\b|\bliving\b|\boccupation\b|\bprofession\b|职业|做什么|干什么", re.I
    ),
    "person": re.compile(r"\bwho|谁", re.I),
}
"""By which words of a question a value of a type is asked for."""
_MOMENTARY = re.compile(
    r"\b(?:just now|right now|at the moment|today|tonight|last night|yesterday|this morning|at the door)\b"
    r"|刚才|此刻|这会儿|今天|今晚|昨晚|昨天|门口",
    re.IGNORECASE,
)
"""Questions about a moment, of which a fact that holds for years says nothing."""


def clear_fact(scene: Scene, asked: str) -> Fact | None:
    """The fact that answers, if the question names or means somebody and asks for such a value."""
    if _MOMENTARY.search(asked):
        return None
    graph, own_id, language = scene.graph, scene.persona.node_id, scene.persona.language
    meant = {*graph.mentioned_in(asked), *referents(asked, graph, own_id, language=language)} - {own_id}
    for fact in scene.grounds.facts:
        wanted = _ASKED_FOR.get(graph.nodes[fact.object].type) if fact.object in graph.nodes else None
        if fact.subject in meant and (fact.score or 0.0) >= _CLEAR_FACT and wanted and wanted.search(asked):
            return fact
    return None


def names_another(said: Sequence[str], fact: Fact, scene: Scene) -> bool:
    """Whether a draft names another thing of the kind that was asked for."""
    nodes = scene.graph.nodes
    named = scene.graph.mentioned_in(" ".join(said))
    besides = {fact.object, fact.subject, scene.persona.node_id}
    return any(each not in besides and nodes[each].type == nodes[fact.object].type for each in named)


def denied_fact(said: str, asked: str, scene: Scene, table: Mapping[str, Any]) -> Fact | None:  # Any: TOML
    """The fact that tells what a question takes for granted, if a sentence says that there is no such thing.

    "Who shares your rooms?" – "I share them with nobody." – though a fact says who does.
    """
    question = next((each for each in reversed(sentences(asked)) if is_question(each)), "")
    if scene.grounds.doubts or not matches(table["wants"], question) or not matches(table["denies"], said):
        return None
    wanted = telling(question)
    for fact in scene.grounds.facts:
        held = wanted & telling(fact.text)
        if len(held) < 2 or len(held) <= _MOST * len(wanted) or matches(table["denies"], fact.text):
            continue
        if (fact.score or 0.0) >= _CLEAR_FACT and not (telling(fact.text) - wanted) & telling(said):
            return fact
    return None
