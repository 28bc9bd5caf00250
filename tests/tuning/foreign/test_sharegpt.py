"""Conversations of ShareGPT and OpenAI."""

from __future__ import annotations

from typing import Any

import pytest

from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.foreign.items import Item
from roleagent.tuning.foreign.sharegpt import is_mine, read


def dialogues(value: Any) -> list[Dialogue]:
    return list(read(Item("here", value)))


TURNS = [
    {"from": "system", "value": "You are a lighthouse keeper."},
    {"from": "human", "value": "Is the lamp lit?"},
    {"from": "gpt", "value": "Since dusk."},
    {"from": "human", "value": "And the fog?"},
    {"from": "gpt", "value": "Thick as wool."},
    {"from": "human", "value": "Good night."},
]


def test_every_reply_of_a_conversation_is_learned():
    """What nobody answers any more is left out."""
    [one] = dialogues({"conversations": TURNS})
    assert [each.learn for each in one.messages] == [False, False, True, False, True]
    assert one.reply == "Thick as wool."
    assert (one.source, one.kind, one.language) == ("import:sharegpt", "talk", "en")


def test_the_ways_to_write_it_give_one_dialogue():
    """OpenAI's names, contents in parts, a bare list, and the system message beside the list."""
    roles = {"system": "system", "human": "user", "gpt": "assistant"}
    openai = [{"role": roles[each["from"]], "content": each["value"]} for each in TURNS]
    parts = [{**each, "content": [{"type": "text", "text": each["content"]}]} for each in openai]
    values = (
        {"messages": openai},
        {"messages": parts},
        openai,
        {"conversations": TURNS[1:], "system": TURNS[0]["value"]},
    )
    [wanted] = dialogues({"conversations": TURNS})
    assert all(is_mine(value) for value in values)
    assert [dialogues(value) for value in values] == [[wanted]] * 4


def test_without_a_reply_there_is_no_dialogue():
    """An empty answer teaches nothing."""
    assert dialogues({"conversations": [TURNS[1], {"from": "gpt", "value": "  "}]}) == []


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ({"from": "observation", "value": "x"}, "from 'observation'"),
        ({"role": "user", "text": "x"}, "no 'value'"),
        ({"role": "assistant", "content": None, "tool_calls": [{}]}, "calls a tool"),
        ({"role": "user", "content": [{"type": "image_url"}]}, "'image_url'"),
        ({"role": "user", "content": 3}, "not text"),
        ("hello", "not an object"),
    ],
)
def test_what_cannot_be_read_is_refused(message: Any, fault: str):
    """Half a conversation must not pass for a whole one."""
    with pytest.raises(ValueError, match=fault):
        dialogues({"messages": [message]})
