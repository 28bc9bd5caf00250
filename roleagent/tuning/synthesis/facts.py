"""Who am I, facts asked for, facts volunteered, and questions of two steps along the graph."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from roleagent.evaluation.telling import says
from roleagent.graph.schema import LITERAL
from roleagent.language.sentences import split_sentences
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.synthesis.questions import alike, askable, framed, plain_questions, wordings_of
from roleagent.tuning.synthesis.stage import Stage, capitalised
from roleagent.tuning.synthesis.values import names_of
from roleagent.types import Fact

_WHO = 0.3  # share of the open questions that ask who the character is
_TWO = 0.4  # share of the facts volunteered that come in twos
_YOU_ARE = re.compile(r"^You are (?!.*\byou)", re.IGNORECASE)


def fact_dialogues(stage: Stage) -> Iterator[Dialogue]:
    """A fact, asked for in one of many wordings: each fact once before any comes again."""
    facts = askable(stage)
    wordings = {fact.id: stage.deck(wordings_of(stage, fact)) for fact in facts}

    def asked(fact: Fact) -> Dialogue | None:
        return stage.about(next(wordings[fact.id]), stage.tell(fact), [fact], kind="fact")

    yield from stage.each(facts, asked)


def open_dialogues(stage: Stage) -> Iterator[Dialogue]:
    """Who the character is, and what it tells of itself unasked."""
    own = [
        fact
        for fact in askable(stage)
        if fact.subject == stage.persona.node_id and fact.relation != "is_called" and stage.sentence(fact)
    ]
    volunteered = stage.each(own, lambda fact: _volunteered(stage, fact, own))
    while True:
        made = None if stage.rng.random() < _WHO else next(volunteered, None)
        yield made or _who(stage)


def _volunteered(stage: Stage, fact: Fact, own: Sequence[Fact]) -> Dialogue | None:
    told, others = [fact], [each for each in own if each != fact]
    if others and stage.rng.random() < _TWO:
        told.append(stage.rng.choice(others))
    said = stage.words.table("replies", "join").join(map(stage.sentence, told))
    return stage.about(stage.one("self", "open"), said, told, kind="open")


def _who(stage: Stage) -> Dialogue:
    """The character says its name, or what its summary says first."""
    name = stage.persona.name
    summed_up = introduction(stage)
    reply = summed_up if summed_up and stage.rng.random() < 0.5 else stage.own("self", "reply", name=name)
    other = stage.rng.choice(stage.words.lines("pool", "person"))
    return stage.dialogue(
        stage.staged(stage.one("self", "who")),
        reply,
        kind="open",
        grounded=True,
        twin=reply.replace(name, other) if name in reply else stage.own("self", "reply", name=other),
    )


def introduction(stage: Stage) -> str:
    """The first sentence of the summary, as the character says it; empty if it does not begin "You are"."""
    first = next(iter(split_sentences(stage.shown.summary.strip())), "").strip()
    if stage.language == "zh":
        rest = first.removeprefix("你是")
        return f"我是{rest.replace('你', '我')}" if rest != first else ""
    return _YOU_ARE.sub("I am ", first) if _YOU_ARE.match(first) else ""


def step_dialogues(stage: Stage) -> Iterator[Dialogue]:
    """A question for the second of two facts that names nothing in between."""

    def asked(path: tuple[Fact, Fact]) -> Dialogue | None:
        wordings = _asked_along(stage, path)
        if not wordings:
            return None
        return stage.about(stage.rng.choice(wordings), stage.tell(path[1]), path, kind="steps")

    yield from stage.each(_paths(stage), asked)


def _paths(stage: Stage) -> Iterator[tuple[Fact, Fact]]:
    """Two facts, the second about the first's value, where the first has one value alone."""
    graph = stage.graph
    for last in askable(stage):
        for first in graph.facts.values():
            is_chain = first.object == last.subject and first.valid_to is None and first != last
            if not is_chain or graph.nodes[first.object].type == LITERAL:
                continue
            if last.object != first.subject and len(alike(stage, first)) == 1:
                yield first, last


def _asked_along(stage: Stage, path: tuple[Fact, Fact]) -> list[str]:
    first, last = path
    is_own = first.subject == stage.persona.node_id
    nouns = stage.words.lines("ask", first.relation, "noun_own" if is_own else "noun_other")
    if last.subject == stage.persona.node_id or not nouns:
        return []
    noun = stage.rng.choice(nouns).format(subject=stage.graph.nodes[first.subject].label)
    between = [name for fact in path for name in names_of(fact, stage.graph, stage.language)]
    cores = plain_questions(stage, last, subject=noun)
    asked = [framed(frame, core) for core in cores for frame in stage.words.asked("frames", "ask")]
    return [capitalised(each) for each in asked if not any(says(each, name) for name in between)]
