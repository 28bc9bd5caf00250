"""Noise in the user's words never touches what the reply needs."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.tuning.noise import (
    Noise,
    Piece,
    code_switch,
    joined,
    kept_words,
    pieces_of,
    tables,
    transcript,
    typo,
)

SAID = "Do you really remember what Watson had for breakfast at 221B, or whether it was cold?"
REPLY = "Watson had kippers, and they were cold."
CHINESE = "你今天真的记得师父在长安吃早饭吗？我听说他读《西游记》。"
CHINESE_REPLY = "师父在长安吃了。"
NOISES = (typo, transcript, code_switch)


def variants(noise: Noise, said: str, reply: str, language: str) -> set[str]:
    pieces = pieces_of(said, reply)
    return {noise(pieces, language, random.Random(seed)) for seed in range(60)}


@given(st.text(), st.text())
def test_the_pieces_are_the_text(said: str, reply: str):
    """Nothing is lost in cutting."""
    assert joined(pieces_of(said, reply)) == said


@pytest.mark.parametrize("noise", NOISES)
@given(
    said=st.text(st.sampled_from("aB 我你，。?'1[\n")),
    seed=st.integers(0, 50),
    language=st.sampled_from(["en", "zh", "fr"]),
)
def test_any_words_can_be_noisy(noise: Noise, said: str, seed: int, language: str):
    """No text breaks it, and what changes becomes one line."""
    made = noise(pieces_of(said, "a"), language, random.Random(seed))
    assert "\n" not in made or made == said


@pytest.mark.parametrize("noise", NOISES)
def test_names_numbers_and_words_of_the_reply_stay(noise: Noise):
    """In any case and place; and something changes."""
    made = variants(noise, SAID, REPLY, "en")
    assert made - {SAID}
    assert all(word in each for each in made for word in ("Watson", "221B", "had", "cold"))


@pytest.mark.parametrize("noise", NOISES)
def test_pairs_of_characters_and_quotations_stay(noise: Noise):
    """Chinese shows no words, so that two characters that stand in the reply side by side are kept."""
    made = variants(noise, CHINESE, CHINESE_REPLY, "zh")
    assert made - {CHINESE}
    assert all(word in each for each in made for word in ("师父在长安吃", "《西游记》"))


def test_a_typo_is_one_letter_away():
    """Dropped, doubled, swapped or a neighbour's: the word is still to be made out."""
    made = variants(typo, "whether", "", "en") - {"whether"}
    assert {len(each) for each in made} <= {6, 7, 8}
    assert all(each.startswith("w") for each in made)
    assert len(made) > 10


def test_a_typo_in_chinese_is_in_the_marks():
    """Homophones would be another word."""
    for each in variants(typo, "好吗，真的？", "", "zh"):
        assert [char for char in each if char not in "，,？? "] == [*"好吗真的"]


def test_a_transcript_has_a_filler_and_no_marks():
    """And the names keep their capitals, for they are not free."""
    for each in variants(transcript, "Good evening, is it cold in Lewes?", "", "en"):
        assert not set(each) & set(",?")
        assert "Lewes" in each
        assert any(f" {filler} " in f" {each} " for filler in tables()["fillers"]["en"])


def test_a_language_without_tables_has_no_fillers():
    """Only what needs no table is done."""
    assert variants(transcript, "Où est-il ?", "", "fr") == {"Où est-il", "Où est-il est-il"}
    assert variants(code_switch, "Où est-il ?", "", "fr") == {"Où est-il ?"}


def test_code_switching_swaps_words_of_the_table():
    """Either way, and never a word that is kept."""
    english = variants(code_switch, "Would you like coffee today?", "", "en")
    assert english == {
        "Would you like 咖啡 today?",
        "Would you like coffee 今天?",
        "Would you like 咖啡 今天?",
    }
    assert variants(code_switch, "Would you like coffee?", "Coffee, yes.", "en") == {"Would you like coffee?"}
    assert variants(code_switch, "今天喝咖啡吗？", "咖啡，好。", "zh") == {"today 喝咖啡吗？"}


def test_what_is_kept_is_told_in_whole_words():
    """A model is asked to keep them."""
    assert kept_words(pieces_of(SAID, REPLY)) == ["Watson", "221B", "cold"]
    assert kept_words([Piece("师", is_free=False), Piece("父", is_free=False), Piece("在")]) == ["师父"]


def test_the_tables_hold_no_word_twice():
    """The way back from Chinese would be open."""
    chinese = list(tables()["bilingual"].values())
    assert len(set(chinese)) == len(chinese)
