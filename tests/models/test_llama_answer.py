"""How an answer of a llama.cpp model comes about: talk, a call, or the choice between them."""

from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk

from roleagent.errors import ConfigurationError, ModelError
from roleagent.models.background import Run
from roleagent.models.llama_answer import LlamaAnswer

ROLL = {"type": "function", "function": {"name": "roll", "description": "Roll a die.", "parameters": {}}}
WAIT = {"type": "function", "function": {"name": "wait", "description": "Wait.", "parameters": {}}}
USER = {"role": "user", "content": "Notes:\n- a note\n\nRoll for me."}
CALLED = {"role": "assistant", "content": "", "tool_calls": [{"id": "c", "function": {"name": "roll"}}]}
CALL = '{"name": "roll", "arguments": {"sides": 6}}'
USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


class FakeEngine:
    """Answers each request with the next text of a list, a few characters a chunk."""

    def __init__(self, *texts: str, finish_reason: str = "stop", cancel_after: int | None = None) -> None:
        self.texts, self.requests = list(texts), []
        self.progress: dict[str, int] | None = None
        self.finish_reason, self.cancel_after = finish_reason, cancel_after

    def run(self, request: dict[str, Any], on_chunk: Callable[[dict[str, Any]], None], run: Run) -> None:
        self.requests.append(request)
        text = self.texts.pop(0)
        if self.progress:
            on_chunk({"choices": [{"delta": {}}], "prompt_progress": {**self.progress, "time_ms": 7}})
        on_chunk({"choices": [{"delta": {"role": "assistant", "content": None}, "finish_reason": None}]})
        for at in range(0, len(text), 5):
            if self.cancel_after is not None and at >= self.cancel_after:
                run.cancel()
                return
            on_chunk({"choices": [{"delta": {"content": text[at : at + 5]}, "finish_reason": None}]})
        on_chunk({"choices": [{"delta": {}, "finish_reason": self.finish_reason}]})
        on_chunk({"choices": [], "usage": USAGE})


def answer(engine: FakeEngine, *, base: FakeEngine | None = None, **fields: Any) -> AIMessageChunk:
    """The whole answer, added up from what is emitted; `engine` is under an adapter if there is a base."""
    chunks: list[AIMessageChunk] = []
    fields = {"messages": [USER], "options": {"max_tokens": 9}, **fields}
    if base is not None:
        fields["open_base"] = lambda: base
    LlamaAnswer(open_engine=lambda: engine, model="fake", **fields).write(chunks.append, Run())
    return chunks[0] + chunks[1:]


def test_talk_streams_text_then_usage_and_metadata() -> None:
    """What LangChain's callers read off a message."""
    whole = answer(FakeEngine("Good evening.", finish_reason="length"))
    assert whole.text == "Good evening."
    assert (whole.usage_metadata["input_tokens"], whole.usage_metadata["output_tokens"]) == (7, 2)
    assert whole.response_metadata == {"model_name": "fake", "finish_reason": "length"}


def test_an_empty_answer_is_an_error() -> None:
    """The workflow falls back on an error; an empty reply would reach the user."""
    with pytest.raises(ModelError, match=r"'fake' answered nothing \(finish reason 'stop'\)"):
        answer(FakeEngine(""))


def test_a_cancelled_answer_just_ends() -> None:
    """Nobody reads it any more, so nothing is wrong with it."""
    engine = FakeEngine("Good evening, sir.", cancel_after=10)
    assert answer(engine).text == "Good eveni"


def test_asked_first_none_leads_to_plain_talk() -> None:
    """The prompt of the talk knows nothing of tools, so no JSON can leak."""
    engine = FakeEngine("D", "Good evening.")
    assert answer(engine, tools=[ROLL, WAIT]).text == "Good evening."
    question, talk = engine.requests
    assert question["grammar"] == "root ::= [B-D]", "A is the example"
    assert talk == {"max_tokens": 9, "messages": [USER]}


def test_asked_first_a_letter_leads_to_that_tools_grammar() -> None:
    """Name and arguments cannot be malformed."""
    engine = FakeEngine("B", CALL)
    whole = answer(engine, tools=[ROLL, WAIT])
    assert [(call["name"], call["args"]) for call in whole.tool_calls] == [("roll", {"sides": 6})]
    assert whole.text == ""
    assert whole.response_metadata["finish_reason"] == "tool_calls"
    schema = engine.requests[1]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["name"] == {"const": "roll"}


def test_the_question_quotes_what_the_user_said_and_not_the_notes_above_it() -> None:
    """Retrieved facts would otherwise ask for tools."""
    engine = FakeEngine("C", "Good evening.")
    answer(engine, tools=[ROLL])
    assert engine.requests[0]["messages"][-1]["content"] == "Message: Roll for me.\nLetter:"


