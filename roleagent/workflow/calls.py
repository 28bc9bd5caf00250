"""The tool calls in one message: each gets an id of its own, and an error if it cannot run."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, ToolCallChunk
from langchain_core.messages.tool import tool_call

from roleagent.language.thinking import content_without_thoughts
from roleagent.language.unicode import repaired
from roleagent.persona.problems import did_you_mean
from roleagent.types import ToolUse, content_id

_MAX_NAME = 100
_MAX_QUOTED = 200
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]")  # vendors refuse such a name
_NAMED = re.compile(
    r'\\?"(?:name|function)\\?"\s{0,9}:\s{0,9}\\?"([^"\\]{1,100})'
)  # in a call that is broken
_CALL_BLOCKS = ("tool_use", "tool_call", "tool_call_chunk", "invalid_tool_call", "function_call",
                "input_json_delta")  # fmt: skip


def read_calls(
    answer: AIMessageChunk,
    *,
    tools: Collection[str],
    taken: Collection[str],
    seed: str,
    limit: int,
    is_cut: bool = False,
) -> tuple[ToolUse, ...]:
    """The calls of one message; a call that cannot run already has a failed result.

    The arguments are parsed again, strictly, because LangChain closes the brackets of a truncated chunk.

    Args:
        answer: the chunks of a message, joined.
        tools: names of the available tools.
        taken: ids of earlier calls of the turn.
        seed: used to make ids if the model gives none, or a duplicate; equal turns have equal seeds.
        limit: how many calls may run; the result of one more says how many did not.
        is_cut: whether the model was stopped before it had finished; then the last call does not run.
    """
    chunks, ids = answer.tool_call_chunks, [*taken]
    uses: list[ToolUse] = []
    for place, chunk in enumerate(chunks[: limit + 1]):
        ids.append(_own_id(chunk["id"], ids, seed))
        uses.append(_read(chunk, ids[-1], tools, is_cut=is_cut and place == len(chunks) - 1))
    if (num_left := len(chunks) - limit) > 0:
        others = f" and {num_left - 1} more were" if num_left > 1 else " was"
        told = f"Only {limit} calls of one message are run; this one{others} not."
        uses[limit] = replace(uses[limit], result=told, ok=False)
    return tuple(uses)


def as_message(answer: AIMessage, uses: Sequence[ToolUse], *, tools: Collection[str]) -> AIMessage:
    """The model's message as the model sees it later: its text, and the calls with their own ids."""
    content: Any = content_without_thoughts(answer)  # Any: text, or blocks of the vendor's own kinds
    if isinstance(content, list):
        content = [
            block for block in content if not (isinstance(block, dict) and block.get("type") in _CALL_BLOCKS)
        ]
    calls = [
        tool_call(
            name=use.name if use.name in tools else _NOT_IN_A_NAME.sub("_", use.name)[:64],
            args=dict(use.arguments),
            id=use.id,
        )
        for use in uses
    ]
    return AIMessage(content=content, tool_calls=calls)


def no_such_tool(name: str, tools: Collection[str]) -> str:
    """What the model is told if it calls an unknown tool."""
    there_are = f" There are: {', '.join(sorted(tools))}." if tools else ""
    return f"There is no tool {name!r}.{did_you_mean(name, tools)}{there_are}"


def _read(chunk: ToolCallChunk, call_id: str, tools: Collection[str], *, is_cut: bool) -> ToolUse:
    written = _NAMED.search(chunk["args"] or "")
    name = ((chunk["name"] or "").strip() or (written[1] if written else "unknown"))[:_MAX_NAME]
    arguments, fault = _arguments(chunk["args"])
    use = ToolUse(id=call_id, name=repaired(name), arguments=repaired(arguments))
    if is_cut:
        fault = "it was cut off by the limit of length. Write less in one call, or answer without it."
    elif name not in tools and (chunk["name"] or not fault):
        return replace(use, result=no_such_tool(name, tools), ok=False)
    return replace(use, result=f"The call of {name!r} was not run: {fault}", ok=False) if fault else use


def _arguments(text: str | None) -> tuple[dict[str, object], str]:
    """The arguments of a call, and what is wrong with them; that is empty if they are valid."""
    if not text or not text.strip():
        return {}, ""
    try:
        arguments = json.loads(text)
    except (ValueError, RecursionError) as error:
        why = error if isinstance(error, ValueError) else "nested too deep"
        return {}, f"its arguments are no valid JSON ({why}): {_quoted(text)}. Write a JSON object."
    if isinstance(arguments, dict):
        return arguments, ""
    if arguments is None:
        return {}, ""
    said = arguments if isinstance(arguments, str) else text
    return {}, f"its arguments are no valid JSON object: {_quoted(said)}. Write names and values."


def _quoted(text: str) -> str:
    return f"{text[:_MAX_QUOTED]!r}{'…' if len(text) > _MAX_QUOTED else ''}"


def _own_id(given: object, ids: Collection[str], seed: str) -> str:
    """The model's id for the call, if it is valid and unique."""
    if isinstance(given, str) and given.strip() and given not in ids:
        return given
    made = (content_id(seed, str(number))[:9] for number in count(len(ids)))  # nine letters suit every vendor
    return next(each for each in made if each not in ids)
