"""A fake chat model that says how likely it finds each of several answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

Weights = Callable[[Sequence[BaseMessage]], Sequence[float]]
"""From what is asked to a probability for each choice, in their order."""


class WeighingModel(BaseChatModel):
    """A chat model whose `weigh` gives what a function says, and that remembers what it was asked.

    >>> import asyncio
    >>> model = WeighingModel(weights=lambda messages: [0.1, 0.9])
    >>> asyncio.run(model.weigh([], ["no", "yes"]))
    [0.1, 0.9]

    Attributes:
        weights: see `Weights`.
        prompts: the messages of every call so far, in order.
    """

    weights: Weights
    prompts: list[list[BaseMessage]] = Field(default_factory=list)

    async def weigh(self, messages: Sequence[BaseMessage], choices: Sequence[str]) -> list[float]:
        """What the function says of these messages."""
        self.prompts.append(list(messages))
        return list(self.weights(messages))[: len(choices)]

    @property
    def _llm_type(self) -> str:
        return "weighing"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: object,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("I weigh answers only."))])
