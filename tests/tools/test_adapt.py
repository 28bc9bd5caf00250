"""Functions, tools and servers become tools."""

from __future__ import annotations

import pytest
from langchain_core.tools import StructuredTool

from roleagent.errors import ToolError
from roleagent.tools.adapt import adapt_tools, as_tool


def add(a: int, b: int = 1) -> int:
    """Add two numbers.

    Args:
        a: the first number.
        b: the second number.
    """
    return a + b


async def shout(text: str) -> str:
    """Say it loudly."""
    return text.upper()


def untyped(a):
    """Do something."""


def misdescribed(a: int) -> int:  # noqa: D417
    """Double a number.

    Args:
        b: it is called otherwise.
    """
    return 2 * a


def starred(*numbers: int) -> int:
    """Add up."""
    return sum(numbers)


def mistyped(a: Nowhere) -> int:  # type: ignore[name-defined]  # noqa: F821
    """Do something."""
    return 1


class Called:
    """It has no name for the model to call it by."""

    def __call__(self, a: int) -> int:
        """Do something."""
        return a


def silent(a: int) -> int:
    return a


def test_a_typed_function_brings_its_name_docstring_and_types():
    """These three are all the model knows of a tool."""
    tool = as_tool(add)
    assert (tool.name, tool.description) == ("add", "Add two numbers.")
    assert tool.args["a"] == {"title": "A", "type": "integer", "description": "the first number."}
    assert tool.invoke({"a": 2}) == 3


async def test_an_async_function_is_awaited():
    """Tools often wait for the network."""
    assert await as_tool(shout).ainvoke({"text": "hello"}) == "HELLO"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda x: x, "A lambda cannot be a tool"),
        (untyped, "no type hint for a"),
        (silent, "silent has no docstring"),
        (42, "42 is no tool"),
        (Called(), "is no tool"),
        (int, "is no tool"),
        (misdescribed, "misdescribed cannot be read as a tool"),
        (mistyped, "mistyped cannot be read as a tool"),
        (starred, r"starred takes \* or \*\* arguments"),
    ],
)
def test_what_the_model_could_not_understand_is_refused(wrong: object, message: str):
    """The mistake shows when the agent is made, not when the model guesses."""
    with pytest.raises(ToolError, match=message):
        as_tool(wrong)  # type: ignore[arg-type]


async def test_two_tools_of_one_name_are_refused():
    """The model could only ever call one of them."""
    with pytest.raises(ToolError, match="Two tools are called 'add'"):
        await adapt_tools([add, StructuredTool.from_function(add)])
