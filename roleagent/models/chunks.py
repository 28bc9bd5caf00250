"""From the engine's streaming chunks to LangChain's."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessageChunk, ToolCallChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk

from roleagent.errors import ModelError
from roleagent.models.background import Emit
from roleagent.models.engine import BEAT_S
from roleagent.models.llama_server import Chunk
from roleagent.models.messages import to_json
from roleagent.models.tool_calls import FoundCalls, ToolCallFilter


@dataclass(slots=True, kw_only=True)
class ChunkReader:
    """Reads the chunks of one answer and emits their text as soon as it cannot be part of a tool call.

    Attributes:
        emit: where message chunks go.
        model: the model's name, for metadata and errors.
        calls: holds back text that may be a tool call; None if no tool was offered.
    """

    emit: Emit[AIMessageChunk]
    model: str
    calls: ToolCallFilter | None = None
    _said_anything: bool = False
    _finish_reason: str = "stop"
    _usage: UsageMetadata | None = None

    def receive(self, chunk: Chunk) -> None:
        """Take one chunk of the engine."""
        for choice in chunk.get("choices", ()):
            self._finish_reason = choice.get("finish_reason") or self._finish_reason
            self._receive_delta(choice.get("delta") or {})
        if chunk.get("usage"):
            self._usage = usage_of(chunk["usage"])

    def finish(self) -> None:
        """Emit what was held back, then usage and metadata.

        Raises:
            ModelError: the answer is empty.
        """
        if self.calls is not None:
            text, found = self.calls.finish()
            self._say(text)
            self._call(call_chunks(found))
        if not self._said_anything:
            raise ModelError(
                f"{self.model!r} answered nothing (finish reason {self._finish_reason!r}). "
                "Ask again, raise max_tokens, or drop a stop word that it begins with."
            )
        self.emit(last_chunk(self.model, self._finish_reason, self._usage))

    def _receive_delta(self, delta: dict[str, Any]) -> None:
        text = delta.get("content") or ""
        self._say(self.calls.feed(text) if self.calls is not None else text)
        self._call([_native_call(call) for call in delta.get("tool_calls") or ()])
        if thought := delta.get("reasoning_content"):
            self._said_anything = True
            self.emit(AIMessageChunk(content="", additional_kwargs={"reasoning_content": thought}))

    def _say(self, text: str) -> None:
        if text:
            self._said_anything = True
            self.emit(AIMessageChunk(content=text))

    def _call(self, calls: Sequence[ToolCallChunk]) -> None:
        if calls:
            self._said_anything = True
            self.emit(AIMessageChunk(content="", tool_call_chunks=list(calls)))


@dataclass(slots=True)
class Pulse:
    """Shows the reader of a stream that the engine is working while there is no text to show.

    While the engine reads the prompt, an empty chunk says how many tokens it has read:
    ``additional_kwargs["prompt_progress"] == [{"processed": 512, "total": 2048}]``. While it writes text that
    is held back, such as a tool call, an empty chunk comes once a second.
    """

    emit: Emit[AIMessageChunk]
    _told_at: float = field(default_factory=time.monotonic)

    def before(self, receive: Callable[[Chunk], None]) -> Callable[[Chunk], None]:
        """A receiver of the engine's chunks that does this first and then calls `receive`."""

        def take(chunk: Chunk) -> None:
            self._beat(chunk.get("prompt_progress"))
            receive(chunk)

        return take

    def _beat(self, progress: dict[str, Any] | None) -> None:
        now = time.monotonic()
        if progress:
            told = {name: progress[name] for name in ("processed", "total")}
            self.emit(AIMessageChunk(content="", additional_kwargs={"prompt_progress": [told]}))
        elif now - self._told_at >= BEAT_S:
            self.emit(AIMessageChunk(content=""))
        else:
            return
        self._told_at = now


@dataclass(slots=True)
class TextCollector:
    """Collects the whole text of an answer that is not shown while it grows."""

    text: str = ""
    finish_reason: str = "stop"
    usage: UsageMetadata | None = None

    def receive(self, chunk: Chunk) -> None:
        """Take one chunk of the engine."""
        for choice in chunk.get("choices", ()):
            self.text += (choice.get("delta") or {}).get("content") or ""
            self.finish_reason = choice.get("finish_reason") or self.finish_reason
        if chunk.get("usage"):
            self.usage = usage_of(chunk["usage"])


def usage_of(usage: dict[str, Any]) -> UsageMetadata:
    """Token counts in LangChain's form."""
    return UsageMetadata(
        input_tokens=usage["prompt_tokens"],
        output_tokens=usage["completion_tokens"],
        total_tokens=usage["total_tokens"],
        input_token_details={
            "cache_read": (usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0)
        },
    )


def last_chunk(model: str, finish_reason: str, usage: UsageMetadata | None) -> AIMessageChunk:
    """The chunk that closes an answer."""
    metadata = {"model_name": model, "finish_reason": finish_reason}
    return AIMessageChunk(content="", usage_metadata=usage, response_metadata=metadata, chunk_position="last")


def call_chunks(found: FoundCalls) -> list[ToolCallChunk]:
    """Found calls as chunks; a broken one is a JSON string, which LangChain lists as an invalid call."""
    whole = [(call["name"], to_json(call["args"]), call["id"]) for call in found.calls]
    broken = [(call["name"], to_json(call["args"]), call["id"]) for call in found.invalid]
    return [
        tool_call_chunk(name=name, args=args, id=id_, index=index)
        for index, (name, args, id_) in enumerate([*whole, *broken])
    ]


def _native_call(call: dict[str, Any]) -> ToolCallChunk:
    """A piece of a call that the engine itself recognised."""
    function = call.get("function") or {}
    return tool_call_chunk(
        name=function.get("name"),
        args=function.get("arguments"),
        id=call.get("id") or None,
        index=call.get("index", 0),
    )
