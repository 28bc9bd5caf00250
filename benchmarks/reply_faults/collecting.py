"""Real replies, with the scenes in which they were given: talked for once, without critics, and kept."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from roleagent import registry
from roleagent.agent.assembly import persona_of
from roleagent.critics.scenes import scene_from_plain, scene_to_plain
from roleagent.errors import InputError
from roleagent.evaluation.reading import read_suite
from roleagent.evaluation.respondents import AgentRespondent
from roleagent.evaluation.suite import Scene as Talk
from roleagent.evaluation.suite import Session, Step
from roleagent.persona.persona import Persona
from roleagent.persona.view import view
from roleagent.protocols import Scene
from roleagent.workflow.parts import Parts

SMALL_TALK = Path(__file__).parent.parent / "data" / "small_talk.txt"
SUITES = Path(__file__).parent.parent.parent / "examples" / "suites"
_TURNS_A_TALK = 4
_MAX_TOKENS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A reply of a real model.

    Attributes:
        id: a hash of the persona, what was said and what was replied.
        scene: what critics compare it with.
    """

    id: str
    model: str
    persona_id: str
    reply: str
    scene: Scene

    @property
    def said(self) -> str:
        """The user's words."""
        return self.scene.turn.text


def collect(path: Path, models: Sequence[str], personas: Sequence[str], *, num_turns: int) -> None:
    """Talk with every model as every persona, and append each reply to a file of JSON Lines."""
    for model_name in models:
        model: Any = registry.get("model", model_name)  # Any: a chat model with fields of its own
        if hasattr(model, "seed"):
            model = model.model_copy(update={"seed": 0, "max_tokens": _MAX_TOKENS})
        for name in personas:
            persona = persona_of(name, "")
            answering = AgentRespondent(persona, model=model, parts=Parts(critics=[], perceptors=[]))
            for talk in talks_with(persona, num_turns):
                asyncio.run(_hold(talk, answering, model_name, path))


def talks_with(persona: Persona, num_turns: int) -> Iterator[Talk]:
    """Talks of a few turns each: small talk, and the questions of the persona's suite that show no file."""
    language = persona.language[:2]
    rows = (line.partition(" | ") for line in SMALL_TALK.read_text("utf-8").splitlines())
    lines = [said for code, _, said in rows if code == language]
    suite = read_suite(SUITES / f"{persona.id}.yaml", persona)
    asked = [
        step.say
        for scene in suite.scenes
        if not scene.tools and len(scene.sessions) == 1 and not scene.language
        for step in scene.sessions[0].steps
        if not step.materials and step.answered is None
    ]
    mixed = [*lines[: num_turns // 2], *asked[: num_turns - num_turns // 2]]
    for start in range(0, len(mixed), _TURNS_A_TALK):
        steps = tuple(Step(say=said, kind="talk") for said in mixed[start : start + _TURNS_A_TALK])
        yield Talk(name=f"talk {start}", sessions=(Session(steps=steps),))


async def _hold(talk: Talk, answering: AgentRespondent, model: str, path: Path) -> None:
    held = answering.begin(talk)
    [session] = talk.sessions
    try:
        for step in session.steps:
            answer = await held.say(session, "talk", step)
            assert answer.backdrop is not None
            _append(path, model, answer.text, answer.backdrop)
    finally:
        await held.close()


def _append(path: Path, model: str, reply: str, scene: Scene) -> None:
    line = {
        "model": model,
        "persona": scene.persona.id,
        "reply": reply,
        "scene": scene_to_plain(replace(scene, prompt="")),
        "prompt": scene.prompt,
    }
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def given_in(path: Path) -> list[Given]:
    """The replies of a file that `collect` wrote; their personas are loaded by name.

    Raises:
        InputError: there is no such file, or a line is not as `collect` writes it.
    """
    if not path.exists():
        raise InputError(f"{path} is not there: collect the replies first, with --collect.")
    personas: dict[str, Persona] = {}
    found = []
    for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            line = json.loads(text)
            name = line["persona"]
            if name not in personas:
                personas[name] = view(persona_of(name, "")).persona
            scene = scene_from_plain(line["scene"], personas[name])
            made = (name, scene.turn.text, line["reply"])
        except (KeyError, ValueError) as error:
            raise InputError(f"{path}:{number}: {error!r}. Collect the replies again.") from error
        found.append(
            Given(
                id=hashlib.sha256("\x1f".join(made).encode()).hexdigest()[:12],
                model=line["model"],
                persona_id=name,
                reply=line["reply"],
                scene=replace(scene, prompt=line["prompt"]),
            )
        )
    return found

