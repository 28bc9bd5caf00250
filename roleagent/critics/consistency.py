"""Drafts that contradict a functional fact of the graph; the verdict cites the fact.

Only what can be compared is held against a draft: a value that names a node, a known place, a number, a date
or a name. A part or a whole of the true place agrees with it; what is asked, supposed or past is not claimed.
"""

from __future__ import annotations

from collections.abc import Iterator

from roleagent.critics.agreement import agrees, names_agree
from roleagent.critics.answers import agreed_to, completed
from roleagent.critics.claims import COVERED, Claim, read_claims
from roleagent.critics.text import new_sentences, plain
from roleagent.graph.graph import PersonaGraph
from roleagent.protocols import Scene
from roleagent.types import Fact, Verdict

NAME = "consistency"

_RELATIONS = {"born": ("born_on", "born_in"), "died": ("died_on", "died_in")}
_UNMARRIED = ("bachelor", "spinster", "unmarried", "never married", "celibate", "monk", "nun")
_UNMARRIED_ZH = ("单身", "未婚", "独身", "出家", "和尚")
_BEINGS = ("person", "animal", "machine")
_STATES = ("has_trait", "works_as", "marital_status")


class ConsistencyCritic:
    """Rejects a sentence that says of the character, the user or others what the graph knows otherwise."""

    name = NAME

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Judge the claims of every new sentence against the facts that hold now."""
        templates = _templates(scene.graph, scene.persona.language)
        asked = plain(scene.turn.text)
        implied = () if scene.judged else (completed(draft, asked), agreed_to(plain(draft), asked))
        for sentence in (*filter(None, implied), *new_sentences(draft, scene)):
            for claim in read_claims(sentence, templates):
                if fact := _contradicted(claim, scene):
                    return _verdict(claim, fact)
                if claim.relation in ("is", "is_called") and _takes_another_name(claim, scene):
                    return Verdict(
                        critic=NAME, ok=False, reason=_not_the_name(claim, scene), quote=claim.quote
                    )
        return Verdict(critic=NAME, ok=True)


def _verdict(claim: Claim, fact: Fact) -> Verdict:
    reason = f"It says “{claim.quote}”, but: {fact.text.strip()}"
    return Verdict(critic=NAME, ok=False, reason=reason, quote=claim.quote, evidence=(fact.id,))


def _not_the_name(claim: Claim, scene: Scene) -> str:
    return f"It says “{claim.quote}”, but the character is {scene.persona.name}."


def _contradicted(claim: Claim, scene: Scene) -> Fact | None:
    """The fact that stands against a claim, if one does."""
    subject = _node(claim.subject, scene)
    if subject is None:
        return None
    if claim.relation == "is_married":
        return _against_marriage(claim, subject, scene.graph)
    for relation in _RELATIONS.get(claim.relation, (_RENAMED.get(claim.relation, claim.relation),)):
        for fact in scene.graph.values(subject, relation):
            if _agrees(claim, fact, scene) == claim.denied:
                return fact
    return _against_marriage(claim, subject, scene.graph) if claim.relation == "married_to" else None


def _agrees(claim: Claim, fact: Fact, scene: Scene) -> bool | None:
    agreed = agrees(claim.value, fact, scene)
    # After "my name is" stands a name, known or not; after "I am" may stand anything.
    return False if agreed is None and claim.relation == "is_called" else agreed


_RENAMED = {"is": "is_called"}


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
            label = graph.nodes[fact.object].label.casefold()
            if label.removeprefix("a ") in _UNMARRIED or any(word in label for word in _UNMARRIED_ZH):
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


def _templates(graph: PersonaGraph, language: str) -> tuple[tuple[str, str], ...]:
    """How the functional relations of the persona's own vocabulary are said."""
    return tuple(
        (relation.name, relation.text[spoken])
        for relation in graph.relations.values()
        if relation.cardinality == "functional" and relation.name not in COVERED
        for spoken in dict.fromkeys((language, "en"))
        if spoken in relation.text
    )
