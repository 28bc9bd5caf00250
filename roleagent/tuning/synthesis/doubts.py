"""False premises, what no fact tells, and what lies beyond the character's horizon."""

from __future__ import annotations

from collections.abc import Iterator

from roleagent.critics.horizon import later_than
from roleagent.language.dates import parse_date
from roleagent.language.scripts import has_han
from roleagent.persona.address import to_character
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.prompts import Staged
from roleagent.tuning.synthesis.questions import askable, framed, plain_questions, small
from roleagent.tuning.synthesis.stage import Stage, capitalised
from roleagent.tuning.synthesis.values import swapped
from roleagent.types import Fact

_OWN_LINES = 0.5  # share of the replies that decline in the persona's own words
_OF_OTHERS = 0.4  # share of the unknown that is about somebody of the persona's world
_LACKED = (
    "born_on",
    "born_in",
    "aged",
    "has_mother",
    "has_father",
    "wears",
    "studied_at",
    "has_pet",
    "fears",
)
"""Relations by which one can ask about a person of whom the graph does not say."""


def premise_dialogues(stage: Stage) -> Iterator[Dialogue]:
    """Something false is taken for granted; the reply denies it with the truth."""
    facts = [fact for fact in askable(stage) if stage.sentence(fact)]
    yield from stage.each(facts, lambda fact: _premise(stage, fact))


def _premise(stage: Stage, fact: Fact) -> Dialogue | None:
    truth = stage.sentence(fact)
    wrong, false = _wrong_texts(stage, fact, truth)
    if not wrong:
        return None
    said = stage.one("premise", "said").format(wrong_statement=wrong)
    reply = stage.rng.choice(stage.words.lines("premise", "reply")).format(truth=truth)
    accepted = stage.rng.choice(stage.words.lines("premise", "accept")).format(wrong=false)
    return stage.dialogue(
        stage.staged(capitalised(said), [fact]),
        capitalised(stage.manner.dressed(reply, stage.rng)),
        kind="premise",
        about=[fact],
        grounded=stage.facts_in_prompt,
        twin=accepted,
    )


def _wrong_texts(stage: Stage, fact: Fact, truth: str) -> tuple[str, str]:
    """A fact with a wrong value, within a sentence said to the character, and as the character would say it.

    Both are empty if there is no such value.
    """
    graph, language = stage.graph, stage.language
    for value in stage.wrong(fact):
        told = swapped(fact.text, fact, value, graph, language)
        said = swapped(truth, fact, value, graph, language)
        if told and said:
            return _within(stage, to_character(told, stage.persona).rstrip(".。")), said
    return "", ""


def _within(stage: Stage, sentence: str) -> str:
    """A sentence without its capital letter, unless a name opens it."""
    names = (name for node in stage.graph.nodes.values() for name in (node.label, *node.aliases))
    opening = max((name for name in names if sentence.startswith(name)), key=len, default="")
    return small(sentence, opening)


def unknown_dialogues(stage: Stage) -> Iterator[Dialogue]:
    """Questions whose answer no fact tells: the character says so, in its own words where it has some."""
    lacked = _lacked(stage)
    others = stage.deck(lacked)
    while True:
        wrong = stage.rng.choice(stage.words.lines("unknown", "wrong"))
        if lacked and stage.rng.random() < _OF_OTHERS:
            person, relation = next(others)
            said, wrong = _about_other(stage, person, relation), _invented(stage, relation)
        else:
            said = stage.one("unknown", "said")
        yield stage.dialogue(Staged(said=said), _declined(stage, "unknown"), kind="unknown", twin=wrong)


def _lacked(stage: Stage) -> list[tuple[str, str]]:
    """Persons of the graph, each with a relation of which nothing is told."""
    graph = stage.graph
    summary = stage.persona.summary
    people = [
        node
        for node in graph.nodes.values()
        if node.type == "person" and node.id != stage.persona.node_id and node.label not in summary
    ]
    return [
        (node.id, relation)
        for node in people
        for relation in _LACKED
        if not any(fact.relation == relation for fact in graph.facts_of(node.id))
    ]


def _about_other(stage: Stage, person: str, relation: str) -> str:
    asked = Fact(id="", subject=person, relation=relation, object="", text="")
    return framed(stage.one("frames", "ask"), stage.rng.choice(plain_questions(stage, asked)))


def _invented(stage: Stage, relation: str) -> str:
    """An answer without any ground."""
    pool = {"born_in": "place", "has_mother": "person", "has_father": "person", "studied_at": "organisation"}
    kinds = {**pool, "has_pet": "animal", "wears": "artifact", "fears": "animal"}
    if relation in kinds:
        value = stage.rng.choice(stage.words.lines("pool", kinds[relation]))
        return capitalised(stage.words.lines("replies", "short")[0].format(object=value))
    return stage.rng.choice(stage.words.lines("unknown", "wrong"))


def _declined(stage: Stage, kind: str) -> str:
    own = stage.persona.fall_backs
    if own and stage.rng.random() < _OWN_LINES:
        return stage.rng.choice(own)
    return stage.own(kind, "reply")


def horizon_dialogues(stage: Stage) -> Iterator[Dialogue]:
    """What the character cannot know: it says so, and does not explain."""
    for term in stage.deck(_terms(stage)):
        slots = {"term": term, "Term": capitalised(term)}
        yield stage.dialogue(
            Staged(said=stage.one("horizon", "said").format(**slots)),
            stage.own("horizon", "reply"),
            kind="horizon",
            twin=stage.rng.choice(stage.words.lines("horizon", "wrong")).format(**slots),
        )


def _terms(stage: Stage) -> list[str]:
    """The words beyond the persona's horizon, in its language."""
    horizon = stage.persona.horizon
    until = parse_date(horizon.until) if horizon.until else None
    later = sorted(later_than(until[0])) if until else []
    known = {word.casefold() for word in horizon.known}
    return [
        term
        for term in dict.fromkeys((*horizon.unknown, *later))
        if has_han(term) == (stage.language == "zh") and term.casefold() not in known
    ]
