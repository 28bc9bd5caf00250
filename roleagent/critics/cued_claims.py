"""Claims that a sentence makes wherever its value stands: "It was Ada who gave me the ring".

`consistency.read_claims` reads sentences in the order subject, verb, value. Here words of the table ``cues``
say which relation a sentence speaks of, and of whom; the value is whatever else it names. So that little is
read into a sentence, it must name one subject, deny nothing, and tell no past.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from roleagent.critics.agreement import agrees
from roleagent.critics.text import compile_pattern, is_asserted, is_question, list_names, read_table
from roleagent.graph.graph import PersonaGraph
from roleagent.language.scripts import has_unspaced
from roleagent.protocols import Scene
from roleagent.types import Fact, Node

_SUBJECT = "{{s}}"
_NOBODY = "(?!)"
_GAP = "[^"
_BEINGS = ("person", "animal", "machine")
_OF_BEINGS = ("is_called", "has_father", "has_mother", "married_to", "has_master")
_MOST_CHARS = 160
_UNCLEAR = re.compile(
    r"\b(?:not|never|no|nor|neither|without|nobody|until|once|former(?:ly)?|used to|no longer|before|after"
    r"|almost|nearly|about|over|under|more than|less than|at least|up to|near|opposite|beside|behind|towards?"
    r"|visit\w*|like|except|but|than|instead)\b|n't\b|不|没|未|非|别|曾|以前|从前|当年|附近|旁边|对面",
    re.I,
)
"""What makes it unclear whether the value is the one that a fact has."""


class _Claim(NamedTuple):
    """A relation that a sentence speaks of.

    Attributes:
        subject: id of its node.
        value: the rest of the sentence, or the words that the table asks for.
        is_literal: whether it is those words.
    """

    subject: str
    relation: str
    value: str
    is_literal: bool


def contradicted_by_cue(sentence: str, scene: Scene) -> Fact | None:
    """The fact that a plain sentence contradicts, if it speaks of a relation by words of the table."""
    if not _is_clear(sentence):
        return None
    for claim in _claims(sentence, scene):
        facts = scene.graph.values(claim.subject, claim.relation)
        if facts and all(_is_against(claim, fact, scene) for fact in facts):
            return facts[0]
    return _misattributed(sentence, scene)


def _claims(sentence: str, scene: Scene) -> Iterator[_Claim]:
    graph, own = scene.graph, scene.persona.node_id
    named = graph.mentioned_in(sentence)
    for relation, cue in _cues(has_unspaced(sentence)).items():
        if relation not in graph.relations:
            continue
        others = [each for each in named if each != own and graph.values(each, relation)]
        of_others = [each for each in others if _speaks_of(sentence, cue.other, graph.nodes[each])]
        if len(of_others) == 1:
            subject = graph.nodes[of_others[0]]
        elif not of_others and own in graph.nodes and _speaks_of(sentence, cue.own, None):
            subject = graph.nodes[own]
        else:
            continue
        cue_for = cue.other if of_others else cue.own
        rest = _rest(sentence, cue_for, subject, graph)
        if not cue.value:
            yield _Claim(subject.id, relation, rest, is_literal=False)
        elif found := _pattern(cue.value, "").search(rest):
            yield _Claim(subject.id, relation, found.group(), is_literal=True)


def _rest(sentence: str, cue: str, subject: Node, graph: PersonaGraph) -> str:
    """The sentence without its subject, and without the words of the cue if others name something.

    The words of a cue may name somebody themselves: "my master", where it is an alias of the right one. A cue
    with a gap may hold the value.
    """
    names = list_names(_names(subject))
    if _GAP in cue:
        return _pattern(names, "").sub(" ", sentence)
    without = _pattern(cue, names).sub(" ", sentence)
    named = [each for each in graph.mentioned_in(without) if each != subject.id]
    return _pattern(names, "").sub(" ", without if named else sentence)


def _is_against(claim: _Claim, fact: Fact, scene: Scene) -> bool:
    graph = scene.graph
    true = graph.nodes[fact.object]
    if claim.is_literal:
        told = " ".join(each.text for each in graph.facts_of(claim.subject))
        return _evened(claim.value) not in _evened(f"{true.label} {told}")
    named = [graph.nodes[each] for each in graph.mentioned_in(claim.value) if each != claim.subject]
    if fact.relation in _OF_BEINGS:
        return any(node.type in _BEINGS for node in named) and agrees(claim.value, fact, scene) is False
    return any(node.type == true.type for node in named) and agrees(claim.value, fact, scene) is False


def _misattributed(sentence: str, scene: Scene) -> Fact | None:
    """The fact that says who did what a sentence puts down to somebody else."""
    graph = scene.graph
    named = graph.mentioned_in(sentence)
    people = [each for each in named if graph.nodes[each].type in _BEINGS]
    for relation, cue in _cues(has_unspaced(sentence)).items():
        if len(people) != 1 or not _speaks_of(sentence, cue.author, None):
            continue
        for thing in (each for each in named if each not in people):
            told = [each for each in graph.facts_of(thing) if each.relation == relation]
            if told and all(each.object == thing and each.subject != people[0] for each in told):
                return told[0]
    return None


class _Cue(NamedTuple):
    own: str
    other: str
    author: str
    value: str


@cache
def _cues(is_chinese: bool) -> Mapping[str, _Cue]:
    table = read_table("cues")["chinese" if is_chinese else "english"]
    words = table["words"]

    def filled(pattern: str) -> str:
        for _ in range(3):
            for name, meaning in words.items():
                pattern = pattern.replace(f"{{{{{name}}}}}", meaning)
        return pattern

    return {
        relation: _Cue(*(filled(cue.get(key, "")) for key in _Cue._fields))
        for relation, cue in table.items()
        if relation != "words"
    }


def _is_clear(sentence: str) -> bool:
    return len(sentence) <= _MOST_CHARS and not is_question(sentence) and not _UNCLEAR.search(sentence)


def _speaks_of(sentence: str, cue: str, subject: Node | None) -> bool:
    if not cue:
        return False
    names = _NOBODY if subject is None else list_names(_names(subject))
    found = _pattern(cue, names).search(sentence)
    return found is not None and is_asserted(sentence, found.start())


@lru_cache(maxsize=2_000)
def _pattern(cue: str, names: str) -> re.Pattern[str]:
    subject = names if not names or has_unspaced(names) else rf"(?<!\w)(?:{names})"
    return compile_pattern(cue.replace(_SUBJECT, f"(?:{subject})"), {})


def _names(node: Node) -> frozenset[str]:
    return frozenset({node.label, *node.aliases})


def _evened(text: str) -> str:
    """Small letters, numbers without separators, ``1`` for an article."""
    evened = re.sub(r"(?<=\d)[,.](?=\d{3}\b)", "", text.casefold())
    evened = re.sub(r"\b(?:an?|one)\b", "1", evened)
    words = re.findall(r"\w+", evened)
    return f" {' '.join(word.removesuffix('s') if len(word) > 3 else word for word in words)} "
