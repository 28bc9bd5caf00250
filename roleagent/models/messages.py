"""LangChain messages as the plain dicts that chat templates take."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ChatMessage, ToolMessage

from roleagent.errors import InputError
from roleagent.models.images import Block, is_image, is_other_media

ChatDict = dict[str, Any]  # one message for a chat template; Any: JSON

_ROLE_OF = {"system": "system", "human": "user", "ai": "assistant", "tool": "tool"}


def text_messages(messages: Sequence[BaseMessage], *, model: str) -> list[ChatDict]:
    """Messages for a model that reads text alone, in OpenAI's form.

    Raises:
        InputError: a message holds a picture or other media, or is of an unknown role.
    """
    for message in messages:
        for block in blocks_of(message):
            if is_image(block) or is_other_media(block):
                raise InputError(
                    f"{model!r} reads text alone, and a message holds {block['type']!r}. "
                    "Use a multimodal model, or let a perceptor turn it into words."
                )
    return [chat_dict(message, arguments_as_text=True) for message in messages]


def chat_dict(message: BaseMessage, *, arguments_as_text: bool) -> ChatDict:
    """One message with its text and tool calls.

    Args:
        message: any LangChain message.
        arguments_as_text: tool arguments as a JSON string (OpenAI's form) or as a dict (Hugging Face's).
    """
    entry: ChatDict = {"role": role_of(message), "content": str(message.text)}
    if isinstance(message, AIMessage) and message.tool_calls:
        entry["tool_calls"] = [
            {
                "type": "function",
                "id": call["id"] or f"call_{index}",
                "function": {
                    "name": call["name"],
                    "arguments": to_json(call["args"]) if arguments_as_text else call["args"],
                },
            }
            for index, call in enumerate(message.tool_calls)
        ]
    if isinstance(message, ToolMessage):
        entry["tool_call_id"] = message.tool_call_id
    return entry


def tell_results(messages: Sequence[ChatDict]) -> list[ChatDict]:
    """The messages with tool calls left out and their results told below what the user said.

    A small model that sees its own call and the result as such thanks for it, or calls again; the same result
    as ``[roll_dice: 3 and 5]`` below the question is used in the answer.
    """
    told: list[ChatDict] = []
    name_of: dict[str, str] = {}
    for message in messages:
        if message["role"] == "tool":
            _tell(told, f"[{name_of.get(message['tool_call_id'], 'tool')}: {message['content']}]")
        elif calls := message.get("tool_calls"):
            name_of |= {call["id"]: call["function"]["name"] for call in calls}
            told += [{"role": message["role"], "content": message["content"]}] if message["content"] else []
        else:
            told.append(message)
    return told


def _tell(told: list[ChatDict], line: str) -> None:
    if told and told[-1]["role"] == "user":
        told[-1] = {**told[-1], "content": f"{told[-1]['content']}\n\n{line}"}
    else:
        told.append({"role": "user", "content": line})


def role_of(message: BaseMessage) -> str:
    """The role a chat template knows.

    Raises:
        InputError: the kind of message has none.
    """
    if isinstance(message, ChatMessage):
        return message.role
    kind = message.type.removesuffix("MessageChunk").lower()
    if kind not in _ROLE_OF:
        known = ", ".join(_ROLE_OF)
        raise InputError(f"A message of type {message.type!r} has no role in a chat. Known: {known}.")
    return _ROLE_OF[kind]


def blocks_of(message: BaseMessage) -> list[Block]:
    """The content blocks of a message that are not bare strings."""
    content = message.content
    return [] if isinstance(content, str) else [block for block in content if isinstance(block, dict)]


def to_json(value: Any) -> str:  # Any: JSON
    """Compact JSON that leaves Chinese as it is."""
    return json.dumps(value, ensure_ascii=False)
