"""Facts that answer a question, and drafts that do not know them or deny them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from roleagent.critics.looked_up import telling
from roleagent.critics.text import is_question, matches, sentences
from roleagent.graph.schema import LITERAL
from roleagent.graph.timeline import is_within
from roleagent.language.asking import asks
from roleagent.language.dates import is_later, years_named
from roleagent.language.tokens import words
from roleagent.persona.referents import referents
from roleagent.protocols import Scene
from roleagent.types import Fact

_CLEAR_FACT = 0.65  # score of a fact that surely bears on the question
_SURE_FACT = 0.7  # the same of one that stands alone: then 96 of 100 are what the question needs
_BESIDE_IT = 0.4  # score that no other fact reaches then
_FEW_WORDS = 2  # "What?", "Where to?" after a question is no second one
_SHORTEST_STEM = 4  # letters that two words of one kin share: "bake", "baker"
_MOST = 0.5  # share of a question's words that a fact holds more of, if it answers
_ASKED_FOR = {
    "place": re.compile(r"\bwhere|\bplace\b|\bhome\b|\bsettled\b|\btown\b|哪|什么地方", re.I),
    "occupation": re.compile(
        r"\bwork|\btrade\b|\bjob\b|\bliving\b|\boccupation\b|\bprofession\b|职业|做什么|干什么", re.I
    ),
    "person": re.compile(r"\bwho|谁", re.I),
}
"""By which words of a question a value of a type is asked for."""
_WHERE_WERE_YOU = re.compile(
    r"\bwhere (?:were|had) you\b|[你您](?:那时候?|当时)?(?:人)?(?:在|身在)(?:哪|何)", re.I
)
_MOMENTARY = re.compile(
    r"\b(?:just now|right now|at the moment|today|tonight|last night|yesterday|this morning|at the door)\b"
    r"|刚才|此刻|这会儿|今天|今晚|昨晚|昨天|门口",
    re.IGNORECASE,
)
"""Questions about a moment, of which a fact that holds for years says nothing."""
_REASON = re.compile(
    r"\bwhy\b|\bhow (?!old|many|much|long|tall|far|often|big|large)|\bwhat (?:do|did|would) you think\b"
    r"|为什么|为何|怎么(?!样|称呼)|咋|觉得|看法",
    re.IGNORECASE,
)
"""Questions for a reason, a way or an opinion, which one fact seldom is."""


_POLITE = re.compile(
    r"\b(?:may|might|can|could|would) (?:I|you) (?:please )?(?:ask|tell me|say|know)\b"
    r"|\bI(?:'d| would)? (?:like to|want to) (?:know|hear)\b|\bI wonder(?:ed)?\b|\b(?:tell|remind) me\b"
    r"|我想知道|请问|能不能告诉我|告诉我",
    re.IGNORECASE,
)
"""What stands before a question to be polite."""
_WANTS = re.compile(
    r"\b(?:what|which|where|who|whom|whose|when)\b|\bhow (?:old|many|much|long|tall|far|often)\b"
    r"|^\W*(?:name|list|describe|about)\b|谁|什么|啥|哪|几|多少|多大|多久|何",
    re.IGNORECASE,
)
"""Questions for a value. Whether something is so can be answered in any words."""
_SUPPOSES = re.compile(
    r"\b(?:would|could|should|shall|will|can|may|might|if|suppose|imagine)\b|如果|要是|假如|能|会|该|可以",
    re.IGNORECASE,
)
_OF_THE_USER = re.compile(r"\b(?:I|I'm|I've|I'd|me|my|mine|we|our)\b|我|俺|咱", re.IGNORECASE)
_OF_TYPE = (
    (
        re.compile(r"\bwhere\b|哪(?:里|儿)|何处", re.I),
        {"place", "organisation", "event", LITERAL},
    ),
    (re.compile(r"\bwho(?:m|se)?\b|谁", re.I), {"person", "animal", "machine", "organisation", LITERAL}),
    (re.compile(r"\bwhen\b|\bhow (?:old|many|much)\b|几|多大|多少|何时|什么时候", re.I), {"event", LITERAL}),
)
"""Which types of an end a question asks for."""


def clear_fact(scene: Scene, asked: str) -> Fact | None:
    """The fact that answers, if the question names or means somebody and asks for such a value."""
    if _MOMENTARY.search(asked):
        return None
    graph, own_id, language = scene.graph, scene.persona.node_id, scene.persona.language
    meant = {*graph.mentioned_in(asked), *referents(asked, graph, own_id, language=language)} - {own_id}
    for fact in scene.grounds.facts:
        if fact.valid_to is not None:
            continue
        wanted = _ASKED_FOR.get(graph.nodes[fact.object].type) if fact.object in graph.nodes else None
        if fact.subject in meant and (fact.score or 0.0) >= _CLEAR_FACT and wanted and wanted.search(asked):
            return fact
    return None


def sure_facts(scene: Scene, asked: str, *, is_plain: bool = True) -> Sequence[Fact]:
    """What surely answers a plain question, by the ranker's probabilities: values of one relation.

    Of facts that lead from one to the next ("Where does your brother live?"), the last ones answer. Where the
    character was in a year is told by what began and ended around it, before what merely held then. None do
    if something was shown or looked up, if the question is doubtful, supposes something or is about the user,
    or if a rule of the persona speaks of the same: the character may have to keep it to itself.

    Args:
        scene: its grounds hold the ranked facts.
        asked: the message.
        is_plain: whether a question that supposes something, or speaks of the user, has no sure answer.
    """
    grounds = scene.grounds
    questions = [each for each in sentences(asked) if asks(each) and len(words(each)) > _FEW_WORDS]
    if len(questions) != 1 or grounds.doubts or grounds.observations or scene.looked_up:
        return ()
    question = _POLITE.sub(" ", questions[0])
    if not _WANTS.search(question) or any(each.search(asked) for each in (_MOMENTARY, _REASON)):
        return ()
    if is_plain and (_SUPPOSES.search(question) or _OF_THE_USER.search(question)):
        return ()
    near = [each for each in grounds.facts if (each.score or 0.0) >= _BESIDE_IT]
    if scene.persona.horizon.until and any(
        is_later(year, scene.persona.horizon.until) for year in years_named(question)
    ):
        return ()
    if _WHERE_WERE_YOU.search(question):
        of_the_year = [each for each in near if any(is_within(each, year) for year in years_named(question))]
        near = of_the_year or near
    starts = {each.subject for each in near}
    last = [each for each in near if each.object not in starts]
    if len({(each.subject, each.relation, each.valid_to is None) for each in last}) != 1:
        return ()
    if max(each.score or 0.0 for each in last) < _SURE_FACT or not _fits(question, last[0], scene):
        return ()
    return (
        ()
        if any(_is_kept(rule, each, asked, scene) for rule in scene.persona.rules for each in last)
        else last
    )


def _fits(question: str, fact: Fact, scene: Scene) -> bool:
    """Whether a fact has an end of the kind that is asked for: a place for "where", somebody for "who"."""
    ends = {fact.object, fact.subject} - {scene.persona.node_id}
    types = {scene.graph.nodes[each].type for each in ends if each in scene.graph.nodes}
    return all(types & wanted for pattern, wanted in _OF_TYPE if pattern.search(question))


def _is_kept(rule: str, fact: Fact, asked: str, scene: Scene) -> bool:
    """Whether a rule speaks of a fact: by its value, or by two words of it or of the question."""
    said = {each for each in telling(rule) if not each.isdigit()}
    node = scene.graph.nodes.get(fact.object)
    return bool(said & telling(node.label if node else "")) or len(said & telling(f"{asked} {fact.text}")) > 1


def tells(said: str, fact: Fact, asked: str, scene: Scene) -> bool:
    """Whether a draft says something of a fact that the question does not, or a word of the same kin."""
    nodes = [scene.graph.nodes[end] for end in (fact.object, fact.subject) if end in scene.graph.nodes]
    names = telling(" ".join(name for node in nodes for name in (node.label, *node.aliases)))
    own = scene.graph.nodes.get(scene.persona.node_id)
    theirs = telling(" ".join((own.label, *own.aliases))) if own else frozenset()
    known = (names | telling(fact.text)) - telling(asked) - theirs - _relation_words(fact)
    return not known or any(_are_kin(one, other) for one in known for other in telling(said))


def _relation_words(fact: Fact) -> frozenset[str]:
    """What only names the relation: "I fear stairs" tells nothing of geese."""
    return telling(fact.relation.replace("_", " "))


def _are_kin(one: str, other: str) -> bool:
    if one == other:
        return True
    shortest = min(len(one), len(other))
    return shortest >= _SHORTEST_STEM and one[:_SHORTEST_STEM] == other[:_SHORTEST_STEM]


def names_another(said: Sequence[str], fact: Fact, scene: Scene) -> bool:
    """Whether a draft names another thing of the kind that was asked for, unconnected with the right one."""
    nodes = scene.graph.nodes
    named = scene.graph.mentioned_in(" ".join(said))
    around = {end for each in scene.graph.facts_of(fact.object) for end in (each.subject, each.object)}
    besides = {fact.object, fact.subject, scene.persona.node_id, *around}
    return any(each not in besides and nodes[each].type == nodes[fact.object].type for each in named)


def denied_fact(said: str, asked: str, scene: Scene, table: Mapping[str, Any]) -> Fact | None:  # Any: TOML
    """The fact that tells what a question takes for granted, if a sentence says that there is no such thing.

    "Who shares your rooms?" – "I share them with nobody." – though a fact says who does.
    """
    question = next((each for each in reversed(sentences(asked)) if is_question(each)), "")
    if scene.grounds.doubts or not matches(table["wants"], question) or not matches(table["denies"], said):
        return None
    wanted = telling(question)
    for fact in (each for each in scene.grounds.facts if each.valid_to is None):
        held = wanted & telling(fact.text)
        if len(held) < 2 or len(held) <= _MOST * len(wanted) or matches(table["denies"], fact.text):
            continue
        if not (telling(fact.text) - wanted) & telling(said):  # sharing most of the words is score enough
            return fact
    return None
