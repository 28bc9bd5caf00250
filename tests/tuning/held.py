"""Conversations with Holmes as an agent leaves them in a home: with ratings, edits and a critic log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from roleagent.agent.agent import Agent
from roleagent.formats.load import load_persona
from roleagent.persona.persona import Persona
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, ScriptedModel
from tests.parts import in_parts

SAID = (
    ("My name is Ann Lee and I live in Lyon. Write to ann@example.org.", "I am an AI language model."),
    ("Where do I live?", "You live in Rome. Quite so."),
    ("Good night.", "Good night, Ann."),
)  # fmt: skip
"""What Ann says, and the first drafts: one is rejected, the next mended, and the last one passes."""
AFTER_REJECTION = "Elementary. I see you came by cab."


def holmes() -> Persona:
    return load_persona("holmes")


async def talk(home: Path, *, log: Path | None = None, user: str = "ann", agrees: bool = True) -> list[str]:
    """Hold the conversation; return the ids of its turns."""
    drafts = [SAID[0][1], AFTER_REJECTION, *(draft for _, draft in SAID[1:])]
    with make_agent(home, drafts, log=log) as agent:
        conversation = agent.conversation(user_id=user)
        if agrees:
            await conversation.allow_training()
        return [(await conversation.say(said)).turn.id for said, _ in SAID]


async def rate(home: Path, turn_id: str, *, user: str = "ann", **rating: Any) -> None:
    with make_agent(home, []) as agent:
        await agent.conversation(user_id=user).rate(turn_id, **rating)


def make_agent(home: Path, drafts: Sequence[str], *, log: Path | None = None) -> Agent:
    parts = in_parts(
        embedder=HashEmbedder(), recall="fast", ranker=FirstFacts(), perceptors=[], guards=[],
        critics=["role", "consistency"], relationships=False,
    )  # fmt: skip
    return Agent("holmes", model=ScriptedModel(list(drafts)), home=home, critic_log=log, **parts)
