"""Answers under a schema: which tools are meant, and what the grammar is told."""

import pytest
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel

from roleagent.errors import ConfigurationError
from roleagent.models.structured import call_schema, forced_tools, tool_name, tool_summary, with_note


class Place(BaseModel):
    """A place on the map."""

    town: str


class Travel(BaseModel):
    """Go somewhere.

    Takes a while.
    """

    start: Place
    goal: Place


def roll(sides: int) -> int:
    """Roll a die."""
    return sides


TOOLS = [convert_to_openai_tool(roll), convert_to_openai_tool(Travel)]


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        (None, []),
        ("auto", []),
        ("none", []),
        ("any", ["roll", "Travel"]),
        ("required", ["roll", "Travel"]),
        (True, ["roll", "Travel"]),
        ("roll", ["roll"]),
        ({"type": "function", "function": {"name": "Travel"}}, ["Travel"]),
    ],
)
def test_tool_choice_is_read_as_langchain_writes_it(choice: object, names: list[str]) -> None:
    """Every spelling that LangChain's callers use."""
    assert [tool_name(tool) for tool in forced_tools(TOOLS, choice)] == names


def test_an_unknown_tool_choice_is_refused() -> None:
    """A typo must not turn into no tool at all."""
    with pytest.raises(ConfigurationError, match=r"'rol' names no bound tool\. Bound: roll, Travel"):
        forced_tools(TOOLS, "rol")


def test_references_inside_parameters_are_resolved() -> None:
    """`#/$defs/…` would point outside once the parameters are put into a larger schema."""
    schema = call_schema(TOOLS)
    travel = schema["anyOf"][1]["properties"]["arguments"]
    assert "$ref" not in str(schema)
    assert "$defs" not in travel
    assert travel["properties"]["goal"]["properties"]["town"]["type"] == "string"


def test_one_tool_needs_no_alternatives() -> None:
    """A simpler grammar is a faster one."""
    schema = call_schema(TOOLS[:1])
    assert schema["properties"]["name"] == {"const": "roll"}
    assert schema["required"] == ["name", "arguments"]


def test_a_tool_without_parameters_takes_an_empty_object() -> None:
    """`{"name": "now"}` alone is allowed by OpenAI's form."""
    schema = call_schema([{"type": "function", "function": {"name": "now"}}])
    assert schema["properties"]["arguments"] == {"type": "object", "properties": {}}


def test_a_note_goes_below_the_last_user_message() -> None:
    """All before it stays as it was, and cached."""
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    assert with_note(messages, "n") == [messages[0], {"role": "user", "content": "u\n\nn"}]
    told = [*messages, {"role": "tool", "content": "4"}]
    assert with_note(told, "n") == [*told, {"role": "user", "content": "n"}]
    assert messages[1]["content"] == "u"


def test_a_summary_is_one_line() -> None:
    """The choice is put in one line a tool."""
    assert [tool_summary(tool) for tool in TOOLS] == ["roll: Roll a die.", "Travel: Go somewhere."]
    assert tool_summary({"type": "function", "function": {"name": "now"}}) == "now"
    long = {"type": "function", "function": {"name": "now", "description": "x" * 100_000}}
    assert tool_summary(long) == f"now: {'x' * 300}", "a server's description must not fill the prompt"
