"""Text as people read it."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.language.unicode import Joiner, folded, repaired

ANY_TEXT = st.text(st.characters(codec=None, categories=None) | st.sampled_from("\ud83d\ude00\udcff"))


@given(ANY_TEXT)
def test_what_is_repaired_can_be_encoded_and_stays_so(text: str) -> None:
    """Every store, tokenizer and server takes UTF-8 only."""
    mended = repaired(text)
    assert mended.encode().decode() == mended == repaired(mended)


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("plain, 中文 and 😀", "plain, 中文 and 😀"),
        ("a \ud83d b", "a \ufffd b"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("\ud83d\ude00", "😀"),
        ("\ud83d\ud83d\ude00", "\ufffd😀"),
        ("caf\udce9.png", "caf\ufffd.png"),  # a file name of another encoding, as Python reads it
    ],
)
def test_halves_are_joined_or_replaced(text: str, mended: str) -> None:
    assert repaired(text) == mended


def test_values_are_repaired_all_through() -> None:
    r"""A model's JSON may hold ``\\ud83d`` at any depth, in names too."""
    value = {"a\ud83d": ["\udcff", ("x", 1), None], "b": {"c": "\ud83d\ude00"}}
    assert repaired(value) == {"a\ufffd": ["\ufffd", ("x", 1), None], "b": {"c": "😀"}}


@given(ANY_TEXT, st.lists(st.integers(0, 30)))
def test_a_text_in_pieces_is_repaired_as_a_whole_one(text: str, cuts: list[int]) -> None:
    joiner, places = Joiner(), sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    pieces = [text[start:end] for start, end in itertools.pairwise(places)]
    given_on = [joiner.feed(piece) for piece in pieces]
    assert "".join([*given_on, joiner.rest()]) == repaired(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("O’Brien O‘Brien Oʼbrien O′Brien O´Brien O`Brien Ｏ＇Brien", "o'brien " * 6 + "o'brien"),
        ("“Rosebud” „Rosebud‟ «Rosebud» 「Rosebud」 ＂Rosebud＂", '"rosebud" ' * 4 + '"rosebud"'),
        ("well–known well—known well‑known well−known", "well-known " * 3 + "well-known"),
        ("İstanbul ISPARTA ısparta I\u0307zmir", "istanbul isparta isparta izmir"),
        ("STRASSE Straße STRAẞE", "strasse strasse strasse"),
        ("pass\u200bword soft\u00adhyphen \ufeffbom le\u200dft a\u034fb \u202eevil\u202c",
         "password softhyphen bom left ab evil"),
        ("new\u00a0york thin\u2009space wide\u3000space", "new york thin space wide space"),
        ("ﬁne ﬂow ﬃ Ǆ", "fine flow ffi dž"),
        ("cafe\u0301 CAFÉ", "café café"),
        ("Ｐａｓｓｗｏｒｄ１２", "password12"),
        ("哈利・波特 哈利•波特", "哈利·波特 哈利·波特"),
        ("ﾊﾘｰ ㍿ ①", "ハリー 株式会社 1"),
        ("가 \u1100\u1161", "가 가"),
        ("half \ud83d", "half \ufffd"),
    ],
)  # fmt: skip
def test_what_looks_the_same_is_the_same(one: str, other: str) -> None:
    assert folded(one) == folded(other) == unicodedata.normalize("NFKC", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("café", "cafe"),
        ("naïve", "naive"),
        ("ö", "oe"),
        ("l", "1"),
        ("0", "o"),
        ("が", "か"),
        ("雲", "云"),
        ("-", ""),
    ],
)
def test_what_looks_different_stays_different(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(ANY_TEXT)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)
