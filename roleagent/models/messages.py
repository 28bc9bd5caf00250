"""LangChain messages as chat templates take them: plain dicts, and pictures as pixels; nothing is fetched."""

from __future__ import annotations

import base64
import binascii
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit
from urllib.request import url2pathname

from langchain_core.messages import AIMessage, BaseMessage, ChatMessage, ToolMessage

from roleagent.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image


Block = dict[str, Any]  # a content block of a message; Any: JSON

MAX_IMAGE_BYTES = 32 * 2**20
MAX_IMAGE_PIXELS = 64_000_000

_IMAGE_TYPES = ("image", "image_url")
_OTHER_MEDIA_TYPES = ("audio", "input_audio", "video", "video_url", "file", "document")


def is_image(block: Block) -> bool:
    """Whether a block holds a picture."""
    return block.get("type") in _IMAGE_TYPES


def is_other_media(block: Block) -> bool:
    """Whether a block holds sound, film or a document."""
    return block.get("type") in _OTHER_MEDIA_TYPES


def open_image(block: Block) -> Image:
    """The picture of a block as RGB.

    Takes LangChain's ``{"type": "image", "base64": …}`` and ``{"type": "image", "url": …}`` (a ``data:`` or
    ``file:`` URL) and OpenAI's ``{"type": "image_url", "image_url": {"url": …}}``.

    Raises:
        InputError: the address is remote, the picture is missing or unreadable, or it is too large.
    """
    from PIL import Image

    data = _bytes_of(block)
    if len(data) > MAX_IMAGE_BYTES:
        raise InputError(f"A picture is over the limit of {MAX_IMAGE_BYTES} bytes. Scale it down.")
    try:
        picture = Image.open(io.BytesIO(data))
        if picture.width * picture.height > MAX_IMAGE_PIXELS:
            raise InputError(
                f"A picture of {picture.width} × {picture.height} pixels is over the limit of "
                f"{MAX_IMAGE_PIXELS} pixels. Scale it down."
            )
        return picture.convert("RGB")
    except InputError:
        raise
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise InputError(f"A picture of {len(data)} bytes cannot be read: {error}. Is it damaged?") from error


def _bytes_of(block: Block) -> bytes:
    encoded = block.get("base64") or block.get("data")
    if encoded is not None:
        return _decode_base64(encoded)
    url = block.get("url") or block.get("image_url")
    if isinstance(url, dict):
        url = url.get("url")
    if not isinstance(url, str):
        raise InputError(f"An image block of {sorted(block)!r} holds no picture. Give base64 or url.")
    return _read_url(url)


def _read_url(url: str) -> bytes:
    scheme = urlsplit(url).scheme.lower()
    if scheme == "data":
        header, _, payload = url.partition(",")
        return _decode_base64(payload) if header.endswith(";base64") else unquote_to_bytes(payload)
    if scheme == "file":
        path = Path(url2pathname(urlsplit(url).path))
        try:
            with path.open("rb") as file:
                return file.read(MAX_IMAGE_BYTES + 1)
        except OSError as error:
            raise InputError(
                f"The picture {str(path)!r} cannot be read: {error.strerror or error}."
            ) from error
    raise InputError(
        f"The picture {url[:80]!r} is not on this machine, and nothing is fetched. "
        "Give its bytes as base64, or a data: or file: URL."
    )


def _decode_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"The base64 of a picture is damaged: {error}. Encode it again.") from error


ChatDict = dict[str, Any]  # one message for a chat template; Any: JSON

_ROLE_OF = {"system": "system", "human": "user", "ai": "assistant", "tool": "tool"}


def text_messages(messages: Sequence[BaseMessage], *, model: str) -> list[ChatDict]:
    """Messages for a model that reads only text, in OpenAI's form.

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
    """The messages without tool calls, with their results written above the user's words.

    A small model that sees its own call and the result in their usual form says thanks, or calls again. It
    uses the same result in its answer if it reads ``[roll_dice: 3 and 5]`` just above the question.
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
        notes, _, words = told[-1]["content"].rpartition("\n\n")
        told[-1] = {**told[-1], "content": "\n\n".join(filter(None, (notes, line, words)))}
    else:
        told.append({"role": "user", "content": line})


def role_of(message: BaseMessage) -> str:
    """The role a chat template knows.

    Raises:
        InputError: this kind of message has no role.
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
