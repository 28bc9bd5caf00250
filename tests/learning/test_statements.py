"""Which sentences are taken in earnest."""

from __future__ import annotations

from roleagent.learning.english import english
from roleagent.learning.statements import statements, unquote

FILTER = english().filter


def test_quotations_go_and_quoted_names_stay():
    """Somebody else's words are no claim, while a name in quotes is still a name."""
    assert unquote("I’m “Ann”. He said “I live here with you”.") == "I'm Ann. He said … ."


def test_a_joke_takes_back_what_stands_before_it():
    """What follows the joke is meant again."""
    assert list(statements("I am a king. Just kidding! I am a nurse.", FILTER))[-1] == "I am a nurse."
    assert "king" not in " ".join(statements("I am a king. Just kidding! I am a nurse.", FILTER))


def test_play_lasts_until_the_end():
    """Once a story is opened, its sentences look like any other."""
    assert list(statements("I am a nurse. Imagine a castle. I am a king.", FILTER)) == ["I am a nurse."]


def test_only_the_asking_half_of_a_question_goes():
    """Somebody who tells before they ask has told."""
    assert list(statements("I live in Lyon, do you know it?", FILTER)) == ["I live in Lyon"]
    assert list(statements("I live in Lyon, right?", FILTER)) == []