def test_a_tool_is_called_once_between_two_user_messages() -> None:
    """Small models call the same tool for ever, however clear its result."""
    result = {"role": "tool", "content": "4", "tool_call_id": "c"}
    engine = FakeEngine("A four!")
    assert answer(engine, tools=[ROLL], messages=[USER, CALLED, result]).text == "A four!"
    assert engine.requests[0]["messages"][-1]["content"].endswith("[roll: 4]\n\nRoll for me.")
    again = FakeEngine("B", CALL)
    assert answer(again, tools=[ROLL], messages=[USER, CALLED, result, USER]).tool_calls


def test_too_many_tools_to_ask_for_are_refused() -> None:
    """There are 26 letters."""
    with pytest.raises(ConfigurationError, match="26 tools are too many"):
        answer(FakeEngine(), tools=[ROLL] * 26)


def test_left_free_calls_are_read_out_of_the_text() -> None:
    """The way of models that were trained to call tools."""
    engine = FakeEngine(f"Let us see.\n<tool_call>{CALL}</tool_call>")
    whole = answer(engine, tools=[ROLL], ask_first=False)
    assert whole.text == "Let us see.\n"
    assert whole.tool_calls[0]["name"] == "roll"
    assert engine.requests[0]["tools"] == [ROLL]


def test_left_free_the_template_gets_calls_and_results_as_they_are() -> None:
    """Models trained for it know their own form."""
    messages = [USER, CALLED, {"role": "tool", "content": "4", "tool_call_id": "c"}]
    engine = FakeEngine("A four!")
    answer(engine, tools=[ROLL], ask_first=False, messages=messages)
    assert engine.requests[0]["messages"] == messages


def test_a_call_of_an_unknown_tool_is_invalid_not_text() -> None:
    """The agent can tell the model; the user sees no JSON."""
    whole = answer(FakeEngine('{"name": "fly", "arguments": {}}'), tools=[ROLL], ask_first=False)
    assert (whole.text, whole.tool_calls) == ("", [])
    assert whole.invalid_tool_calls[0]["name"] == "fly"


def test_a_forced_call_asks_no_question_and_obeys_no_stop_word() -> None:
    """A stop word may well stand in an argument."""
    engine = FakeEngine(CALL)
    whole = answer(engine, tools=[ROLL, WAIT], tool_choice="any", options={"stop": ["sides"]})
    assert whole.tool_calls[0]["args"] == {"sides": 6}
    assert len(engine.requests) == 1
    assert engine.requests[0]["stop"] == []
    assert engine.requests[0]["max_tokens"] >= 256


def test_a_forced_call_that_breaks_off_is_invalid() -> None:
    """`max_tokens` may cut through the arguments; half of them are not the arguments."""
    whole = answer(FakeEngine(CALL[:-8]), tools=[ROLL], tool_choice="roll")
    assert whole.tool_calls == []
    assert len(whole.invalid_tool_calls) == 1


def test_tool_choice_none_hides_the_tools() -> None:
    """As OpenAI defines it."""
    engine = FakeEngine("Good evening.")
    assert answer(engine, tools=[ROLL], tool_choice="none").text == "Good evening."
    assert "tools" not in engine.requests[0]


def test_a_schema_is_told_to_the_model_and_to_the_grammar() -> None:
    """A grammar alone lets a model wander between fields it does not understand."""
    schema = {"type": "object", "properties": {"town": {"type": "string"}}}
    fmt = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    engine = FakeEngine('{"town": "York"}')
    assert answer(engine, format=fmt).text == '{"town": "York"}'
    assert engine.requests[0]["response_format"] == fmt
    assert '"town"' in engine.requests[0]["messages"][-1]["content"]


@pytest.mark.parametrize("choice", [None, "any"])
def test_reading_is_told_whatever_is_asked_for(choice: str | None) -> None:
    """The question for a tool and a call held by a grammar read a long prompt, too, and show no text."""
    engine = FakeEngine("A" if choice is None else CALL, CALL)
    engine.progress = {"total": 900, "cache": 0, "processed": 256}
    chunks: list[AIMessageChunk] = []
    fields = {"messages": [USER], "options": {}, "tools": [ROLL], "tool_choice": choice}
    LlamaAnswer(open_engine=lambda: engine, model="fake", **fields).write(chunks.append, Run())
    told = [chunk.additional_kwargs for chunk in chunks if chunk.additional_kwargs]
    assert told == [{"prompt_progress": [{"processed": 256, "total": 900}]}] * len(engine.requests)


def test_an_opening_begins_the_answer_but_no_call_and_no_json() -> None:
    """The model goes on from it; a grammar would not fit behind it."""
    engine = FakeEngine("Good evening.")
    answer(engine, opening="Ada:")
    assert engine.requests[0]["messages"][-1] == {"role": "assistant", "content": "Ada:"}
    for more in ({"tools": [ROLL], "ask_first": False}, {"format": {"type": "json_object"}}):
        engine = FakeEngine("Good evening.")
        answer(engine, opening="Ada:", **more)
        assert engine.requests[0]["messages"][-1]["role"] == "user"


