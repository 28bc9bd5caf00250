"""Answers that follow a JSON schema: what the model is told, and what the grammar allows."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase
from typing import Any

from langchain_core.utils.json_schema import dereference_refs

from roleagent.errors import ConfigurationError
from roleagent.language.asking import asks, is_about_what_is_shown, is_of_the_moment, is_personal
from roleagent.models.background import Run
from roleagent.models.chunks import Pulse, TextCollector
from roleagent.models.engine import Completer
from roleagent.models.llama_server import Request
from roleagent.models.messages import ChatDict, to_json

_MAX_SUMMARY = 300  # characters of a tool's description that a list of tools holds

Schema = dict[str, Any]  # a JSON schema; Any: JSON
ToolSchema = dict[str, Any]  # a tool in OpenAI's form; Any: JSON


def response_format(schema: Schema) -> dict[str, Any]:
    """The field of a request that makes the answer follow a schema, in OpenAI's form."""
    name = schema.get("title", "answer")
    return {"type": "json_schema", "json_schema": {"name": name, "schema": schema}}


def with_note(messages: Sequence[ChatDict], note: str) -> list[ChatDict]:
    """The messages with a note after the last one, so that the prompt before it stays cached."""
    if not messages or messages[-1]["role"] != "user":
        return [*messages, {"role": "user", "content": note}]
    last = messages[-1]
    return [*messages[:-1], {**last, "content": f"{last['content']}\n\n{note}"}]


def schema_note(schema: Schema) -> str:
    """A line that tells the model which schema the grammar enforces."""
    return f"(Answer with JSON alone that fits this schema: {to_json(schema)})"


def call_note(tools: Sequence[ToolSchema]) -> str:
    """A line that asks for a tool call as JSON and describes the tools."""
    lines = "\n".join(to_json(_function(tool)) for tool in tools)
    return f'(Call a tool with JSON alone: {{"name": NAME, "arguments": {{…}}}}. Tools:\n{lines})'


def call_schema(tools: Sequence[ToolSchema]) -> Schema:
    """The schema of a call to one of the tools."""
    calls = [_one_call(tool) for tool in tools]
    return calls[0] if len(calls) == 1 else {"anyOf": calls}


def forced_tools(tools: Sequence[ToolSchema], choice: object) -> Sequence[ToolSchema]:
    """The tools of which `tool_choice` demands one: all for "any", one for its name, none for "auto".

    Raises:
        ConfigurationError: no tool has the name.
    """
    if choice in (None, False, "auto", "none"):
        return ()
    if choice in (True, "any", "required"):
        return tools
    wanted = choice["function"]["name"] if isinstance(choice, dict) else choice
    named = [tool for tool in tools if tool_name(tool) == wanted]
    if not named:
        known = ", ".join(map(tool_name, tools))
        raise ConfigurationError(f"tool_choice {wanted!r} names no bound tool. Bound: {known}.")
    return named


def tool_name(tool: ToolSchema) -> str:
    """The name of a tool in OpenAI's form."""
    return str(_function(tool)["name"])


def tool_summary(tool: ToolSchema) -> str:
    """Name and the first line of the description, cut if it is long: a server may have written it."""
    lines = str(_function(tool).get("description") or "").strip().splitlines()
    return f"{tool_name(tool)}: {lines[0][:_MAX_SUMMARY]}" if lines else tool_name(tool)


def _function(tool: ToolSchema) -> dict[str, Any]:
    function: dict[str, Any] = tool["function"]
    return function


