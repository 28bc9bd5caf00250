"""Tool calls that a model writes into its text: found, taken out, and never shown to the user.

Small models write a call in several ways: between ``<tool_call>`` tags, as a fenced block of JSON, or as bare
JSON.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import InvalidToolCall, ToolCall
from langchain_core.messages.tool import invalid_tool_call, tool_call

_KEYS = ("name", "function", "arguments", "parameters")
_FENCES = ("", "{", "```", "```json", "```tool_call", "[", "```json[")
# How a call begins, with all white space taken out.
_OPENINGS = ("<tool_call>", *(f'{fence}{{"{key}"' for fence in _FENCES for key in _KEYS))
_FIRST_CHARACTERS = re.compile(r"[<{`\[]")
_MAX_OPENING = 200  # characters, white space included, in which a call shows itself
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}]', re.DOTALL)  # a brace in a string does not count


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCalls:
    """Calls taken out of a text: whole ones, and those that name no tool or break off."""

    calls: tuple[ToolCall, ...] = ()
    invalid: tuple[InvalidToolCall, ...] = ()


class ToolCallFilter:
    """Passes a growing text on, except what is, or may still become, a tool call.

    >>> stream = ToolCallFilter({"roll"})
    >>> stream.feed("Let us see. <tool")
    'Let us see. '
    >>> stream.feed('_call>{"name": "roll", "arguments": {}}</tool_call>')
    ''
    >>> text, found = stream.finish()
    >>> text, found.calls[0]["name"]
    ('', 'roll')
    """

    def __init__(self, names: Set[str]) -> None:
        self._names = names
        self._held = ""

    def feed(self, piece: str) -> str:
        """Take the next piece; return the text that may be shown now."""
        self._held += piece
        position = 0
        for match in _FIRST_CHARACTERS.finditer(self._held):
            position = match.start()
            if _may_be_call(self._held[position:]):
                break
        else:
            position = len(self._held)
        freed, self._held = self._held[:position], self._held[position:]
        return freed

    def finish(self) -> tuple[str, FoundCalls]:
        """At the end of the text: the rest of it that was no call, and the calls."""
        held, self._held = self._held, ""
        if not _is_call(held):
            return held, FoundCalls()
        return "", find_calls(held, self._names)


def find_calls(text: str, names: Set[str]) -> FoundCalls:
    """All calls in a text; text around them is ignored."""
    calls: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for part in _objects(text):
        value = _parsed(part)
        if value is None and not (_is_call(part) or "<tool_call>" in text):
            continue  # braces in the text around the call
        if value is None:
            invalid.append(_invalid(None, part, "is no whole JSON"))
            continue
        name, arguments = _read_call(value)
        if name is not None and name in names and isinstance(arguments, dict):
            calls.append(tool_call(name=name, args=arguments, id=new_call_id()))
        else:
            invalid.append(_invalid(name, json.dumps(value, ensure_ascii=False), "names no known tool"))
    if not calls and not invalid:
        invalid.append(_invalid(None, text, "is no whole JSON"))
    return FoundCalls(calls=tuple(calls), invalid=tuple(invalid))


def new_call_id() -> str:
    """A new id for a call, which its result refers to."""
    return f"call_{uuid.uuid4().hex[:16]}"


def _may_be_call(text: str) -> bool:
    compact = "".join(text[:_MAX_OPENING].split())
    return any(opening.startswith(compact) or compact.startswith(opening) for opening in _OPENINGS)


def _is_call(text: str) -> bool:
    compact = "".join(text.split())
    return compact.startswith(_OPENINGS)


def _objects(text: str) -> Iterator[str]:
    """The texts in outermost braces; the last one after each tag may be unclosed."""
    for part in text.split("<tool_call>"):
        start = end = part.find("{")
        depth = 0
        for match in _TOKENS.finditer(part, max(start, 0)):
            if match[0] == "{":
                start = start if depth else match.start()
                depth += 1
            elif match[0] == "}" and depth:
                depth, end = depth - 1, match.end()
                if depth == 0:
                    yield part[start:end]
        if depth:
            yield part[start:]


def _parsed(text: str) -> dict[str, Any] | None:
    """A JSON object, in one pair of braces or two; None if it is broken."""
    for candidate in (text, text[1:-1].strip()):
        try:
            value = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        return value if isinstance(value, dict) else None
    return None


def _read_call(value: dict[str, Any]) -> tuple[str | None, Any]:
    """Name and arguments of ``{"name": …, "arguments": …}``, also inside of ``{"function": {…}}``."""
    inner = value.get("function")
    if isinstance(inner, dict):
        value = inner
    name = value.get("name", inner if isinstance(inner, str) else None)
    arguments = value.get("arguments", value.get("parameters", {}))
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            arguments = None
    return (name if isinstance(name, str) else None), arguments


def _invalid(name: str | None, text: str, reason: str) -> InvalidToolCall:
    return invalid_tool_call(
        name=name, args=text, id=new_call_id(), error=f"The call {reason}: {text[:200]!r}"
    )
