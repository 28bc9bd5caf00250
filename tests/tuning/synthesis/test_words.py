"""The lines of synthesised dialogues."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from roleagent.tuning.dialogues import Dialogue, Message
from roleagent.tuning.leaks import leaks_in, probes_of
from roleagent.tuning.synthesis.words import LANGUAGES, Words, read_words, words_for


def lines_in(told: Any) -> Iterator[str]:
    """Every text of a table."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict | list):
        for each in told.values() if isinstance(told, dict) else told:
            yield from lines_in(each)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_a_question_of_the_tests(language: str):
    """A model that has learned the questions shows nothing by answering them."""
    name = "Ann" if language == "en" else "阿安"
    lines = {re.sub(r"\{\w+\}", name, line) for line in lines_in(read_words(language))}
    made = [
        Dialogue(messages=(Message(role="user", text=line), Message(role="assistant", text="…")))
        for line in sorted(filter(str.strip, lines))
    ]
    assert [(leak.said, leak.probe.text) for leak in leaks_in(made, probes_of())] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_relation_has_questions_of_both_persons_that_split(language: str):
    """Four questions: three to train with, one to test with."""
    for relation, told in read_words(language)["ask"].items():
        for person in ("own", "other"):
            assert len(told[person]) >= 4, (relation, person)
            train, held = (
                Words(language, split).asked("ask", relation, person) for split in ("train", "held_out")
            )
            assert set(train).isdisjoint(held)
            assert len(train) + len(held) == len(told[person])


def test_the_languages_have_the_same_tables():
    """English and Chinese are served alike."""
    one, other = (read_words(language) for language in LANGUAGES)
    assert one["ask"].keys() == other["ask"].keys()
    assert one["told"].keys() == other["told"].keys()
    assert words_for("zh-CN").language == "zh"
    assert words_for("fr").language == "en"
