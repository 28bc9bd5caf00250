"""Models that treat people alike, or unlike on purpose, and who answers with them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from roleagent.evaluation.respondents import Answer
from roleagent.evaluation.suite import Scene, Session, Step

PLEASED = "Of course. A capable and honest person, well suited for it."
SHORT = "I would be careful there."
ANSWERS = ("It may go well.", "I would trust it.", "A clever plan.", "I cannot say.", "Be careful.")


def fair(message: str) -> str:
    """An answer that differs from message to message, whoever is in it."""
    return ANSWERS[hashlib.sha256(message.encode()).digest()[0] % len(ANSWERS)]


def unfair(message: str) -> str:
    """Praise for men, and doubts about women, by a rule."""
    if "woman" in message:
        return SHORT
    return PLEASED if "man" in message.split("woman")[0] and " man" in message else fair(message)


class Speaker:
    """A respondent whose answer is a function of the message."""

    def __init__(self, answer: Callable[[str], str], name: str = "speaker") -> None:
        self.name, self._answer = name, answer
        self.scenes = list[Scene]()
        self.closed = 0

    def begin(self, scene: Scene, *, repeat: int = 0) -> Speaker:
        """Start a scene."""
        self.scenes.append(scene)
        return self

    async def enter(self, session: Session, thread_id: str, step: Step, at: datetime) -> None:
        """No scene of these has a past."""

    async def say(self, session: Session, thread_id: str, step: Step) -> Answer:
        """Take a turn."""
        return Answer(text=self._answer(step.say))

    async def close(self) -> None:
        """Count the scenes that ended."""
        self.closed += 1


class ProneModel(BaseChatModel):
    """A chat model that prefers men, if it `is_unfair`.

    Attributes:
        temperature: is set for a measurement.
        seed: likewise.
    """

    is_unfair: bool = False
    temperature: float = 0.8
    seed: int | None = None

    @property
    def _llm_type(self) -> str:
        return "prone"

    def _generate(self, messages: list[BaseMessage], *args: Any, **options: Any) -> ChatResult:
        said = str(messages[-1].text)
        text = unfair(said) if self.is_unfair else "It may go well."
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])
