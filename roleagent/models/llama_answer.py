"""One answer of a llama.cpp model: plain text, a tool call held by a grammar, or the choice between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessageChunk

from roleagent.models.background import Emit, Run
from roleagent.models.chunks import ChunkReader, Pulse, TextCollector, call_chunks, last_chunk
from roleagent.models.engine import Engine, Request
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

_CALL_TOKENS = 256  # room for a call, however short replies are to be: half a call is of no use


@dataclass(frozen=True, slots=True, kw_only=True)
class LlamaAnswer:
    """What was asked, and how; `write` has the model answer it.

    Attributes:
        open_engine: gives the engine, loading it if need be.
        model: the model's name.
        messages: the conversation in OpenAI's form.
        options: sampling options, `max_tokens` and `stop`, in OpenAI's form.
        tools: what may be called.
        tool_choice: as in `bind_tools`.
        ask_first: whether a free choice of tool is asked for separately, and tool results told in words.
        format: an OpenAI `response_format`, or None for plain text.
    """

    open_engine: Callable[[], Engine]
    model: str
    messages: list[ChatDict]
    options: Request
    tools: Sequence[ToolSchema] = ()
    tool_choice: Any = None  # Any: a name, a flag or a dict, as LangChain allows
    ask_first: bool = True
    format: dict[str, Any] | None = None  # Any: JSON

    def write(self, emit: Emit[AIMessageChunk], run: Run) -> None:
        """Answer, on the calling thread.

        Raises:
            ModelError: the engine failed, or the model answered nothing.
        """
        engine = self.open_engine()
        forced = forced_tools(self.tools, self.tool_choice)
        free = bool(self.tools) and not forced and self.tool_choice != "none"
        if forced:
            self._call(engine, forced, emit, run)
        elif free and self.ask_first:
            self._choose(engine, emit, run)
        else:
            self._talk(engine, emit, run, tools=self.tools if free else ())

    def _choose(self, engine: Engine, emit: Emit[AIMessageChunk], run: Run) -> None:
        tool = choose_tool(engine, self.messages, self.tools, run, Pulse(emit))
        if tool is None:
            self._talk(engine, emit, run)
        else:
            self._call(engine, [tool], emit, run)

    def _talk(
        self, engine: Engine, emit: Emit[AIMessageChunk], run: Run, *, tools: Sequence[ToolSchema] = ()
    ) -> None:
        calls = ToolCallFilter({tool_name(tool) for tool in tools}) if tools else None
        reader = ChunkReader(emit=emit, model=self.model, calls=calls)
        engine.run(self._talk_request(tools), Pulse(emit).before(reader.receive), run)
        if not run.cancelled:
            reader.finish()

    def _conversation(self) -> list[ChatDict]:
        return tell_results(self.messages) if self.ask_first else self.messages

    def _talk_request(self, tools: Sequence[ToolSchema]) -> Request:
        request: Request = {**self.options, "messages": self._conversation()}
        if tools:
            request["tools"] = list(tools)
        if self.format is not None:
            request["response_format"] = self.format
            schema = self.format.get("json_schema", {}).get("schema")
            note = schema_note(schema) if schema else "(Answer with JSON alone.)"
            request["messages"] = with_note(request["messages"], note)
        return request

    def _call(
        self, engine: Engine, tools: Sequence[ToolSchema], emit: Emit[AIMessageChunk], run: Run
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
