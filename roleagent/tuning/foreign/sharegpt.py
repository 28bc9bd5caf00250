"""ShareGPT's shape, and OpenAI's: a list of messages, each by a speaker who is named by part.

ShareGPT has ``{"conversations": [{"from": "human", "value": "…"}, {"from": "gpt", "value": "…"}]}``; the
parts are called human or user, gpt or assistant, and system, and a text beside the list under ``system`` is a
system message too. OpenAI has ``{"messages": [{"role": "user", "content": "…"}]}``, in which a content may be
a list of parts of text. An item may also be the bare list of messages. CoSER and OpenCharacter publish their
training sets in ShareGPT's shape. Messages of tools and pictures are not read: an item with one is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from roleagent.tuning.dialogues import Dialogue, Message, Role
from roleagent.tuning.foreign.items import Item, rows, table, text
from roleagent.tuning.foreign.scenes import alternating, language_of, noted

SOURCE = "import:sharegpt"

_ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "chatgpt": "assistant",
    "bard": "assistant",
    "bing": "assistant",
    "model": "assistant",
}


def is_mine(value: Any) -> bool:  # Any: JSON
    """Whether an item has this shape."""
    if isinstance(value, list):
        return bool(value) and isinstance(value[0], dict) and ("from" in value[0] or "role" in value[0])
    return isinstance(value, dict) and ("conversations" in value or "messages" in value)


def read(item: Item) -> Iterator[Dialogue]:
    """The dialogue of an item, in which every reply is learned; none if the assistant says nothing.

    Raises:
        ValueError: the item is wrong.
    """
    holder = {"messages": item.value} if isinstance(item.value, list) else table(item.value)
    name = "conversations" if "conversations" in holder else "messages"
    told = [_message(table(each, "a message")) for each in rows(holder, name)]
    if (system := text(holder, "system", "system_prompt")) and not (told and told[0].role == "system"):
        told.insert(0, Message(role="system", text=system))
    told = [each for each in told if each.text]
    language = language_of(" ".join(each.text for each in told if each.role != "system"))
    if messages := alternating(told, language):
        yield Dialogue(
            messages=messages,
            language=language,
            source=SOURCE,
            note=noted(text(holder, "character", "role_name", "char_name")),
        )


def _message(told: Mapping[str, Any]) -> Message:  # Any: JSON
    part = text(told, "from", "role").casefold()
    if part not in _ROLES:
        raise ValueError(f"a message is from {part!r}; it must be from one of {', '.join(_ROLES)}")
    role = _ROLES[part]
    return Message(role=role, text=_content(told), learn=role == "assistant")


def _content(told: Mapping[str, Any]) -> str:  # Any: JSON
    if told.get("tool_calls"):
        raise ValueError("a message calls a tool, which cannot be read")
    if not {"value", "content"} & set(told):
        raise ValueError("a message has no 'value' and no 'content'")
    if not isinstance(told.get("content"), list):
        return text(told, "value", "content")
    parts = [table(each, "a part of a content") for each in told["content"]]
    if other := [each.get("type") for each in parts if each.get("type") != "text"]:
        raise ValueError(f"a content holds a part of type {other[0]!r}; only text can be read")
    return "\n".join(filter(None, (text(each, "text") for each in parts)))
