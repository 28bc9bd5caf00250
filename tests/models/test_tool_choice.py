"""The question that decides on a tool; how well it decides is measured in benchmarks/tool_choice.py."""

import pytest

from roleagent.models.background import Run
from roleagent.models.chunks import Pulse
from roleagent.models.llama_cpp import LlamaCppChat
from roleagent.models.structured import called_since_user, choose_tool

QUIET = Pulse(lambda chunk: None)
USER = {"role": "user", "content": "Hello."}
CALLED = {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "roll"}}]}


def tool_named(name: str, description: str = "") -> dict:
    return {"type": "function", "function": {"name": name, "description": description}}


class LetterEngine:
    """Answers every question with the same text."""

    def __init__(self, text: str) -> None:
        self.text, self.requests = text, []

    def run(self, request, on_chunk, run) -> None:
        self.requests.append(request)
        on_chunk({"choices": [{"delta": {"content": self.text}, "finish_reason": "length"}]})


@pytest.mark.parametrize(
    ("text", "chosen"), [("A", None), ("B", "roll"), ("C", "wait"), ("D", None), ("", None), ("?", None)]
)
def test_letters_stand_for_an_example_the_tools_and_none(text: str, chosen: str | None) -> None:
    """Anything but a tool's letter means that none is called; the first is of the example."""
    tools = [tool_named("roll"), tool_named("wait")]
    tool = choose_tool(LetterEngine(text), [USER], tools, Run(), QUIET)
    assert (tool and tool["function"]["name"]) == chosen


def test_the_question_lists_one_line_a_tool() -> None:
    """It stays short, and its beginning the same from turn to turn."""
    engine = LetterEngine("B")
    choose_tool(engine, [USER], [tool_named("roll", "Roll a die.\nSides are numbered.")], Run(), QUIET)
    assert "\nB. roll: Roll a die.\nC. none of these" in engine.requests[0]["messages"][0]["content"]


@pytest.mark.parametrize(
    ("likelier", "less_likely"),
    [
        ("What is left?", "What was lost?"),
        ("What was lost?", "I lost it."),
        ("Do you have any?", "Do you like any?"),
        ("今天下雨吗？", "您喜欢下雨吗？"),
    ],
)
def test_the_words_of_a_message_move_the_margin_of_none(likelier: str, less_likely: str) -> None:
    """What is so now is looked up; what the character likes is not, and neither is a remark."""
    engine = LetterEngine("B")
    for text in (likelier, less_likely):
        choose_tool(engine, [{"role": "user", "content": text}], [tool_named("roll")], Run(), QUIET)
    (_, first), (_, second) = (request["logit_bias"][0] for request in engine.requests)
    assert first < second


def test_a_second_tool_must_be_likelier() -> None:
    """One is mostly enough."""
    engine = LetterEngine("B")
    tools = [tool_named("roll"), tool_named("wait")]
    for messages in ([USER], [USER, CALLED]):
        choose_tool(engine, messages, tools, Run(), QUIET)
    (_, first), (_, second) = (request["logit_bias"][0] for request in engine.requests)
    assert first < second


def test_tools_called_since_the_user_spoke_are_not_offered_again() -> None:
    """What was called before that is."""
    assert called_since_user([USER, CALLED]) == {"roll"}
    assert called_since_user([USER, CALLED, USER]) == set()
    assert choose_tool(LetterEngine("B"), [USER, CALLED], [tool_named("roll")], Run(), QUIET) is None


@pytest.mark.slow
def test_a_real_engine_answers_with_one_letter(smollm: LlamaCppChat) -> None:
    """Grammar and bias are taken as they are meant: the choice is always one of those listed."""
    tools = [tool_named("roll", "Roll a die."), tool_named("wait", "Wait for an hour.")]
    chosen = [choose_tool(smollm._engine(), [USER], offered, Run(), QUIET) for offered in (tools, tools[:1])]
    assert all(tool is None or tool in tools for tool in chosen)
