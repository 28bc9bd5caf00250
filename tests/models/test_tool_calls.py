"""Tool calls in running text: found in every form, never leaked, and plain text never held up."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.models.tool_calls import FoundCalls, ToolCallFilter, find_calls

NAMES = {"roll", "look_up"}
CALL = '{"name": "roll", "arguments": {"sides": 6}}'
FORMS = {
    "tags": f"<tool_call>\n{CALL}\n</tool_call>",
    "bare": CALL,
    "fenced": f"```json\n{CALL}\n```",
    "fenced without language": f"```\n{CALL}\n```",
    "doubled braces": f"{{{CALL}}}",
    "list": f"[{CALL}]",
    "parameters": '{"name": "roll", "parameters": {"sides": 6}}',
    "function object": '{"function": {"name": "roll", "arguments": "{\\"sides\\": 6}"}}',
    "function name": '{"function": "roll", "arguments": {"sides": 6}}',
    "arguments first": '{"arguments": {"sides": 6}, "name": "roll"}',
}


def run(text: str, size: int = 3) -> tuple[str, FoundCalls]:
    """Feed a text in pieces; gives all that was shown, and the calls."""
    stream = ToolCallFilter(NAMES)
    shown = "".join(stream.feed(text[at : at + size]) for at in range(0, len(text), size))
    rest, found = stream.finish()
    return shown + rest, found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [1, 4, 1000])
def test_every_form_is_found_and_none_of_it_is_shown(form: str, size: int) -> None:
    """Small models write calls in all of these ways."""
    shown, found = run(f"Let us see. {FORMS[form]}", size)
    assert shown == "Let us see. "
    assert [(call["name"], call["args"]) for call in found.calls] == [("roll", {"sides": 6})]
    assert found.invalid == ()


def test_two_calls_get_ids_of_their_own() -> None:
    """Results are matched to calls by id."""
    _, found = run(FORMS["tags"] + "\n" + FORMS["tags"])
    assert len({call["id"] for call in found.calls}) == 2


def test_plain_text_is_shown_at_once() -> None:
    """A reply must not wait for its end because tools are bound."""
    stream = ToolCallFilter(NAMES)
    assert [stream.feed(piece) for piece in ("Good ", "evening", ", sir.")] == ["Good ", "evening", ", sir."]


def test_text_is_held_only_while_it_may_be_a_call() -> None:
    """A lone brace or tag is let go as soon as it turns out harmless."""
    stream = ToolCallFilter(NAMES)
    assert stream.feed("He wrote {") == "He wrote "
    assert stream.feed("x} and <") == "{x} and "
    assert stream.feed("b>bold</b>") == "<b>bold</b>"
    assert stream.finish() == ("", FoundCalls())


@given(st.text(alphabet='ab {}<>`"\n:name', max_size=60), st.integers(1, 7))
def test_text_without_a_call_comes_out_whole(text: str, size: int) -> None:
    """Whatever is held back in vain is given back in its place."""
    shown, found = run(text, size)
    if not found.calls and not found.invalid:
        assert shown == text


def test_other_json_is_text() -> None:
    """A user may ask for JSON that is no call."""
    text = 'Here: {"title": "The Moonstone"}'
    assert run(text) == (text, FoundCalls())


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        ('{"name": "fly", "arguments": {}}', "fly", "names no known tool"),
        ('{"name": "roll", "arguments": "six"}', "roll", "names no known tool"),
        ('{"name": "roll", "arguments": {"si', None, "is no whole JSON"),
    ],
)
def test_broken_calls_are_reported_not_shown(text: str, name: str | None, reason: str) -> None:
    """The agent can tell the model what was wrong; the user never sees JSON."""
    shown, found = run(text)
    assert shown == ""
    assert found.calls == ()
    assert found.invalid[0]["name"] == name
    assert reason in str(found.invalid[0]["error"])


def test_text_around_calls_is_ignored_in_find_calls() -> None:
    """Grammar-bound text needs no filter."""
    assert len(find_calls(f"x {CALL} y", NAMES).calls) == 1


def test_a_broken_call_hides_no_other_and_gives_none_from_within() -> None:
    """The arguments of half a call may look like a call of their own."""
    half = '{"name": "write", "arguments": {"text": ' + CALL + ', "path": "/et'
    found = find_calls(half, {*NAMES, "write"})
    assert found.calls == ()
    assert len(found.invalid) == 1
    bad = '<tool_call>{"name": "roll", "arguments": {"sides": 6,,}}</tool_call>'
    for text in (bad + FORMS["tags"], FORMS["tags"] + bad):
        found = find_calls(text, NAMES)
        assert (len(found.calls), len(found.invalid)) == (1, 1)


def test_braces_in_strings_and_in_prose_are_no_calls() -> None:
    """Only what opens as a call is reported."""
    call = '{"name": "roll", "arguments": {"note": "} {"}}'
    found = find_calls(f"{call} and {{x}}", NAMES)
    assert [each["args"] for each in found.calls] == [{"note": "} {"}]
    assert found.invalid == ()


@pytest.mark.parametrize("hostile", ['{"name":', "{", '"', '{"a":"\\"', "[", "<tool_call>{", "<"])
def test_reading_is_linear(hostile: str) -> None:
    """A model that runs wild must not hold the loop."""

    def seconds(times: int) -> float:
        began = time.thread_time()
        run(f"<tool_call>{hostile * times}", size=100_000)
        run(hostile * times, size=100_000)
        return time.thread_time() - began

    assert seconds(20_000) < 20 * max(seconds(5_000), 0.005)
