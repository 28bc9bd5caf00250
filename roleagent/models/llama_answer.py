"""One answer of the llama.cpp engine: a reply, a reply under a schema, or a call of a tool."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessageChunk

from roleagent.models.background import Emit, Run
from roleagent.models.base_calls import asked_of, call_of_base
from roleagent.models.chunks import ChunkReader, Pulse, TextCollector, call_chunks, last_chunk
from roleagent.models.engine import Completer
from roleagent.models.llama_server import Request
from roleagent.models.messages import ChatDict, tell_results
from roleagent.models.structured import (
    ToolSchema,
    call_note,
    call_schema,
    choose_tool,
    forced_tools,
    response_format,
    schema_note,
    tool_name,
    with_note,
)
from roleagent.models.tool_calls import ToolCallFilter, find_calls

_CALL_TOKENS = 256  # room for a call even if replies are to be short: half a call is useless


@dataclass(frozen=True, slots=True, kw_only=True)
class LlamaAnswer:
    """One request, with its options; `write` has the model answer it.

    Attributes:
        open_engine: returns the engine, and loads it first if necessary.
        open_base: the same without the adapter, for an answer under one; None if there is no adapter.
        declined: what the base was asked and called no tool for, as `asked_of` tells it; it is added to.
        model: the model's name.
        messages: the conversation in OpenAI's form.
        options: sampling options, `max_tokens` and `stop`, in OpenAI's form.
        tools: what may be called.
        tool_choice: as in `bind_tools`.
        ask_first: whether the model is first asked which tool it needs, and reads tool results as text.
        format: an OpenAI `response_format`, or None for plain text.
    """

    open_engine: Callable[[], Completer]
    model: str
    messages: list[ChatDict]
    options: Request
    tools: Sequence[ToolSchema] = ()
    tool_choice: Any = None  # Any: a name, a flag or a dict, as LangChain allows
    ask_first: bool = True
    format: dict[str, Any] | None = None  # Any: JSON
    opening: str = ""
    open_base: Callable[[], Completer] | None = None
    declined: deque[str] = field(default_factory=deque)

    def write(self, emit: Emit[AIMessageChunk], run: Run) -> None:
        """Answer, on the calling thread.

        An adapter is there for what a character says. Which tool is called is the base's choice.

        Raises:
            ModelError: the engine failed, or the model answered nothing.
        """
        engine = self.open_engine()
        base = self.open_base() if self.open_base else None
        called = forced_tools(self.tools, self.tool_choice)
        offered = () if called or self.tool_choice == "none" else self.tools
        if offered and self.ask_first:
            chosen = choose_tool(base or engine, self.messages, offered, run, Pulse(emit))
            called, offered = [chosen] if chosen else (), ()
        if called:
            self._call(engine, called, emit, run)
        elif offered and base:
            if not self._base_calls(base, offered, emit, run):
                self._talk(engine, (), emit, run)
        else:
            self._talk(engine, offered, emit, run)

    def _base_calls(
        self, base: Completer, tools: Sequence[ToolSchema], emit: Emit[AIMessageChunk], run: Run
    ) -> bool:
        """Have the base call a tool, unless it has declined to for this turn.

        Returns:
            Whether it did, or the run was cancelled.
        """
        asked = asked_of(self.messages, tools)
        if asked in self.declined:  # the draft is written again
            return False
        request: Request = {
            **self.options,
            "messages": self.messages,
            "tools": list(tools),
            "temperature": 0,
            "stop": [],  # nothing that it says is shown, and a stop word may stand in an argument
            "max_tokens": max(self.options.get("max_tokens", 0), _CALL_TOKENS),
        }
        call = call_of_base(base, request, emit, run, model=self.model)
        if call is not None:
            emit(call)
        elif not run.cancelled:
            self.declined.append(asked)
        return call is not None or run.cancelled

    def _talk(
        self, engine: Completer, tools: Sequence[ToolSchema], emit: Emit[AIMessageChunk], run: Run
    ) -> None:
        calls = ToolCallFilter({tool_name(tool) for tool in tools}) if tools else None
        reader = ChunkReader(emit=emit, model=self.model, calls=calls)
        engine.run(self._talk_request(tools), Pulse(emit).before(reader.receive), run)
        if not run.cancelled:
            reader.finish()

    def _conversation(self) -> list[ChatDict]:
        """What the model reads; an adapter has learned results of tools as text."""
        return tell_results(self.messages) if self.ask_first or self.open_base else self.messages

    def _talk_request(self, tools: Sequence[ToolSchema]) -> Request:
        request: Request = {**self.options, "messages": self._conversation()}
        if tools:
            request["tools"] = list(tools)
        if self.format is not None:
            request["response_format"] = self.format
            schema = self.format.get("json_schema", {}).get("schema")
            note = schema_note(schema) if schema else "(Answer with JSON alone.)"
            request["messages"] = with_note(request["messages"], note)
        elif self.opening and not tools:
            request["messages"] = [*request["messages"], {"role": "assistant", "content": self.opening}]
        return request

    def _call(
        self, engine: Completer, tools: Sequence[ToolSchema], emit: Emit[AIMessageChunk], run: Run
    ) -> None:
        """Have a call of one of the tools written under a grammar."""
        written = TextCollector()
        request = {
            **self.options,
            "stop": [],  # the grammar ends the call, and a stop word may stand in an argument
            "max_tokens": max(self.options.get("max_tokens", 0), _CALL_TOKENS),
            "messages": with_note(self._conversation(), call_note(tools)),
            "response_format": response_format(call_schema(tools)),
        }
        engine.run(request, Pulse(emit).before(written.receive), run)
        if not run.cancelled:
            found = find_calls(written.text, {tool_name(tool) for tool in tools})
            emit(AIMessageChunk(content="", tool_call_chunks=call_chunks(found)))
            reason = "length" if written.finish_reason == "length" else "tool_calls"
            emit(last_chunk(self.model, reason, written.usage))
