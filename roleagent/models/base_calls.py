"""Under an adapter the base is listened to for tool calls: what has learned to talk forgets when to call."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from functools import reduce
from operator import add
from typing import Any

from langchain_core.messages import AIMessageChunk, ToolCallChunk
from langchain_core.messages.tool import tool_call_chunk

from roleagent.errors import ModelError
from roleagent.models.background import Emit, Run
from roleagent.models.chunks import ChunkReader, Pulse
from roleagent.models.engine import Completer
from roleagent.models.llama_server import Chunk, Request
from roleagent.models.messages import ChatDict, to_json
from roleagent.models.prompt_slots import hash_of
from roleagent.models.structured import tool_name
from roleagent.models.tool_calls import ToolCallFilter


class _TalksError(Exception):
    """What is listened to for a call says something else."""


def call_of_base(
    base: Completer, request: Request, emit: Emit[AIMessageChunk], run: Run, *, model: str
) -> AIMessageChunk | None:
    """What the base calls; it is stopped as soon as it begins to talk.

    Args:
        base: the engine without an adapter.
        request: with the tools; of an answer in words, so without a form that it must have.
        emit: told how far the prompt is read.
        run: cancels it.
        model: its name.

    Returns:
        A message with whole calls of tools that are there and were not made since the user spoke, or None.

    Raises:
        ModelError: the engine failed.
    """
    pieces: list[AIMessageChunk] = []
    names = {tool_name(tool) for tool in request["tools"]}
    reader = ChunkReader(emit=pieces.append, model=model, calls=ToolCallFilter(names))

    def listen(chunk: Chunk) -> None:
        reader.receive(chunk)
        if any(piece.text.strip() for piece in pieces):
            raise _TalksError

    try:
        base.run(request, Pulse(emit).before(listen), run)
    except _TalksError:
        return None
    if run.cancelled:
        return None
    try:
        reader.finish()
    except ModelError:  # it says nothing, so it calls nothing
        return None
    found = _new_calls(reduce(add, pieces), names, request["messages"])
    if not found:
        return None
    return pieces[-1].model_copy(update={"tool_call_chunks": found})


def asked_of(messages: Sequence[ChatDict], tools: Sequence[dict[str, Any]]) -> str:
    """What a choice of tools is about, as a hash: the same when a draft is written again with other notes."""
    *before, last = messages
    words = str(last["content"]).strip().rpartition("\n\n")[2]  # notes stand before what the user says
    return hash_of([before, last["role"], words, [tool_name(tool) for tool in tools]])


def _new_calls(
    answer: AIMessageChunk, names: Collection[str], messages: Sequence[ChatDict]
) -> list[ToolCallChunk]:
    made = _made_since_user(messages)
    new = [
        call
        for call in answer.tool_calls
        if call["name"] in names and (call["name"], call["args"]) not in made
    ]
    return [
        tool_call_chunk(name=call["name"], args=to_json(call["args"]), id=call["id"], index=index)
        for index, call in enumerate(new)
    ]


def _made_since_user(messages: Sequence[ChatDict]) -> list[tuple[str, Any]]:
    """Names and arguments of the calls after the last user message."""
    made: list[tuple[str, Any]] = []
    for message in messages:
        if message["role"] == "user":
            made.clear()
        calls = [call["function"] for call in message.get("tool_calls", ())]
        made += [(call["name"], json.loads(call.get("arguments") or "{}")) for call in calls]
    return made
