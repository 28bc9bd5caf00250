"""What is only thought must be told from what is said, however the text comes."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage

from roleagent.language.thinking import ThinkingFilter, spoken, thinks_first, thoughts_beside


def read(pieces: list[str], **options: Any) -> tuple[str, str]:
    """What a text in pieces says, and what it thinks."""
    thinking, said = ThinkingFilter(**options), ""
    for piece in [thinking.feed(each) for each in pieces] + [thinking.finish()]:
        said = piece.text if piece.restarts else said + piece.text
    return said, thinking.thoughts


CASES = [
    ("<think>\nHm.\n</think>\n\nGood day.", "Good day.", "Hm."),
    ("<think>\n\n</think>\n\nGood day.", "Good day.", ""),
    ("<think/>Good day.", "Good day.", ""),
    ("<Thinking>Hm.</thinking>Good day.", "Good day.", "Hm."),
    ('<reasoning effort="low">Hm.</reasoning> Good day.', "Good day.", "Hm."),
    ("[THINK]Hm.[/THINK]Good day.", "Good day.", "Hm."),
    ("◁think▷Hm.◁/think▷Good day.", "Good day.", "Hm."),
    ("<|START_THINKING|>Hm.<|END_THINKING|>Good day.", "Good day.", "Hm."),
    ("<|channel|>analysis<|message|>Hm.<|channel|>final<|message|>Good day.", "Good day.", "Hm."),
    ("Good day. <think>Hm.</think> I am Ada.", "Good day. I am Ada.", "Hm."),
    ("<think>One.</think>\n<think>Two.</think>\nGood day.", "Good day.", "One.\n\nTwo."),
    ("<think>A.\n<think>B.</think>\nC.</think>Good day.", "Good day.", "A.\nB.\n\n\nC."),
    ("<think>They say </think", "", "They say </think"),
    ("<think>Never closed", "", "Never closed"),
    ("Good day. <think>Never closed", "Good day. ", "Never closed"),
    ("Okay, the user greets me.\n</think>\n\nGood day.", "Good day.", "Okay, the user greets me."),
    ("Hmm. I should answer in character. Short. </think> Good day.", "Good day.",
     "Hmm. I should answer in character. Short."),
    ("用户在打招呼。我应该保持角色。\n</think>\n\n你好。", "你好。", "用户在打招呼。我应该保持角色。"),
    ("好的，用户问我住在哪里。</think>我住在伦敦。", "我住在伦敦。", "好的，用户问我住在哪里。"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said", "thought"), CASES)
@pytest.mark.parametrize("by_sentence", [False, True])
def test_thoughts_are_kept_apart_whatever_the_pieces(text: str, said: str, thought: str, by_sentence: bool):
    """A mark may be cut anywhere; a reader must not see half of one."""
    for size in (1, 2, 3, 7, len(text)):
        pieces = [text[start : start + size] for start in range(0, len(text), size)]
        assert read(pieces, by_sentence=by_sentence) == (said, thought)


@pytest.mark.parametrize(
    "text",
    [
        "I once wrote <think> on a slate.",
        "“<think>” is an odd word, and “</think>” another.",
        "You put <think> before and </think> after it.",
        "The mark </think> closes what they think.",
        "Look:\n```\n<think>\nHm.\n</think>\n```\nThat is all.",
        "`<think>` begins it.",
        "I think, therefore I am <3. 1 < 2 [and so on",
        "Okay, my dear. I shall come.",
        "The rain falls. So it does.",
        "用户的意思是使用者。",
    ],
)
def test_what_is_spoken_of_keeps_its_words(text: str):
    """A character may talk about thinking, and about such marks."""
    for size in (1, 5, len(text)):
        pieces = [text[start : start + size] for start in range(0, len(text), size)]
        for by_sentence in (False, True):
            assert read(pieces, by_sentence=by_sentence) == (text, "")


MARKS = ("<think>", "</think>", "\n", "Hm. ", "a", " ", "“", "”", "```", "<", "[THINK]", "</", "the user ")


@given(st.lists(st.sampled_from(MARKS), max_size=12).map("".join), st.integers(1, 9), st.booleans())
def test_the_pieces_never_matter_and_nothing_is_lost(text: str, size: int, by_sentence: bool):
    """Streams of one model are cut differently every time."""
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    said, thought = read(pieces, by_sentence=by_sentence)
    assert (said, thought) == read([text], by_sentence=by_sentence)
    assert len("".join((said + thought).split())) >= len("".join(text.split())) - sum(
        len(mark) * text.count(mark) for mark in ("<think>", "</think>", "[THINK]")
    )


def test_plain_text_is_passed_on_at_once():
    """Nobody waits for thoughts that do not come."""
    thinking = ThinkingFilter()
    assert [thinking.feed(piece).text for piece in ("I", " live", " here.", " <b", ">")] == [
        "I", " live", " here.", " <b", ">",
    ]  # fmt: skip


def test_a_model_known_to_think_is_waited_for():
    """Its first thought need not look like one."""
    text = "A visitor. He asks my name.\n</think>\n\nI am Ada."
    assert read(list(text), thinks_first=True) == ("I am Ada.", "A visitor. He asks my name.")
    assert read(["I am ", "Ada."], thinks_first=True) == ("I am Ada.", "")
    assert all(map(thinks_first, ("DeepSeek-R1-0528", "qwq:32b", "qwen3-4b-thinking-2507")))
    assert not thinks_first("gpt-4o")


def test_thoughts_that_came_late_take_back_what_nobody_was_shown():
    """Where the beginning did not look like thoughts, the closing mark still tells."""
    assert read(["A visitor. He asks. ", "</think>\n", "I am Ada."]) == ("I am Ada.", "A visitor. He asks.")


@pytest.mark.parametrize(
    ("content", "extra"),
    [
        ([{"type": "reasoning", "reasoning": "Hm."}], {}),
        ([{"type": "thinking", "thinking": "Hm.", "signature": "abc"}], {}),
        ([{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}], {}),
        ([{"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}]}], {}),
        ([{"type": "reasoning_content", "reasoning_content": {"text": "Hm.", "signature": "abc"}}], {}),
        ("Yes.", {"reasoning_content": "Hm."}),
        ("Yes.", {"reasoning": "Hm."}),
        ("Yes.", {"reasoning": {"id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}]}}),
        ("Yes.", {"reasoning_content": "Hm.", "reasoning": "Hm."}),
    ],
)
def test_thoughts_beside_the_text_are_found(content: Any, extra: dict[str, Any]):
    """Every vendor puts them elsewhere."""
    assert thoughts_beside(AIMessage(content, additional_kwargs=extra)) == "Hm."


@pytest.mark.parametrize("unit", ["<think>", "</think>", "<", "```", "Hm. ", "<think>a</think>", "[", "\n"])
def test_a_megabyte_takes_a_moment(unit: str):
    """Whatever a model repeats without end, the work grows with the length."""
    text = unit * (1_000_000 // len(unit))
    start = time.thread_time()
    assert len(spoken(text)) <= len(text)
    assert len(read([text[at : at + 50] for at in range(0, 200_000, 50)])[0]) <= 200_000
    assert time.thread_time() - start < 20  # a tenth of that here; quadratic work would take hours
