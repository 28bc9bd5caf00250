"""Dialogues with made-up personas: worlds of the graph network's training, with the manner of a script."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from roleagent.gnn.training.characters import FOLDER as CHARACTERS
from roleagent.gnn.training.characters import read_character
from roleagent.gnn.training.talks import CHARACTER
from roleagent.gnn.training.words import words_of
from roleagent.gnn.training.worlds import World, make_world
from roleagent.language.changes import key_terms
from roleagent.language.scripts import has_unspaced
from roleagent.language.sentences import letters
from roleagent.persona.persona import Example, Horizon, Persona
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.scripts import Exchange, Script, scripts
from roleagent.tuning.synthesis.making import FAMILIES, synthesise
from roleagent.tuning.synthesis.stage import Stage, stage_for
from roleagent.tuning.synthesis.talk import made_small_talk
from roleagent.types import Fact

_NUM_FACTS = (12, 24)
_NUM_EXAMPLES = (1, 4)
_SUMMARY = {"en": "You are {name}.", "zh": "你是{name}。"}
_UNKNOWN = {
    "en": ("telephone", "aeroplane", "computer", "television", "credit card", "robot"),
    "zh": ("手机", "电脑", "飞机", "电视", "信用卡", "机器人"),
}
_SHARE_ASKED = 0.5  # of the dialogues that ask for facts
_OTHER_KINDS = tuple(kind for kind in FAMILIES if kind not in ("fact", "steps", "lore", "secret"))
_WITH_SENTENCE = 0.7  # share of the answers that are a whole sentence
_OLD = 0.5  # share of those who have never heard of these
_PLAIN = 0.5  # share of those whose file shows no manner
_SMALL_TALK = 10  # more pieces of it with each persona
_WITH_MORE_BEFORE = 0.5  # share of these that go on from another exchange
_MOST_WORDS = 16  # of a reply in small talk


def made_dialogues(language: str, num: int, *, each: int = 40, seed: int = 0) -> list[Dialogue]:
    """Dialogues with personas whose names, facts and manners are drawn at random.

    Facts are asked for in the world's own wordings; everything else comes from `synthesise`.

    Args:
        language: ``en`` or ``zh``.
        num: of personas.
        each: dialogues with each of them, about, beside the small talk.
        seed: draws everything.
    """
    manners = list(scripts(language=language))
    made: list[Dialogue] = []
    for number in range(num):
        rng = random.Random(f"{seed} {language} persona {number}")  # noqa: S311 - not for secrets
        world = make_world(
            words_of(language),
            seed=rng.randrange(2**32),
            num_facts=rng.randint(*_NUM_FACTS),
            num_questions=each,
        )
        manner = rng.choice(manners) if rng.random() >= _PLAIN else None
        persona = _persona(language, number, world, manner, rng)
        asked = _asked(persona, world, seed)[: round(each * _SHARE_ASKED)]
        others = synthesise(persona, seed=seed, num=each - len(asked), kinds=_OTHER_KINDS)
        made += [*asked, *others, *_small_talk(persona, manner, seed)]
    return made


def _small_talk(persona: Persona, manner: Script | None, seed: int) -> Iterator[Dialogue]:
    """Everyday talk that tells no fact: in the persona's manner, or plain if it has none.

    Without it a model learns that notes are there to be told, and tells them to whoever says good morning.
    """
    stage = stage_for(persona, seed=seed)
    known = [(each.said, each.reply) for each in fit_for_anybody(manner)] if manner else []
    known = known or [tuple(each) for each in stage.words.asked("talk", "exchanges")]
    shown = {example.user for example in persona.examples}
    left = [each for each in known if each[0] not in shown]
    source = "written" if manner else "template"
    for said, reply in stage.rng.sample(left, min(len(left), _SMALL_TALK)):
        goes_on = stage.rng.random() < _WITH_MORE_BEFORE
        before = [stage.rng.choice([each for each in left if each[0] != said])] if goes_on else []
        yield made_small_talk(stage, said, reply, before=before, source=source)


def fit_for_anybody(script: Script) -> list[Exchange]:
    """Small talk of a script that speaks of nothing which its own character alone has, is or is called."""
    graph = read_character(CHARACTERS / f"{script.name}.txt").graph
    own = key_terms(" ".join([script.summary, *(node.label for node in graph.nodes.values())]))
    name = graph.nodes[CHARACTER].label
    called = [char for char in name if has_unspaced(char)] or name.split()
    alone = [
        talk.exchanges[0]
        for talk in script.talks
        if talk.kind == "small_talk" and not talk.facts and len(talk.exchanges) == 1
    ]
    return [
        each
        for each in alone
        if is_short(each.reply, _MOST_WORDS)
        and not key_terms(each.reply) & own
        and not any(part in each.said + each.reply for part in called)
    ]


def is_short(reply: str, most: int) -> bool:
    """Whether a reply has at most so many words; of a script without spaces two characters are one."""
    return (len(letters(reply)) / 2 if has_unspaced(reply) else len(reply.split())) <= most


def _asked(persona: Persona, world: World, seed: int) -> list[Dialogue]:
    """Answers to the questions that come with a world."""
    stage = stage_for(persona, seed=seed)
    made = []
    for question in world.questions:
        facts = _in_turn([world.graph.facts[fact] for fact in question.facts])
        if facts and all(fact.valid_to is None for fact in facts):
            kind = "fact" if len(facts) == 1 else "steps"
            reply = _told(stage, facts[-1], whole=question.kind == "inverse")
            made.append(stage.about(question.text, reply, facts, kind=kind) if reply else None)
    return [each for each in made if each is not None]


def _told(stage: Stage, fact: Fact, *, whole: bool) -> str:
    """The answer in a few plain words, or as a sentence; empty if there is none."""
    sentence = stage.sentence(fact)
    return sentence if whole or (sentence and stage.rng.random() < _WITH_SENTENCE) else stage.short(fact)


def _in_turn(facts: Sequence[Fact]) -> Sequence[Fact]:
    """One fact, or two of which the second is about the first's value; none otherwise."""
    if len(facts) < 2:
        return facts
    if len(facts) > 2:
        return ()
    one, other = facts
    return (
        [one, other] if one.object == other.subject else [other, one] if other.object == one.subject else ()
    )


def _persona(language: str, number: int, world: World, manner: Script | None, rng: random.Random) -> Persona:
    """A persona of a world; without a manner its file shows none."""
    talks = [talk for talk in manner.talks if talk.kind in ("small_talk", "role")] if manner else []
    shown = [talk.exchanges[0] for talk in rng.sample(talks, min(len(talks), rng.randint(*_NUM_EXAMPLES)))]
    name = world.graph.nodes[CHARACTER].label
    return Persona(
        id=f"made-{language}-{number}",
        name=name,
        language=language,
        summary=_SUMMARY[language].format(name=name),
        node_id=CHARACTER,
        greeting=manner.greeting if manner else "",
        speech=manner.speech if manner else (),
        fall_backs=(manner.fall_back,) if manner else (),
        examples=tuple(Example(user=each.said, reply=each.reply) for each in shown),
        horizon=Horizon(unknown=_UNKNOWN[language] if rng.random() < _OLD else ()),
        graph=world.graph,
    )
