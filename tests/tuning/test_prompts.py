"""The prompts of training are those of conversations."""

import pytest

from roleagent import Agent
from roleagent.models.messages import tell_results
from roleagent.testing import ScriptedModel
from roleagent.tuning.prompts import Shown, Staged, messages_for
from tests.tuning.small_persona import small_persona


def test_the_prompt_is_the_one_that_an_agent_builds():
    """What is trained on another prompt than the one in use is of no use."""
    persona = small_persona()
    agent = Agent(persona, model=ScriptedModel(["Hello."]), on_disk=False)
    shown = agent.preview_sync("Where do you live?", user_id="u").messages
    made = messages_for(persona, Staged(said="Where do you live?"))
    assert [(each.role, each.text) for each in made] == [
        ({"system": "system", "human": "user"}[each.type], str(each.text)) for each in shown
    ]


def test_what_was_said_before_stands_in_its_place():
    """The history comes as messages, oldest first."""
    made = messages_for(small_persona(), Staged(said="And now?", before=[("Hello.", "Good day.")]))
    assert [each.role for each in made] == ["system", "user", "assistant", "user"]
    assert [each.text for each in made[1:]] == ["Hello.", "Good day.", "And now?"]
    assert not any(each.learn for each in made)


def test_notes_hold_what_is_remembered_and_shown():
    """Remembered words and perceptions are notes above the user's words."""
    staged = Staged(
        said="What do you see?",
        remembered=["My cat is called Biscuit."],
        shown=[Shown(kind="caption", text="a red kite")],
    )
    (_, user) = messages_for(small_persona(), staged)
    notes, _, said = user.text.rpartition("\n\n")
    assert said == "What do you see?"
    assert notes.startswith("[")
    assert "My cat is called Biscuit." in notes
    assert "photo.jpg, a picture of: a red kite" in notes


@pytest.mark.parametrize("remembered", [[], ["My cat is called Biscuit."]])
def test_the_result_of_a_tool_stands_as_a_small_model_reads_it(remembered):
    """As `tell_results` writes it, whether there are other notes or not."""
    persona = small_persona()
    (system, plain) = messages_for(persona, Staged(said="Is it cold?", remembered=remembered))
    (_, told) = messages_for(
        persona, Staged(said="Is it cold?", remembered=remembered, tool=("weather", "2 °C"))
    )
    chat = [
        {"role": "system", "content": system.text},
        {"role": "user", "content": plain.text},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "1", "function": {"name": "weather", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "1", "content": "2 °C"},
    ]
    assert told.text == tell_results(chat)[-1]["content"]
