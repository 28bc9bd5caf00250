"""Which calls of a message are run, and what is said of the others."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk

from roleagent.types import ToolUse
from roleagent.workflow.calls import as_message, read_calls
from roleagent.workflow.drafting import was_cut


def message(*calls: tuple[str | None, str | None, Any], **metadata: Any) -> AIMessageChunk:
    """A streamed message: name, arguments as they were written, and id of each call."""
    chunks = [
        tool_call_chunk(name=name, args=args, id=id_, index=index)
        for index, (name, args, id_) in enumerate(calls)
    ]
    return AIMessageChunk(content="", tool_call_chunks=chunks, response_metadata=metadata)


def read(answer: AIMessageChunk, *, taken: tuple[str, ...] = (), limit: int = 8) -> tuple[ToolUse, ...]:
    is_cut = was_cut(answer)
    return read_calls(answer, tools={"tide", "roll"}, taken=taken, seed="turn", limit=limit, is_cut=is_cut)


def test_whole_calls_keep_what_the_model_gave():
    """Ids of the vendor are used where they can be."""
    (use,) = read(message(("tide", '{"port": "Dover"}', "c1")))
    assert use == ToolUse(id="c1", name="tide", arguments={"port": "Dover"})


@pytest.mark.parametrize("args", ["", None, "{}", "null", " "])
def test_a_call_without_arguments_is_one(args: str | None):
    """Vendors write the lack of them in several ways."""
    assert read(message(("roll", args, "c1")))[0].arguments == {}
    assert read(message(("roll", args, "c1")))[0].result is None


@pytest.mark.parametrize(
    "metadata",
    [
        {"finish_reason": "length"},
        {"finish_reason": "MAX_TOKENS"},
        {"stop_reason": "max_tokens"},
        {"done_reason": "length"},
        {"incomplete_details": {"reason": "max_output_tokens"}},
    ],
)
@pytest.mark.parametrize("args", ['{"port": "Dov', '{"port": "Dover"}', ""])
def test_the_last_call_of_a_message_that_was_cut_off_is_not_run(metadata: dict[str, Any], args: str):
    """It may look whole: LangChain and some vendors close its brackets."""
    first, last = read(message(("tide", '{"port": "Rye"}', "c1"), ("tide", args, "c2"), **metadata))
    assert first.result is None
    assert "cut off" in str(last.result)
    assert (last.ok, last.arguments) == (False, {} if not args.endswith("}") else last.arguments)


def test_a_call_that_breaks_off_is_not_run_whatever_the_reason_given():
    """A stream that ended early gives no reason at all, and LangChain closes the brackets."""
    answer = message(("tide", '{"port": "/etc/ho', "c1"))
    assert answer.tool_calls[0]["args"] == {"port": "/etc/ho"}
    (use,) = read(answer)
    assert "no valid JSON" in str(use.result)
    assert use.arguments == {}


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ('{"port": "Dover",,}', "no valid JSON"),
        ("{'port': 'Dover'}", "no valid JSON"),
        ("[1, 2]", "no valid JSON object: '[1, 2]'"),
        ('"Dover"', "no valid JSON object: 'Dover'"),
        ("7", "no valid JSON object: '7'"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_wrong_with_a_call_is_said(args: str, told: str):
    """The model reads it and writes the call again; what it wrote is quoted in brief."""
    (use,) = read(message(("tide", args, "c1")))
    assert use.name == "tide"
    assert told in str(use.result)
    assert not use.ok
    assert len(str(use.result)) < 500


def test_a_tool_that_is_not_there_is_named_with_the_nearest():
    """Small models misspell names."""
    (use,) = read(message(("Tides", '{"port": "Dover"}', "c1")))
    assert use.result == "There is no tool 'Tides'. Did you mean 'tide'? There are: roll, tide."


def test_the_name_of_a_broken_call_is_read_out_of_its_text():
    """Calls that stand in running text come as one string when they are broken."""
    (use,) = read(message((None, '"{\\"name\\": \\"tide\\", \\"arguments\\": {\\"po"', "c1")))
    assert use.name == "tide"
    assert "no valid JSON" in str(use.result)


@pytest.mark.parametrize("ids", [(None, None, None), ("", " ", ""), ("c1", "c1", "c1"), (None, "c1", "c1")])
def test_every_call_has_an_id_of_its_own_and_always_the_same(ids: tuple[Any, ...]):
    """A node may run twice, and results find their calls by id, in later rounds too."""
    answer = message(*(("roll", "{}", each) for each in ids))
    first = read(answer, taken=("c1",))
    made = [use.id for use in first]
    assert len({*made, "c1"}) == 4
    assert all(made)
    assert [use.id for use in read(answer, taken=("c1",))] == made
    again = [use.id for use in read(answer, taken=("c1", *made))]
    assert set(again).isdisjoint(made)


def test_calls_too_many_are_told_in_one_line():
    """A model that calls a thousand tools at once must fill neither the turn nor the prompt."""
    uses = read(message(*(("roll", "{}", None) for _ in range(1_000))), limit=2)
    assert [use.result for use in uses] == [
        None,
        None,
        "Only 2 calls of one message are run; this one and 997 more were not.",
    ]


def test_what_the_model_is_shown_again_is_what_was_made_of_it():
    """A vendor's own blocks would name the old ids, and a bad name would be refused."""
    blocks = [
        {"type": "text", "text": "Let me see."},
        {"type": "tool_use", "id": "old", "name": "x", "input": {}},
    ]
    answer = AIMessage(content=blocks)  # type: ignore[arg-type]
    uses = [
        ToolUse(id="a", name="tide", arguments={"port": "Rye"}),
        ToolUse(id="b", name="go on!", arguments={}),
    ]
    shown = as_message(answer, uses, tools={"tide"})
    assert shown.content == [{"type": "text", "text": "Let me see."}]
    assert [(call["id"], call["name"]) for call in shown.tool_calls] == [("a", "tide"), ("b", "go_on_")]
