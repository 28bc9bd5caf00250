"""Words as numbers: the same everywhere, and none where there are no Latin letters."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import pytest

from roleagent.embedding.word_codes import codes_of, places_of


def code(words: str) -> int:
    return crc32(words.encode()) & 0xFFFFFF


def test_words_and_pairs_have_fixed_numbers():
    """A number that changed with the process or the version would make shipped weights deaf."""
    assert codes_of("So what?!") == [code(each) for each in ("so", "what", "?", "^ so", "so what", "what ?")]
    assert code("so") == 0xC64403


def test_upper_case_and_repetition_do_not_matter():
    """Each word counts once."""
    assert codes_of("NO no") == [code(each) for each in ("no", "^ no", "no no")]
    assert codes_of("Don’t") == codes_of("don't")


@pytest.mark.parametrize("text", ["你真好!", "对不起？", "?!", "123", ""])
def test_text_without_latin_letters_has_no_words(text: str):
    """Chinese is heard through its embedding alone."""
    assert codes_of(text) == []


def test_a_placeholder_is_no_word():
    """GoEmotions writes [NAME] for names; nobody says that to a character."""
    assert codes_of("[NAME] ran") == [code("ran"), code("^ ran")]


def test_places_are_those_of_known_words():
    """Other words are left out."""
    known = np.sort(np.array([code("so"), code("what"), code("^ so")], np.float32))
    found, nothing = places_of(["so well", "你好"], known)
    assert {int(known[place]) for place in found} == {code("so"), code("^ so")}
    assert len(nothing) == 0
    assert len(places_of(["so"], np.empty(0, np.float32))[0]) == 0