def _one_call(tool: ToolSchema) -> Schema:
    """The schema of a call to one tool. References are resolved: they would point nowhere here."""
    parameters = dereference_refs(_function(tool).get("parameters") or {"type": "object", "properties": {}})
    return {
        "type": "object",
        "properties": {
            "name": {"const": tool_name(tool)},
            "arguments": {key: value for key, value in parameters.items() if key != "$defs"},
        },
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


_EXAMPLE_TOOL = "kitchen_board: Says what is for supper."
_MAX_TOOLS = len(ascii_uppercase) - 2  # besides the example and none
_MAX_CHARACTERS = 1000  # of a message that the question quotes
_TASK = "You sort messages sent to a character. Which tool can say or do what the message asks for?"
# Messages, and whether they ask for the example's tool: a need does that names none, a character's taste not.
_EXAMPLES = (
    ("How do you do?", False),
    ("I'm hungry. Will there be soup?", True),
    ("What do you like to eat?", False),
)
# Logits: how much likelier a tool must be than none, and what the words of the message change about it.
_NONE_BIAS, _PERSONAL_BIAS, _MOMENT_BIAS, _ASKS_BIAS = 2.4, 3.0, -1.5, -1.5
_CALLED_BIAS = 1.5  # the same, once a tool was called: one is mostly enough
_NONE = "none of these: small talk, opinions, feelings, general knowledge, questions about the character"


def choose_tool(
    engine: Completer, messages: Sequence[ChatDict], tools: Sequence[ToolSchema], run: Run, pulse: Pulse
) -> ToolSchema | None:
    """The tool that the last user message asks for and that was not called since, or None.

    Raises:
        ConfigurationError: there are more tools than letters.
        ModelError: the engine failed.
    """
    if len(tools) > _MAX_TOOLS:
        raise ConfigurationError(
            f"{len(tools)} tools are too many to choose by letter (at most {_MAX_TOOLS}). "
            "Bind fewer, or set tool_choice_mode='free'."
        )
    called = called_since_user(messages)
    left = [tool for tool in tools if tool_name(tool) not in called]
    if not left:
        return None
    answer = TextCollector()
    engine.run(_question(messages, left, is_called=bool(called)), pulse.before(answer.receive), run)
    place = ascii_uppercase.find(answer.text.strip()[:1] or "?")
    return left[place - 1] if 1 <= place <= len(left) else None


def called_since_user(messages: Sequence[ChatDict]) -> set[str]:
    """The names of the tools called after the last user message."""
    names: set[str] = set()
    for message in messages:
        if message["role"] == "user":
            names.clear()
        names.update(call["function"]["name"] for call in message.get("tool_calls", ()))
    return names


def _question(messages: Sequence[ChatDict], tools: Sequence[ToolSchema], *, is_called: bool) -> Request:
    choices = [_EXAMPLE_TOOL, *map(tool_summary, tools), _NONE]
    letters = ascii_uppercase[: len(choices)]
    listed = "\n".join(f"{letter}. {choice}" for letter, choice in zip(letters, choices, strict=True))
    said = [message["content"] for message in messages if message["role"] == "user"]
    # Notes for the model come before what the user says, which is the last paragraph.
    words = said[-1].strip().split("\n\n")[-1][-_MAX_CHARACTERS:] if said else ""
    shown = [
        turn
        for example, asks in _EXAMPLES
        for turn in (
            {"role": "user", "content": _ask(example)},
            {"role": "assistant", "content": letters[0] if asks else letters[-1]},
        )
    ]
    return {
        "messages": [
            {"role": "system", "content": f"{_TASK}\n{listed}\nReply with one letter."},
            *shown,
            {"role": "user", "content": _ask(words)},
        ],
        "grammar": f"root ::= [B-{letters[-1]}]",  # not the example
        "logit_bias": [[letters[-1], _none_bias(words) + (_CALLED_BIAS if is_called else 0.0)]],
        "temperature": 0,
        "max_tokens": 1,
    }


def _none_bias(words: str) -> float:
    """What "none" gains, in logits: a question about the character itself needs no tool."""
    bias = _NONE_BIAS
    bias += _PERSONAL_BIAS if is_personal(words) or is_about_what_is_shown(words) else 0.0
    bias += _MOMENT_BIAS if is_of_the_moment(words) else 0.0
    return bias + (_ASKS_BIAS if asks(words) else 0.0)


def _ask(words: str) -> str:
    return f"Message: {words}\nLetter:"
