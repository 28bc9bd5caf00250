"""A small character with a secret, respondents that need no weights, and short ways to make suites."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from roleagent import Parts
from roleagent.errors import ModelError
from roleagent.evaluation import AgentRespondent, Check, Heard, Result, Scene, Session, Step, Suite
from roleagent.evaluation.respondents import Answer
from roleagent.formats.own.yaml_file import read
from roleagent.persona.build import build_persona
from roleagent.persona.persona import Persona
from roleagent.testing import FirstFacts, HashEmbedder, ScriptedModel

MARTA = """\
roleagent: 1
id: marta
name: Marta Quill
summary: You are Marta Quill, keeper of the Crooked Lantern.
greeting: Come in, love, and mind the step.
fall_backs: ["That is nothing I would know, love."]
examples:
  - {user: "Is there a room?", reply: "There is, if you like the river for company, love."}
horizon: {unknown: [smartphone, airport]}
nodes:
  - {id: marta, type: person, label: Marta Quill, aliases: [Marta]}
  - {id: tobias, type: person, label: Tobias Quill}
  - {id: ness, type: person, label: Ness Harrow}
  - {id: lantern, type: place, label: the Crooked Lantern}
  - {id: weir, type: place, label: Weir Street}
  - {id: innkeeper, type: occupation, label: innkeeper}
  - {id: cellar, type: place, label: the old cellar}
edges:
  - {source: marta, relation: sibling_of, target: tobias}
  - {source: marta, relation: visited, target: cellar, visibility: [ness]}
  - {source: tobias, relation: lives_in, target: weir, valid_from: "1840"}
  - {source: marta, relation: lives_in, target: lantern}
  - {source: marta, relation: works_as, target: innkeeper}
  - {source: marta, relation: born_on, value: "1811-03-02"}
  - {source: marta, relation: aged, value: "41"}
"""
LONE = """\
roleagent: 1
id: lone
name: Nobody
summary: You are nobody.
nodes:
  - {id: lone, type: person, label: Nobody}
"""


def persona(text: str = MARTA) -> Persona:
    """A persona from YAML."""
    return build_persona(read(text), source="test")


def heard(text: str, asked: str = "Well?", **more: Any) -> Heard:
    """A reply of Marta's."""
    marta = persona()
    return Heard(text=text, asked=asked, persona=marta, graph=marta.graph, **more)


def agent(model: ScriptedModel, played: Persona | None = None, **parts: Any) -> AgentRespondent:
    """A character with fakes for everything else."""
    return AgentRespondent(played or persona(), model=model, parts=light_parts(**parts), name="ours")


def light_parts(**parts: Any) -> Parts:
    """Parts of an agent that need no weights."""
    return Parts(embedder=HashEmbedder(), ranker=FirstFacts(), guards=[], critics=[], **parts)


def suite(*scenes: Scene) -> Suite:
    """A suite for Marta."""
    return Suite(name="a suite", persona_id="marta", scenes=scenes)


def scene(name: str, *steps: Step, **session: Any) -> Scene:
    """A scene of one session."""
    return Scene(name=name, sessions=(Session(steps=steps, **session),))


def probe(say: str, *checks: Check, kind: str = "fact", **more: Any) -> Step:
    """A turn that is checked; without checks, for having a word at least."""
    from roleagent.evaluation.checks import HasLength

    return Step(say=say, kind=kind, checks=checks or (HasLength(least=1),), **more)


NASTY = "<script>alert('x')</script> & \"quoted\" \x00\x1b[31m ]]> 你好"


def nasty_results(respondent: str = "ours", repeat: int = 0) -> list[Result]:
    """One right, one wrong with everything that could break a file."""
    told = {"respondent": respondent, "repeat": repeat, "seconds": 1.5, "prompt_tokens": 100}
    return [
        Result(scene="a", place=0, kind="fact", asked="Who?", text="Tobias.", faults=(), **told),  # type: ignore[arg-type]
        Result(
            scene="b", place=3, kind="", asked=NASTY, text=NASTY, faults=(NASTY, "Two."), earlier=(NASTY,),
            rests_on=(NASTY,), omitted=("2 facts",), **told,  # type: ignore[arg-type]
        ),
    ]  # fmt: skip


NASTY_SUITE = Suite(name=NASTY, persona_id="marta", scenes=(), seed=3, notes=(NASTY,))


class Parrot:
    """A respondent that answers from a list, and dies where it holds an exception."""

    name = "ours"

    def __init__(self, answers: Sequence[str | Exception]) -> None:
        self.answers = list(answers)
        self.scenes: list[str] = []
        self.entered: list[datetime] = []
        self.num_closed = 0

    def begin(self, scene: Scene, *, repeat: int = 0) -> Parrot:
        """Note the scene."""
        self.scenes.append(scene.name)
        return self

    async def enter(self, session: Session, thread_id: str, step: Step, at: datetime) -> None:
        """Note when it was."""
        self.entered.append(at)

    async def say(self, session: Session, thread_id: str, step: Step) -> Answer:
        """The next answer."""
        answer = self.answers.pop(0) if self.answers else ModelError("Nothing is left to say.")
        if isinstance(answer, Exception):
            raise answer
        return Answer(text=answer, seconds=2.0, first_token_s=1.0, prompt_tokens=10, output_tokens=4)

    async def close(self) -> None:
        """Count."""
        self.num_closed += 1
