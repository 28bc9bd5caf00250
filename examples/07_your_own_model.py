"""Bring your own language model: any langchain-core chat model fits. The one here needs no weights."""

from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import SimpleChatModel
from langchain_core.messages import BaseMessage

from roleagent import Agent


class Quoting(SimpleChatModel):
    """Answers with the first fact in its prompt."""

    @property
    def _llm_type(self) -> str:
        return "quoting"

    def _call(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> str:
        notes = messages[-1].text.splitlines()
        facts = [line[2:] for line in notes if line.startswith("- ")]
        return f"I can tell you this: {facts[0]}" if facts else "I know nothing of it."


with Agent("holmes", model=Quoting()) as agent:
    print(agent.run_sync("Tell me about your violin.", user_id="ann"))
