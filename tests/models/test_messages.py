"""From LangChain's messages to what chat templates take."""

import json

import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)

from roleagent.errors import InputError
from roleagent.models.messages import chat_dict, tell_results, text_messages


def test_roles_and_texts_are_kept_in_order() -> None:
    """The plain case, with a chunk of a stream among the messages."""
    messages = [
        SystemMessage("s"),
        HumanMessage("h"),
        AIMessage("a"),
        AIMessageChunk("b"),
        ChatMessage(role="narrator", content="n"),
    ]
    assert [(m["role"], m["content"]) for m in text_messages(messages, model="m")] == [
        ("system", "s"),
        ("user", "h"),
        ("assistant", "a"),
        ("assistant", "b"),
        ("narrator", "n"),
    ]


def test_text_blocks_are_joined_and_others_left_out() -> None:
    """Vendors put calls and thoughts among the blocks; the calls come from `tool_calls`."""
    message = AIMessage(
        content=[
            {"type": "text", "text": "one "},
            {"type": "reasoning", "reasoning": "hm"},
            {"type": "text", "text": "two"},
        ]
    )
    assert text_messages([message], model="m") == [{"role": "assistant", "content": "one two"}]


def test_a_tool_call_and_its_result_are_tied_by_id() -> None:
    """Chat templates of tool-trained models need both halves."""
    call = {"name": "掷骰子", "args": {"面": 6}, "id": "c1"}
    asked, told = text_messages(
        [AIMessage(content="", tool_calls=[call]), ToolMessage("4", tool_call_id="c1")], model="m"
    )
    assert asked["tool_calls"][0]["id"] == told["tool_call_id"] == "c1"
    assert asked["tool_calls"][0]["function"] == {"name": "掷骰子", "arguments": '{"面": 6}'}
    assert (told["role"], told["content"]) == ("tool", "4")


def test_results_are_told_above_what_the_user_said() -> None:
    """Nothing before the user's message changes, so that it stays in the prompt cache."""
    calls = [{"name": name, "args": {}, "id": name[0]} for name in ("roll", "wait")]
    messages = [
        SystemMessage("s"),
        HumanMessage("Roll."),
        AIMessage("", tool_calls=calls),
        ToolMessage("4", tool_call_id="r"),
        ToolMessage("done", tool_call_id="w"),
        AIMessage("A four."),
    ]
    assert [(m["role"], m["content"]) for m in tell_results(text_messages(messages, model="m"))] == [
        ("system", "s"),
        ("user", "[roll: 4]\n\n[wait: done]\n\nRoll."),
        ("assistant", "A four."),
    ]


def test_words_beside_a_call_are_kept_when_results_are_told() -> None:
    """The result then stands in a message of its own."""
    call = {"name": "roll", "args": {}, "id": "r"}
    messages = [
        HumanMessage("Roll."),
        AIMessage("Well.", tool_calls=[call]),
        ToolMessage("4", tool_call_id="r"),
    ]
    told = tell_results(text_messages(messages, model="m"))
    assert [(m["role"], m["content"]) for m in told] == [
        ("user", "Roll."),
        ("assistant", "Well."),
        ("user", "[roll: 4]"),
    ]


def test_arguments_can_stay_a_dict() -> None:
    """Hugging Face's templates dump them themselves; a string would be quoted twice."""
    message = AIMessage(content="", tool_calls=[{"name": "roll", "args": {"n": 1}, "id": None}])
    entry = chat_dict(message, arguments_as_text=False)
    assert entry["tool_calls"][0]["function"]["arguments"] == {"n": 1}
    assert json.dumps(entry)


@pytest.mark.parametrize("kind", ["image", "image_url", "audio", "file"])
def test_media_are_refused_for_a_model_of_text(kind: str) -> None:
    """Dropping a picture silently would have the model answer about nothing."""
    message = HumanMessage([{"type": "text", "text": "look"}, {"type": kind}])
    with pytest.raises(InputError, match=f"'tiny' reads text alone, and a message holds '{kind}'"):
        text_messages([message], model="tiny")


def test_a_message_without_a_role_is_refused() -> None:
    """LangGraph's bookkeeping messages are no part of a chat."""
    with pytest.raises(InputError, match="'remove' has no role"):
        text_messages([RemoveMessage(id="1")], model="m")
