"""Sentence ends decide what the critics see and when the reader sees it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.language.sentences import is_question, last_sentence_end, split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It rains. I stay.", ["It rains.", "I stay."]),
        (
            "Mr. Holmes met Dr. J. H. Watson. They talked.",
            ["Mr. Holmes met Dr. J. H. Watson.", "They talked."],
        ),
        ("He lives in St. John's Wood. She does not.", ["He lives in St. John's Wood.", "She does not."]),
        ("No. I will not.", ["No.", "I will not."]),
        ("Take No. 5 at once! Why?", ["Take No. 5 at once!", "Why?"]),
        ("It costs 3.14 pounds. Cheap.", ["It costs 3.14 pounds.", "Cheap."]),
        ("So am I. Good.", ["So am I.", "Good."]),
        ("“Who?” she asked. “Me.” He left.", ["“Who?” she asked.", "“Me.”", "He left."]),
        ("Well... maybe. Well... Maybe.", ["Well... maybe.", "Well...", "Maybe."]),
        ("*He nods.* Very well.", ["*He nods.*", "Very well."]),
        (
            "tea, milk, etc. and so on. Pens etc. He left.",
            ["tea, milk, etc. and so on.", "Pens etc.", "He left."],
        ),
        ("1. First.\n2. Second.", ["1. First.", "2. Second."]),
        ("A heading\nA line", ["A heading", "A line"]),
        ("他走了。你呢？“好！”她说。", ["他走了。", "你呢？", "“好！”", "她说。"]),
        ("我想……算了。", ["我想……算了。"]),
        ("i live in paris. my name is bob.", ["i live in paris.", "my name is bob."]),
        ("no stop at all", ["no stop at all"]),
        ("  \n ", []),
    ],
)
def test_a_text_is_cut_where_its_sentences_end(text: str, sentences: list[str]) -> None:
    """Critics judge sentence by sentence: a cut at "Mr." would let half a claim pass."""
    assert split_sentences(text) == sentences


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("It rains. I st", "It rains."),
        ("It rains. ", "It rains."),
        ("It rains.", ""),
        ("I saw Mr.", ""),
        ("I saw Mr. ", ""),
        ("I saw Mr. Holmes", ""),
        ("It is 3.", ""),
        ("It is 3.5", ""),
        ("Take No. ", ""),
        ("“Who?” ", ""),
        ("“Who?” S", "“Who?”"),
        ("Stop! ", "Stop!"),
        ("A line\n", "A line\n"),
        ("他走了。", ""),
        ("他走了。”", ""),
        ("他走了。她", "他走了。"),
        ("", ""),
    ],
)
def test_a_growing_text_is_complete_only_up_to_a_settled_stop(text: str, complete: str) -> None:
    """What is released cannot be taken back, so a doubtful stop waits for the next character."""
    assert text[: last_sentence_end(text)] == complete


@given(st.text(alphabet='aBI .!?…"”*\n。”Mr1', max_size=60))
def test_no_character_but_space_is_lost(text: str) -> None:
    """A critic that loses characters misses what stands in them."""
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())


@given(st.text(alphabet='aBI .!?…"”*\n。”Mr1', max_size=40))
def test_the_end_never_moves_back_as_the_text_grows(text: str) -> None:
    """Released text stays released."""
    ends = [last_sentence_end(text[:length]) for length in range(len(text) + 1)]
    assert ends == sorted(ends)


def test_a_megabyte_is_cut_in_a_moment() -> None:
    """A user may paste a whole book; the work must grow with its length, not with its square."""
    assert len(split_sentences("It rains. " * 100_000)) == 100_000


@pytest.mark.parametrize(
    ("sentence", "asks"),
    [
        ("Where do you live?", True),
        ("“Where?!”", True),
        ("Please tell me about the club.", True),
        ("你住哪儿？", True),
        ("你有哥哥吗", True),
        ("给我讲讲", False),
        ("讲讲你的师父。", True),
        ("I live in Lewes.", False),
        ("He asked me where I live.", False),
        ("我住在杭州。", False),
        ("", False),
    ],
)
def test_a_question_is_told_from_a_statement(sentence, asks):
    """What is asked weighs more than what is told beside it."""
    assert is_question(sentence) is asks
