"""A dialogue says what is learned, and what is not one is refused."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.tuning.dialogues import FAULTS, KINDS, Dialogue, Message, Rejected, dialogue_from_dict
from tests.tuning.tiny_models import dialogue

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
TURNS = st.lists(st.tuples(st.sampled_from(["user", "assistant"]), WORDS), max_size=4)


@st.composite
def dialogues(draw: st.DrawFn) -> Dialogue:
    messages = [Message(role=role, text=text, learn=False) for role, text in draw(TURNS)]
    reply = draw(WORDS)
    return Dialogue(
        messages=(*messages, Message(role="assistant", text=reply, pictures=tuple(draw(st.lists(WORDS))))),
        kind=draw(st.sampled_from(KINDS)),
        grounded=draw(st.booleans()),
        rejected=tuple(
            Rejected(text=text, fault=draw(st.sampled_from(FAULTS)))
            for text in draw(st.lists(WORDS.filter(lambda text: text != reply)))
        ),
        language=draw(st.sampled_from(["", "en", "zh"])),
        facts=tuple(draw(st.lists(WORDS))),
        note=MappingProxyType(
            draw(st.dictionaries(WORDS, st.text(st.characters(exclude_categories=["Cs"]))))
        ),
    )


@given(dialogues())
def test_what_is_written_is_read_again(told: Dialogue):
    """A data file is the only copy that there is."""
    again = dialogue_from_dict(told.as_dict())
    assert again == told
    assert again.id == told.id


def test_the_last_message_is_learned_and_others_if_they_say_so():
    """Without a mark a dialogue teaches its reply and nothing else."""
    told = dialogue("Hi.", "Good day.", "Who are you?", "Ada.")
    assert [each.learn for each in told.messages] == [False, False, False, False, True]
    marked = dialogue("Hi.", "Good day.", "Who are you?", "Ada.", learn=(1,))
    assert [each.learn for each in marked.messages] == [False, False, True, False, True]
    assert marked.id != told.id


def test_it_tells_its_parts():
    """Those who make and sort data ask for them all the time."""
    told = dialogue("Hi.", "Good day.", "Who are you?", "Ada.")
    assert (told.system, told.asked, told.reply) == ("You are Ada.", "Who are you?", "Ada.")
    assert dialogue("Hi.", "Good day.", system="").system == ""


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ((), "the last message must be the assistant's"),
        ((Message(role="user", text="Hi."),), "the last message must be the assistant's"),
        ((Message(role="assistant", text=" \n"),), "a message to learn is empty"),
        (
            (Message(role="assistant", text="", learn=True), Message(role="assistant", text="Hi.")),
            "a message to learn is empty",
        ),
        (
            (Message(role="user", text="Hi.", learn=True), Message(role="assistant", text="Hi.")),
            "only messages of the assistant can be learned",
        ),
    ],
)
def test_what_teaches_nothing_is_refused(messages: tuple[Message, ...], said: str):
    """An answer without a word would have no log-probability."""
    with pytest.raises(ValueError, match=said):
        Dialogue(messages=messages)


def test_a_rejected_answer_is_another_one():
    """The reply against itself, or against silence, prefers nothing."""
    with pytest.raises(ValueError, match="the last message itself"):
        dialogue("Hi.", "Good day.", rejected=(("Good day.", "voice"),))
    with pytest.raises(ValueError, match="a rejected answer is empty"):
        dialogue("Hi.", "Good day.", rejected=(("  ", "voice"),))


MESSAGES = [{"role": "user", "text": "Hi."}, {"role": "assistant", "text": "Good day."}]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "'messages' is missing"),
        ({"messages": "Hi."}, "'messages' must be a list of objects"),
        ({"messages": MESSAGES, "mesages": 1}, "'mesages' is no field of a dialogue: .*grounded"),
        ({"messages": [{"role": "assistant", "txt": "Hi."}]}, "'txt' is no field of a message"),
        ({"messages": [{"role": "bot", "text": "Hi."}]}, "role is 'bot'; it must be one of system, user"),
        ({"messages": [{"role": "assistant", "text": 3}]}, "'text' is 3; it must be text"),
        ({"messages": [{"role": "assistant", "text": "a\ud800"}]}, "half a character"),
        ({"messages": [{**MESSAGES[1], "learn": "yes"}]}, "'learn' is 'yes'; it must be true or false"),
        ({"messages": [{**MESSAGES[1], "pictures": [1]}]}, "'pictures' must be a list of texts"),
        ({"messages": MESSAGES, "rejected": [{"text": "No.", "fault": "bad"}]}, "fault is 'bad'"),
        ({"messages": MESSAGES, "rejected": [{"text": "No.", "why": "bad"}]}, "'why' is no field of a rej"),
        ({"messages": MESSAGES, "kind": "song"}, "'song' is no kind: fact, steps"),
        ({"messages": MESSAGES, "note": ["a"]}, "'note' must be an object"),
        ({"messages": MESSAGES, "note": {"score": 1}}, "'score' is 1; it must be text"),
    ],
)
def test_an_object_that_is_no_dialogue_is_refused_with_the_reason(told: dict[str, Any], said: str):
    """A misspelt field would silently be the default."""
    with pytest.raises(ValueError, match=said):
        dialogue_from_dict(told)
