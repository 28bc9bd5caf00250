"""What a sentence does is read off its surface."""

from __future__ import annotations

import pytest

from roleagent.critics.text import is_asserted, is_question, list_names, plain, without_quotations


def test_plain_text_keeps_every_place() -> None:
    """A quote cut out of the plain text must fit the draft."""
    text = "I’m “here”\u00a0now"
    assert plain(text) == 'I\'m "here" now'
    assert len(plain(text)) == len(text)


@pytest.mark.parametrize("sentence", ["Who?", '"Who?"', "谁？”", "你是谁呢。", "是吗"])
def test_questions_are_known_by_their_end(sentence) -> None:
    """Closing quotes and Chinese particles come after the mark, or in its place."""
    assert is_question(sentence)
    assert not is_question("Nobody.")


@pytest.mark.parametrize(
    ("sentence", "asserted"),
    [
        ("I am a spy.", True),
        ("I confess that I am a spy.", True),
        ("You think that I am a spy.", False),
        ("Would you say I am a spy.", False),
        ("You think so; I am a spy.", True),
    ],
)
def test_what_others_hold_is_not_asserted(sentence, asserted) -> None:
    """Until the clause ends."""
    assert is_asserted(sentence, sentence.index("I am")) is asserted


def test_quotations_are_emptied_unless_they_open_the_sentence() -> None:
    """A reply that stands in quotes as a whole is the character's own."""
    assert without_quotations('He said "I am a spy" twice.') == 'He said "" twice.'
    assert without_quotations('"I am a spy," he said.') == '"I am a spy," he said.'


def test_no_names_match_nothing() -> None:
    """An empty alternative would match everywhere."""
    import re

    assert re.search(list_names(frozenset({""})), "anything") is None
    assert re.fullmatch(list_names(frozenset({"a.b", "a"})), "a.b")
