"""Two small characters, and scenes in which they are spoken to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from roleagent.formats.load import load_persona
from roleagent.persona.persona import Persona
from roleagent.protocols import Scene
from roleagent.types import Owner, Thread, Turn
from roleagent.workflow.prompt import Briefing, build_messages

DATA = Path(__file__).parent / "data"

MakeScene = Callable[..., Scene]


@pytest.fixture(scope="session")
def holmes() -> Persona:
    """A small Sherlock Holmes, who knows nothing after 1895."""
    return load_persona(DATA / "holmes.yaml")


@pytest.fixture(scope="session")
def wukong() -> Persona:
    """A small Sun Wukong, who speaks Chinese and knows nothing after 650."""
    return load_persona(DATA / "wukong.yaml")


@pytest.fixture
def make_scene() -> MakeScene:
    """A persona and what is said to it -> the scene, with the prompt that a model would get."""

    def make(persona: Persona, said: str = "Good evening.", **more: object) -> Scene:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        turn = Turn(
            thread=Thread(owner=Owner(persona_id=persona.id, user_id="ada"), thread_id="first"),
            text=said,
            at=at,
        )
        prompt = str(build_messages(Briefing(persona=persona, turn=turn))[0].text)
        return Scene(**{"persona": persona, "graph": persona.graph, "turn": turn, "prompt": prompt, **more})  # type: ignore[arg-type]

    return make