def test_under_an_adapter_the_base_chooses_the_tool() -> None:
    """An adapter that has learned to talk as a character has forgotten when to call."""
    adapted, base = FakeEngine(CALL), FakeEngine("B")
    assert answer(adapted, base=base, tools=[ROLL]).tool_calls[0]["args"] == {"sides": 6}
    assert "grammar" in base.requests[0]
    assert "response_format" in adapted.requests[0], "it has read the prompt, and a grammar holds it"
    talking, none = FakeEngine("A four!"), FakeEngine("C")
    assert answer(talking, base=none, tools=[ROLL]).text == "A four!"
    assert len(none.requests) == len(talking.requests) == 1


def test_under_an_adapter_the_base_is_left_free_to_call_and_not_to_talk() -> None:
    """What it would say is not the character's, so it is stopped."""
    adapted, base = FakeEngine("A four!"), FakeEngine(f"<tool_call>{CALL}</tool_call>")
    options = {"max_tokens": 9, "stop": ["}"]}
    whole = answer(
        adapted, base=base, tools=[ROLL], ask_first=False, options=options, format={"type": "json"}
    )
    assert [(call["name"], call["args"]) for call in whole.tool_calls] == [("roll", {"sides": 6})]
    assert whole.usage_metadata["output_tokens"] == 2
    assert adapted.requests == []
    assert base.requests == [
        {"max_tokens": 256, "stop": [], "temperature": 0, "tools": [ROLL], "messages": [USER]}
    ]
    talking = FakeEngine("Certainly! How can I help you today?")
    assert answer(adapted, base=talking, tools=[ROLL], ask_first=False).text == "A four!"
    assert adapted.requests == [{"max_tokens": 9, "messages": [USER]}]


@pytest.mark.parametrize(
    "written",
    ["", '{"name": "fly", "arguments": {}}', '{"name": "roll", "arguments": [1]}', "{", "<tools>", "Hm. {}"],
)
def test_under_an_adapter_a_base_that_calls_nothing_leaves_the_answer_to_the_character(written: str) -> None:
    """Broken calls and unknown tools are no reason for the user to wait."""
    adapted = FakeEngine("A four!")
    assert answer(adapted, base=FakeEngine(written), tools=[ROLL], ask_first=False).text == "A four!"


def test_under_an_adapter_a_result_is_read_as_text_and_the_same_call_is_not_made_again() -> None:
    """So stood the results in what the adapter has learned; another call, or a better one, is made."""
    made = {"name": "roll", "arguments": '{"sides": 6}'}
    called = {**CALLED, "tool_calls": [{"id": "c", "function": made}]}
    messages = [USER, called, {"role": "tool", "content": "4", "tool_call_id": "c"}]
    adapted, base = FakeEngine("A four!"), FakeEngine(CALL)
    assert answer(adapted, base=base, tools=[ROLL], ask_first=False, messages=messages).text == "A four!"
    assert adapted.requests[0]["messages"][-1]["content"].endswith("[roll: 4]\n\nRoll for me.")
    assert base.requests[0]["messages"] == messages
    twice = FakeEngine(f"<tool_call>{CALL}</tool_call><tool_call>{CALL.replace('6', '8')}</tool_call>")
    whole = answer(adapted, base=twice, tools=[ROLL], ask_first=False, messages=messages)
    assert [call["args"] for call in whole.tool_calls] == [{"sides": 8}]


def test_under_an_adapter_a_base_that_declined_is_not_asked_for_the_next_draft() -> None:
    """It would read the prompt again to decline again."""
    told = {"role": "user", "content": "Other notes.\n\nRoll for me."}
    adapted, base, declined = FakeEngine(*3 * ["A four!"]), FakeEngine("No.", "No."), deque[str]()
    for messages in ([USER], [told], [told, CALLED, USER]):
        answer(adapted, base=base, tools=[ROLL], ask_first=False, messages=messages, declined=declined)
    assert len(base.requests) == 2
    assert len(adapted.requests) == 3


def test_under_an_adapter_a_cancelled_choice_just_ends() -> None:
    """Nobody reads it any more, so the character need not begin, and nothing was declined."""
    adapted, base = FakeEngine("A four!"), FakeEngine("<tool_call>{}", cancel_after=5)
    chunks: list[AIMessageChunk] = []
    made = LlamaAnswer(
        open_engine=lambda: adapted, open_base=lambda: base, model="fake", messages=[USER],
        options={}, tools=[ROLL], ask_first=False,
    )  # fmt: skip
    made.write(chunks.append, Run())
    assert adapted.requests == []
    assert chunks == []
    assert not made.declined
