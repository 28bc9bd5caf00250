"""Published fakes: real objects with short, known behaviour, for tests that need no weights."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, InstanceOf, PrivateAttr

from roleagent.errors import ModelError
from roleagent.graph.graph import PersonaGraph
from roleagent.language.scripts import HAN
from roleagent.types import Fact, GraphUpdate

# A word with the space before it; each Chinese character counts as a word.
_WORD = re.compile(rf"\s*[{HAN}]|\s*[^\s{HAN}]+|\s+$")


class ScriptedModel(BaseChatModel):
    """A chat model that answers from a script, one entry a call, and remembers what it was asked.

    >>> model = ScriptedModel(["Elementary.", "Quite so."])
    >>> model.invoke("How did you know?").text
    'Elementary.'
    >>> model.prompts[0][0].content
    'How did you know?'

    Attributes:
        script: what to answer: a string, a whole `AIMessage` (tool calls and all), or an exception to raise.
        word_delay_s: seconds to wait before each word, to make streams take time.
        prompts: the messages of every call so far, in order.
        options: the keyword arguments of every call so far: bound tools, `stop` and the like.
    """

    script: list[InstanceOf[AIMessage] | InstanceOf[Exception] | str] = Field(default_factory=list)
    word_delay_s: float = 0.0
    prompts: list[list[BaseMessage]] = Field(default_factory=list)
    options: list[dict[str, Any]] = Field(default_factory=list)  # Any: whatever a caller may bind
    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    def __init__(self, script: Sequence[AIMessage | Exception | str] = (), **fields: Any) -> None:
        fields["script"] = list(script)
        super().__init__(**fields)

    @property
    def num_calls(self) -> int:
        """How often the model was asked."""
        return len(self.prompts)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": "scripted", "num_entries": len(self.script)}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        return LangSmithParams(
            ls_provider="scripted",
            ls_model_type="chat",
            ls_model_name=kwargs.get("model", "scripted"),
        )

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Show the tools to the fake: they appear in `options`; only the script decides what is called."""
        schemas = [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=schemas, tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        answer = self._next_answer(messages, stop, kwargs)
        return ChatResult(generations=[ChatGeneration(message=answer)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for piece in _pieces(self._next_answer(messages, stop, kwargs)):
            time.sleep(self.word_delay_s)
            chunk = ChatGenerationChunk(message=piece)
            if run_manager:
                run_manager.on_llm_new_token(piece.text, chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for piece in _pieces(self._next_answer(messages, stop, kwargs)):
            await asyncio.sleep(self.word_delay_s)
            chunk = ChatGenerationChunk(message=piece)
            if run_manager:
                await run_manager.on_llm_new_token(piece.text, chunk=chunk)
            yield chunk

    def _next_answer(
        self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> AIMessage:
        with self._lock:
            turn = len(self.prompts)
            self.prompts.append(list(messages))
            self.options.append({**options, "stop": stop})
        if turn >= len(self.script):
            raise ModelError(
                f"ScriptedModel was asked a {turn + 1}. time, but its script of {len(self.script)} "
                "is used up. Add an entry for each call."
            )
        entry = self.script[turn]
        if isinstance(entry, Exception):
            raise entry
        if isinstance(entry, AIMessage):
            return entry
        return _answer(_cut(entry, stop or ()), messages)


def _cut(text: str, stop: Sequence[str]) -> str:
    """The text before the first stop word."""
    found = [at for at in (text.find(word) for word in stop if word) if at >= 0]
    return text[: min(found)] if found else text


def _answer(text: str, messages: Sequence[BaseMessage]) -> AIMessage:
    """A message with usage counted in words."""
    asked = sum(len(_WORD.findall(message.text)) for message in messages)
    said = len(_WORD.findall(text))
    usage = UsageMetadata(input_tokens=asked, output_tokens=said, total_tokens=asked + said)
    return AIMessage(
        content=text,
        usage_metadata=usage,
        response_metadata={"model_name": "scripted", "finish_reason": "stop"},
    )


def _pieces(answer: AIMessage) -> Iterator[AIMessageChunk]:
    """The message word by word; tool calls, usage and metadata come with the last piece."""
    words = _WORD.findall(answer.text)
    for word in words:
        yield AIMessageChunk(content=word, id=answer.id)
    calls = [(call, json.dumps(call["args"], ensure_ascii=False)) for call in answer.tool_calls]
    broken = [(call, call["args"]) for call in answer.invalid_tool_calls]
    yield AIMessageChunk(
        content="",
        id=answer.id,
        tool_call_chunks=[
            tool_call_chunk(name=call["name"], args=args, id=call["id"], index=index)
            for index, (call, args) in enumerate([*calls, *broken])
        ],
        usage_metadata=answer.usage_metadata,
        response_metadata=answer.response_metadata,
        additional_kwargs=answer.additional_kwargs,
        chunk_position="last",
    )


class FixedUpdater:
    """A `GraphUpdater` that always proposes the same update."""

    def __init__(self, update: GraphUpdate | None = None) -> None:
        self._update = update or GraphUpdate()

    def propose(self, graph: PersonaGraph, said: str, at: datetime, evidence: tuple[str, ...]) -> GraphUpdate:
        """The fixed update, whatever was said."""
        return self._update


class FirstFacts:
    """A `FactRanker` that takes the first facts in the order of the graph."""

    def rank(
        self,
        graph: PersonaGraph,
        query: str,
        *,
        limit: int,
        before: Sequence[str] = (),
        character: str = "",
    ) -> Sequence[Fact]:
        """The first `limit` facts that hold, unscored."""
        return [fact for fact in graph.facts.values() if fact.valid_to is None][:limit]
