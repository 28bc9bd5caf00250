"""The peers' own integration suite for chat models, on SmolLM2 135M."""

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_tests.integration_tests import ChatModelIntegrationTests

from roleagent.models.llama_cpp import LlamaCppChat

pytestmark = pytest.mark.slow


class TestStandard(ChatModelIntegrationTests):
    """Its free tool calls ask more than 135M parameters can: forced ones, under a grammar, are tried instead."""

    @pytest.fixture(autouse=True)
    def _weights(self, smollm: LlamaCppChat) -> None:
        self.path = smollm.path

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return LlamaCppChat

    @property
    def chat_model_params(self) -> dict:
        return {
            "path": self.path,
            "num_ctx": 2048,
            "num_threads": 1,
            "temperature": 0,
            "max_tokens": 40,
        }

    @pytest.fixture
    def model(self, smollm: LlamaCppChat) -> BaseChatModel:
        return LlamaCppChat(**self.chat_model_params)

    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_tool_choice(self) -> bool:
        return False

    @property
    def supports_anthropic_inputs(self) -> bool:
        return False


@pytest.mark.parametrize("tool_choice", ["any", "magic_function"])
def test_forced_tool_calls(smollm: LlamaCppChat, tool_choice: str) -> None:
    """What the suite's tool tests check, for calls that must be made."""

    @tool
    def magic_function(number: int) -> int:
        """Apply a magic function to a number."""
        return number + 2

    asked = smollm.bind_tools([magic_function], tool_choice=tool_choice).invoke(
        "Use the magic function on the number 3."
    )
    assert isinstance(asked, AIMessage)
    (call,) = asked.tool_calls
    assert (call["name"], call["type"]) == ("magic_function", "tool_call")
    assert isinstance(call["args"]["number"], int)
    assert [block["type"] for block in asked.content_blocks] == ["tool_call"]
    result = ToolMessage("5", name="magic_function", tool_call_id=call["id"], status="error")
    assert smollm.invoke([HumanMessage("Use it."), asked, result]).text
