"""The fake that weighs answers."""

from __future__ import annotations

from langchain_core.messages import HumanMessage

from roleagent.testing import WeighingModel


async def test_it_weighs_by_its_function_and_remembers_what_it_was_asked():
    """Tests decide what it finds likely, and look at what it was asked."""
    model = WeighingModel(weights=lambda messages: [len(messages), 0.0, 0.5])
    asked = [HumanMessage("One or two?")]
    assert await model.weigh(asked, ["1", "2"]) == [1, 0.0]
    assert model.prompts == [asked]
    assert model.invoke("Speak!").text == "I weigh answers only."
