"""Which tool does a message ask for, if any: put to the model as a multiple-choice question of one token.

A small model that sees tools in its prompt often calls one where none is meant. Asked apart from its role,
with "none of these" as the last and favoured choice, Qwen2.5-Coder-1.5B decided 59 of 66 messages rightly
instead of 52; the 0.5B is better left free (48 against 41): ``python -m benchmarks.tool_choice``.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase

from roleagent.errors import ConfigurationError
from roleagent.models.background import Run
from roleagent.models.chunks import Pulse, TextCollector
from roleagent.models.engine import Engine, Request
from roleagent.models.messages import ChatDict
from roleagent.models.structured import ToolSchema, tool_name, tool_summary

_MAX_TOOLS = len(ascii_uppercase) - 1
_MAX_CHARACTERS = 1000  # of a message that the question quotes
_TASK = "You sort messages sent to a character. Which tool does the message ask for?"
_EXAMPLE = "How do you do?"  # one that asks for none
_NONE_BIAS = 1.5  # logits: a tool must be that much likelier than none
_NONE = "none of these: small talk, opinions, feelings, general knowledge, questions about the character"


def choose_tool(
    engine: Engine, messages: Sequence[ChatDict], tools: Sequence[ToolSchema], run: Run, pulse: Pulse
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
    engine.run(_question(messages, left), pulse.before(answer.receive), run)
    place = ascii_uppercase.find(answer.text.strip()[:1] or "?")
    return left[place] if 0 <= place < len(left) else None


def called_since_user(messages: Sequence[ChatDict]) -> set[str]:
    """The names of the tools called after the last user message."""
    names: set[str] = set()
    for message in messages:
        if message["role"] == "user":
            names.clear()
        names.update(call["function"]["name"] for call in message.get("tool_calls", ()))
    return names


def _question(messages: Sequence[ChatDict], tools: Sequence[ToolSchema]) -> Request:
    choices = [*map(tool_summary, tools), _NONE]
    letters = ascii_uppercase[: len(choices)]
    listed = "\n".join(f"{letter}. {choice}" for letter, choice in zip(letters, choices, strict=True))
    return {
        "messages": [
            {"role": "system", "content": f"{_TASK}\n{listed}\nReply with one letter."},
            {"role": "user", "content": _ask(_EXAMPLE)},
            {"role": "assistant", "content": letters[-1]},
            {"role": "user", "content": _ask(_last_words(messages))},
        ],
        "grammar": f"root ::= [A-{letters[-1]}]",
        "logit_bias": [[letters[-1], _NONE_BIAS]],
        "temperature": 0,
        "max_tokens": 1,
    }


def _ask(words: str) -> str:
    return f"Message: {words}\nLetter:"


def _last_words(messages: Sequence[ChatDict]) -> str:
    """The last paragraph of the last user message: notes for the model stand above what the user says."""
    said = [message["content"] for message in messages if message["role"] == "user"]
    return said[-1].strip().split("\n\n")[-1][-_MAX_CHARACTERS:] if said else ""
