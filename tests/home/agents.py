"""An agent for tests of what its turns leave in a home."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage

from roleagent.agent.agent import Agent
from roleagent.testing.fakes import FirstFacts, ScriptedModel
from tests.home.canaries import EMBEDDER
from tests.parts import in_parts


def make_agent(home: Path, *answers: str | AIMessage, **options: Any) -> Agent:
    return Agent(
        "holmes",
        model=ScriptedModel(list(answers)),
        home=home,
        **in_parts(
            embedder=EMBEDDER,
            recall="fast",
            ranker=FirstFacts(),
            perceptors=[],
            critics=[],
            guards=[],
            **options,
        ),
    )


def holding(home: Path, *words: str) -> set[str]:
    """Which of the words stand in a byte of the home."""
    contents = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    return {word for word in words if any(word.encode() in content for content in contents)}
