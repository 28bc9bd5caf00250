"""Real replies: talked for once, without critics, kept as text, and read back with their scenes."""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from roleagent import registry
from roleagent.agent.assembly import persona_of
from roleagent.errors import InputError
from roleagent.evaluation.reading import read_suite
from roleagent.evaluation.respondents import AgentRespondent
from roleagent.evaluation.suite import Scene as Talk
from roleagent.evaluation.suite import Session, Step
from roleagent.persona.persona import Persona
from roleagent.protocols import Scene
from roleagent.types import Episode, Grounds, Owner, Thread, Turn
from roleagent.workflow.parts import Parts
from roleagent.workflow.prompt import build_system_message

DATA = Path(__file__).parent.parent / "data"
SMALL_TALK = DATA / "small_talk.txt"
WRITTEN = DATA / "persona_replies_written.toml"
SUITES = Path(__file__).parent.parent.parent / "examples" / "suites"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
_TURNS_A_TALK = 4
_TALK_BEFORE = 6  # utterances
_MAX_TOKENS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A reply without a fault, and what critics compare it with.

    Attributes:
        model: that wrote it; empty if it was written for the purpose.
    """

    model: str
    reply: str
    scene: Scene


def scene_of(persona: Persona, said: str, *, history: Sequence[str] = (), facts: Sequence[str] = ()) -> Scene:
    """A scene in which something is said to a persona.

    Args:
        persona: as the listener may meet it.
        said: the user's words.
        history: utterances before, the user's first, in turn.
        facts: ids of the facts that the prompt tells.
    """
    thread = Thread(owner=Owner(persona_id=persona.id, user_id="somebody"), thread_id="talk")
    before = [
        Episode(
            id=f"e{at}",
            thread=thread,
            turn_id=f"t{at // 2}",
            speaker="persona" if at % 2 else "user",
            text=text,
            at=NOW - timedelta(minutes=len(history) - at),
        )
        for at, text in enumerate(history)
    ]
    known = persona.graph.facts
    return Scene(
        persona=persona,
        graph=persona.graph,
        turn=Turn(thread=thread, text=said, at=NOW),
        grounds=Grounds(facts=tuple(known[each] for each in facts if each in known)),
        history=tuple(before),
        prompt=str(build_system_message(persona, graph=persona.graph).text),
    )


def untouched(path: Path, personas: Mapping[str, Persona]) -> list[Given]:
    """The replies that have no fault: those of a file that somebody read and marked, and those written.

    Raises:
        InputError: a line is not as `collect` writes it.
    """
    found = []
    for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            row = json.loads(text)
            if row["clean"] and row["persona"] in personas:
                scene = scene_of(
                    personas[row["persona"]], row["said"], history=row["history"], facts=row["facts"]
                )
                found.append(Given(model=row["model"], reply=row["reply"], scene=scene))
        except (KeyError, ValueError) as error:
            raise InputError(f"{path}:{number}: {error!r}. Collect the replies again.") from error
    for name, pairs in tomllib.loads(WRITTEN.read_text("utf-8")).items():
        if name in personas:
            found += [
                Given(model="", reply=reply, scene=scene_of(personas[name], said)) for said, reply in pairs
            ]
    return found


# ── talking ──────────────────────────────────────────────────────────────────────────────────


def collect(path: Path, models: Sequence[str], personas: Sequence[str], *, num_turns: int) -> None:
    """Talk with every model as every persona, and append each reply to a file of JSON Lines.

    ``clean`` is false for all of them: set it to true where you have read a reply and found no fault.
    """
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
            scene = answer.backdrop
            assert scene is not None
            row = {
                "model": model,
                "persona": scene.persona.id,
                "history": [each.text for each in scene.history][-_TALK_BEFORE:],
                "said": step.say,
                "reply": answer.text,
                "facts": [fact.id for fact in scene.grounds.facts],
                "clean": False,
            }
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    finally:
        await held.close()
