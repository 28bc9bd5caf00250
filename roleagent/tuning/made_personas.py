"""Dialogues with made-up personas: worlds of the graph network's training, with the manner of a script."""

from __future__ import annotations

import random
from collections.abc import Sequence

from roleagent.gnn.training.talks import CHARACTER
from roleagent.gnn.training.words import words_of
from roleagent.gnn.training.worlds import World, make_world
from roleagent.persona.persona import Example, Horizon, Persona
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.scripts import Script, scripts
from roleagent.tuning.synthesis.making import FAMILIES, synthesise
from roleagent.tuning.synthesis.stage import Stage, stage_for
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


def made_dialogues(language: str, num: int, *, each: int = 40, seed: int = 0) -> list[Dialogue]:
    """Dialogues with personas whose names, facts and manners are drawn at random.

    Facts are asked for in the world's own wordings; everything else comes from `synthesise`.

    Args:
        language: ``en`` or ``zh``.
        num: of personas.
        each: dialogues with each of them, about.
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
        persona = _persona(language, number, world, rng.choice(manners), rng)
        asked = _asked(persona, world, seed)[: round(each * _SHARE_ASKED)]
        others = synthesise(persona, seed=seed, num=each - len(asked), kinds=_OTHER_KINDS)
        made += [*asked, *others]
    return made


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


def _persona(language: str, number: int, world: World, manner: Script, rng: random.Random) -> Persona:
    fit = [talk.exchanges[0] for talk in manner.talks if talk.kind in ("small_talk", "role")]
    shown = rng.sample(fit, min(len(fit), rng.randint(*_NUM_EXAMPLES)))
    name = world.graph.nodes[CHARACTER].label
    return Persona(
        id=f"made-{language}-{number}",
        name=name,
        language=language,
        summary=_SUMMARY[language].format(name=name),
        node_id=CHARACTER,
        greeting=manner.greeting,
        speech=manner.speech,
        fall_backs=(manner.fall_back,),
        examples=tuple(Example(user=each.said, reply=each.reply) for each in shown),
        horizon=Horizon(unknown=_UNKNOWN[language] if rng.random() < _OLD else ()),
        graph=world.graph,
    )
