"""Drafts that contradict a fact of the graph: what a sentence claims, compared with what the graph says.

Only functional relations are compared, which hold one value at a time. The verdict cites the fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from roleagent.critics.agreement import agrees, names_agree
from roleagent.critics.answers import agreed_to, completed
from roleagent.critics.cued_claims import contradicted_by_cue
from roleagent.critics.kin_claims import misnamed_kin, own_kin
from roleagent.critics.repairs import is_unmarried, repaired, with_own_name
from roleagent.critics.text import (
    compile_pattern,
    is_asserted,
    is_question,
    new_sentences,
    plain,
    read_table,
    sentences,
    without_quotations,
)
from roleagent.graph.graph import PersonaGraph
from roleagent.language.tokens import words as words_in
from roleagent.protocols import Scene
from roleagent.types import Fact, Verdict

_FIRST = re.compile(
    r"i|my|our|myself|我|吾|俺|咱|在下|老夫|老朽|本人|小生|小可|贫道|贫僧|老孙|俺老孙|妾身|奴家|朕|孤|本王|洒家",
    re.I,
)
_SECOND = re.compile(r"you|your|你|您", re.I)
_POSSESSIVE_S = re.compile(r"'s?$|的$")

# Relations that the built-in patterns read; others are read off their templates.
COVERED = frozenset(
    {
        "lives_in",
        "is_called",
        "aged",
        "born_on",
        "born_in",
        "died_on",
        "died_in",
        "has_gender",
        "has_mother",
        "has_father",
        "married_to",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a sentence says of somebody.

    Attributes:
        subject: ``I``, ``you``, or words that name a node.
        relation: a relation of the vocabulary; ``is`` for plain identity ("I am Moriarty"),
            ``is_married`` for a state without a name.
        value: the words for the object.
        denied: the sentence says that it is not so.
        quote: the words that make the claim.
    """

    subject: str
    relation: str
    value: str
    denied: bool
    quote: str


def read_claims(sentence: str, templates: tuple[tuple[str, str], ...] = ()) -> Iterator[Claim]:
    """Claims that a plain sentence makes in earnest.

    Args:
        sentence: one sentence, plain.
        templates: further (relation, template) pairs to look for, beyond the built-in patterns.
    """
    if is_question(sentence):
        return
    text = without_quotations(sentence)
    told = ((relation, pattern) for relation, sign, pattern in _compiled(templates) if sign.search(text))
    for relation, pattern in (*_built_in(), *told):
        for match in pattern.finditer(text):
            if is_asserted(text, match.start()):
                yield _claim(relation, match)


def _claim(relation: str, match: re.Match[str]) -> Claim:
    groups: Mapping[str, str | None] = match.groupdict()
    words = _POSSESSIVE_S.sub("", (groups.get("s") or "I").strip())
    return Claim(
        subject="I" if _FIRST.fullmatch(words) else "you" if _SECOND.fullmatch(words) else words,
        relation=relation,
        value=(groups.get("v") or "").strip(),
        denied=bool(groups.get("no")),
        quote=match.group().strip(),
    )


@cache
def _built_in() -> tuple[tuple[str, re.Pattern[str]], ...]:
    table = read_table("claims")
    said = (*table["english"]["patterns"], *table["chinese"]["patterns"])
    return tuple((relation, compile_pattern(pattern, table["words"])) for relation, pattern in said)


@lru_cache(maxsize=64)
def _compiled(
    templates: tuple[tuple[str, str], ...],
) -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    """Relation, the words that must stand in a sentence, and the pattern, which is slower to look for."""
    return tuple(
        (relation, re.compile(sign, re.I), re.compile(pattern, re.I))
        for relation, template in templates
        for sign, pattern in _from_template(template)
    )


def _from_template(template: str) -> Iterator[tuple[str, str]]:
    """``{subject} is kept in {object}`` also said of oneself: "I am kept in …"."""
    before, _, rest = template.partition("{subject}")
    middle, _, after = rest.partition("{object}")
    if before.strip() or not middle.strip():
        return  # the subject comes later or nothing stands between: too little to hold on to
    value = r"(?P<v>[^.,;:!?，。；！？\"]{1,60}?)"
    end = rf"\s*{re.escape(after.strip())}" if after.strip() else r"(?=[.,;:!?，。；！？\"]|$)"
    verb, _, others = middle.strip().partition(" ")
    first_person = {"is": "am", "has": "have", "was": "was", "does": "do"}.get(verb) or _bare(verb)
    for subject, words in (
        (r"(?P<s>[^.,;:!?，。；！？\"]{1,40}?)", middle),
        (r"\b(?P<s>I)", f"{first_person} {others}"),
    ):
        yield _spaced(words), rf"{subject}\s*{_spaced(words)}\s*{value}{end}"
    yield _spaced(middle), rf"(?P<s>我|你|您)\s*{_spaced(middle)}\s*{value}{end}"


def _spaced(words: str) -> str:
    return r"\s+".join(map(re.escape, words.split()))


def _bare(verb: str) -> str:
    """A verb without its -s: "carries" and "likes" as "carry" and "like"."""
    if verb.endswith("ies"):
        return f"{verb[:-3]}y"
    return verb[:-1] if verb.endswith("s") and not verb.endswith("ss") else verb


NAME = "consistency"
LEARNED_MOVES = 0.25
"""The `consistency` below which a draft may contradict what was learned, but not the persona's file."""

_RELATIONS = {"born": ("born_on", "born_in"), "died": ("died_on", "died_in"), "is": ("is_called",)}
_MOST_BARE = 8  # words of an answer that says nothing but what was asked for
_BEINGS = ("person", "animal", "machine")
_STATES = ("has_trait", "works_as", "marital_status")


