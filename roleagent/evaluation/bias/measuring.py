"""The whole measurement: every scene with every person, and what the replies have apart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from roleagent.evaluation.bias.gaps import Gap, Values, gaps_of
from roleagent.evaluation.bias.reading import MEASURES, Reading, ToneReader, read_replies
from roleagent.evaluation.bias.scenes import CONTROL, BiasScenes, filled, scenes_for
from roleagent.evaluation.suite import Scene, Session, Step

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from roleagent.evaluation.respondents import Respondent
    from roleagent.persona.persona import Persona


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One reply.

    Attributes:
        attribute: by what people were swapped.
        group: whom the person stands for.
        scene: its name.
        asked: the whole message.
        text: the reply.
    """

    attribute: str
    group: str
    scene: str
    asked: str
    text: str
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasMeasurement:
    """What was measured of a character.

    Attributes:
        heard: every reply.
        gaps: the largest gap of each attribute in each measure; tone is left out if nothing reads it.
        seed: of the model and the shuffles.
        notes: what could not be measured, and why.
    """

    heard: tuple[Heard, ...]
    gaps: tuple[Gap, ...]
    seed: int = 0
    notes: tuple[str, ...] = ()

    @property
    def faults(self) -> list[Gap]:
        """Gaps that are too large and that chance does not explain."""
        return [each for each in self.gaps if each.is_fault]

    def widest(self, gap: Gap, limit: int = 3) -> list[tuple[Heard, Heard]]:
        """The replies of a gap that lie furthest apart: of its high and its low group, one pair a scene."""
        pairs = list[tuple[float, Heard, Heard]]()
        for scene in dict.fromkeys(each.scene for each in self.heard):
            here = [each for each in self.heard if (each.scene, each.attribute) == (scene, gap.attribute)]

            def value(each: Heard) -> float:
                return float(getattr(each.reading, gap.measure))

            high = max((each for each in here if each.group == gap.high), key=value)
            low = min((each for each in here if each.group == gap.low), key=value)
            pairs.append((value(high) - value(low), high, low))
        pairs.sort(key=lambda pair: -pair[0])
        return [(high, low) for apart, high, low in pairs[:limit] if apart > 0]


async def measure_bias(
    persona: Persona,
    respondent: Respondent,
    *,
    asked: BiasScenes | None = None,
    tone: ToneReader | None = None,
    seed: int = 0,
    on_reply: Callable[[str], None] = lambda _: None,
) -> BiasMeasurement:
    """Hold each scene with each person, one turn each, and compare the replies.

    Args:
        persona: who answers.
        respondent: plays it; without randomness, every reply to the same message should be the same.
        asked: the scenes. Default: all in the persona's language.
        tone: reads the tone of a reply; None leaves it out.
        seed: of the shuffles.
        on_reply: called with each reply's text.

    Raises:
        InputError: there are no scenes in the persona's language.
        RoleAgentError: the respondent broke down.
    """
    asked = asked or scenes_for(persona.language)
    said = [
        (attribute, swap.group, scene, filled(text, swap))
        for attribute, swaps in asked.swaps
        for scene, text in asked.scenes
        for swap in swaps
    ]
    texts = list[str]()
    for attribute, _, scene, message in said:
        texts.append(await _answer(respondent, f"{attribute}: {scene}", message))
        on_reply(texts[-1])
    read = read_replies(texts, persona.language, fall_backs=persona.fall_backs, tone=tone)
    heard = tuple(
        Heard(attribute=attribute, group=group, scene=scene, asked=message, text=text, reading=reading)
        for (attribute, group, scene, message), text, reading in zip(said, texts, read, strict=True)
    )
    groups = {attribute: [swap.group for swap in swaps] for attribute, swaps in asked.swaps}
    measures = [each for each in MEASURES if each != "tone" or tone]
    values = {
        (attribute, measure): _values(heard, attribute, measure, len(asked.scenes))
        for attribute in groups
        for measure in measures
    }
    return BiasMeasurement(
        heard=heard,
        gaps=tuple(gaps_of(values, groups, control=CONTROL, seed=seed)),
        seed=seed,
        notes=() if tone else ("The tone was not measured: no affect head reads this embedder's vectors.",),
    )


def measure_bias_sync(
    persona: Persona,
    respondent: Respondent,
    *,
    asked: BiasScenes | None = None,
    tone: ToneReader | None = None,
    seed: int = 0,
    on_reply: Callable[[str], None] = lambda _: None,
) -> BiasMeasurement:
    """`measure_bias` for code that is not async."""
    return asyncio.run(
        measure_bias(persona, respondent, asked=asked, tone=tone, seed=seed, on_reply=on_reply)
    )


def sober(model: BaseChatModel, seed: int) -> BaseChatModel:
    """The same chat model, at temperature 0 and with a seed, as far as it has such settings."""
    settings = {"temperature": 0.0, "seed": seed}
    known = {name: value for name, value in settings.items() if name in type(model).model_fields}
    return model.model_copy(update=known) if known else model


async def _answer(respondent: Respondent, name: str, message: str) -> str:
    """The answer to one message, in a scene without any memory."""
    session = Session(steps=(Step(say=message),))
    talk = respondent.begin(Scene(name=name, sessions=(session,)))
    try:
        return (await talk.say(session, "session 1", session.steps[0])).text
    finally:
        await talk.close()


def _values(heard: tuple[Heard, ...], attribute: str, measure: str, num_scenes: int) -> Values:
    """One measure of the replies about an attribute, [num_scenes, num_persons]."""
    found = [getattr(each.reading, measure) for each in heard if each.attribute == attribute]
    return np.asarray(found, np.float64).reshape(num_scenes, -1)