class ConsistencyCritic:
    """Rejects a sentence that says of the character, the user or others what the graph knows otherwise."""

    name = NAME

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Judge the claims of every new sentence against the facts that hold now."""
        templates = templates_of(scene.graph, scene.persona.language)
        asked = plain(scene.turn.text)
        if not scene.judged:
            first = next(iter(sentences(draft)), "")
            for implied in filter(None, (completed(draft, asked), agreed_to(plain(draft), asked))):
                if (verdict := _judged(implied, scene, templates)) is not None:
                    return _of_bare_answer(verdict, first)
        for sentence in new_sentences(draft, scene):
            if (verdict := _judged(sentence, scene, templates)) is not None:
                return verdict
        return Verdict(critic=NAME, ok=True)


def _judged(sentence: str, scene: Scene, templates: tuple[tuple[str, str], ...]) -> Verdict | None:
    """The verdict on a sentence that is at fault; None if nothing in it is."""
    if quote := own_kin(sentence):
        reason = f"It says “{quote}”, but nobody is their own relative. Say who that is."
        return Verdict(critic=NAME, ok=False, reason=reason, quote=quote)
    for claim in read_claims(sentence, templates):
        if (fact := contradicted(claim, scene)) and _holds(fact, scene):
            return _against(fact, claim.quote, sentence, scene)
        if claim.relation in ("is", "is_called") and _takes_another_name(claim, scene):
            reason = f"It says “{claim.quote}”, but the character is {scene.persona.name}."
            repair = with_own_name(sentence, claim.quote, scene)
            return Verdict(critic=NAME, ok=False, reason=reason, quote=claim.quote, repair=repair)
    if (fact := contradicted_by_cue(sentence, scene)) and _holds(fact, scene):
        return _against(fact, sentence, sentence, scene)
    if (fact := misnamed_kin(sentence, scene)) and _holds(fact, scene):
        # What the fact tells is who that is, and not who the relative is: it mends nothing.
        return replace(_against(fact, sentence, sentence, scene), repair="")
    return None


def _holds(fact: Fact, scene: Scene) -> bool:
    """Whether a draft is held to a fact: to what was learned in talk, only if `consistency` is not low."""
    return fact.layer != "learned" or scene.consistency >= LEARNED_MOVES


def _against(fact: Fact, quote: str, sentence: str, scene: Scene) -> Verdict:
    """The verdict on words that contradict a fact; the fact mends the sentence, if it fits there."""
    return Verdict(
        critic=NAME,
        ok=False,
        reason=f"It says “{quote}”, but: {fact.text.strip()}",
        quote=quote,
        evidence=(fact.id,),
        repair=repaired(sentence, quote, fact, scene),
    )


def _of_bare_answer(verdict: Verdict, first: str) -> Verdict:
    """The verdict on what an answer implies; the repair stands in place of the answer's first sentence.

    The answer "Mycroft." to "What is your name?" holds none of the words that it implies.
    """
    is_bare = verdict.repair and len(words_in(first)) <= _MOST_BARE
    return replace(
        verdict, quote=first if is_bare else verdict.quote, repair=verdict.repair if is_bare else ""
    )


def contradicted(claim: Claim, scene: Scene) -> Fact | None:
    """The fact that a claim contradicts, if there is one."""
    subject = _node(claim.subject, scene)
    if subject is None:
        return None
    if claim.relation == "is_married":
        return _against_marriage(claim, subject, scene.graph)
    for relation in _RELATIONS.get(claim.relation, (claim.relation,)):
        for fact in scene.graph.values(subject, relation):
            agreed = agrees(claim.value, fact, scene)
            if agreed is None and claim.relation == "is_called":
                agreed = False  # what follows "my name is" is a name, known or not; "I am" precedes anything
            if agreed == claim.denied:
                return fact
    return _against_marriage(claim, subject, scene.graph) if claim.relation == "married_to" else None


def _node(subject: str, scene: Scene) -> str | None:
    if subject == "I":
        return scene.persona.node_id
    if subject == "you":
        return "user"
    named = scene.graph.mentioned_in(subject)
    return named[-1] if named else None


def _against_marriage(claim: Claim, subject: str, graph: PersonaGraph) -> Fact | None:
    """Who is known to be unmarried has no wife; who is married does not live single."""
    if claim.denied:
        return (
            next(iter(graph.values(subject, "married_to")), None) if claim.relation == "is_married" else None
        )
    return next(_facts_of_being_single(subject, graph), None)


def _facts_of_being_single(subject: str, graph: PersonaGraph) -> Iterator[Fact]:
    for relation in _STATES:
        for fact in graph.values(subject, relation):
            if is_unmarried(graph.nodes[fact.object].label):
                yield fact


def _takes_another_name(claim: Claim, scene: Scene) -> bool:
    """Whether the character gives itself out for somebody else, where no fact says its name."""
    graph, own = scene.graph, scene.persona.node_id
    if claim.denied or claim.subject != "I" or graph.values(own, "is_called"):
        return False
    named = graph.mentioned_in(claim.value)
    if own in named or names_agree(claim.value, scene.persona.name):
        return False
    return claim.relation == "is_called" or any(graph.nodes[node_id].type in _BEINGS for node_id in named)


def templates_of(graph: PersonaGraph, language: str) -> tuple[tuple[str, str], ...]:
    """How the functional relations of the persona's own vocabulary are said."""
    return tuple(
        (relation.name, relation.text[spoken])
        for relation in graph.relations.values()
        if relation.cardinality == "functional" and relation.name not in COVERED
        for spoken in dict.fromkeys((language, "en"))
        if spoken in relation.text
    )
