"""Facts are read however they are put: tersely, at length, without a subject, in traditional characters."""

from __future__ import annotations

import time
from datetime import date

import pytest

from roleagent.learning.updater import read_all_claims

TODAY = date(2026, 3, 1)


def _read(text: str) -> set[tuple[str | None, str | None, str]]:
    return {(claim.relation, claim.value, claim.stance) for claim in read_all_claims(text, TODAY)}


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Been living in Ghent since 2013.", ("lives_in", "Ghent", "holds")),
        ("We live right in the heart of Ghent.", ("lives_in", "Ghent", "holds")),
        ("Moved back to Ghent last Friday.", ("lives_in", "Ghent", "began")),
        ("I lived in Ghent 1999-2004.", ("lives_in", "Ghent", "held")),
        ("From 1999 to 2004 home was Ghent.", ("lives_in", "Ghent", "held")),
        ("I didn't really move to Ghent.", ("lives_in", "Ghent", "never")),
        ("Handed in my notice at Philips, phew.", ("works_at", "Philips", "ended")),
        ("huge fan of Sudoku here", ("likes", "Sudoku", "holds")),
        ("I like very much sudoku.", ("likes", "sudoku", "holds")),
        ("I have one cat, the name is Pixel.", ("has_pet", "Pixel", "holds")),
        ("坐标成都", ("lives_in", "成都", "holds")),
        ("咱住成都。", ("lives_in", "成都", "holds")),
        ("2005年到2010年那几年，我住在成都。", ("lives_in", "成都", "held")),
        ("我又搬回來成都了。", ("lives_in", "成都", "began")),
        ("我搬離成都了。", ("lives_in", "成都", "ended")),
        ("我是小米的员工。", ("works_at", "小米", "holds")),
        ("本人酷爱爬山。", ("likes", "爬山", "holds")),
        ("我開始討厭爬山了。", ("dislikes", "爬山", "holds")),
    ],
)
def test_a_fact_is_read_however_it_is_put(text: str, claim: tuple[str, str, str]):
    """Strangers do not know the patterns, and values end where they end."""
    assert claim in _read(text)


@pytest.mark.parametrize("text", ["Honestly, these days I call Ghent home."])
def test_what_is_left_to_a_reader_teaches_nothing(text: str):
    """Rules give up wordings that few share (docs/updates.md): silence, and no wrong value."""
    assert _read(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Off to Ghent next week!",
        "I almost moved to Ghent.",
        "Living in Ghent must be lovely.",
        "My brother is a vet. Lives in Ghent. Moved to Rome last year.",
        "I've moved to Ghent and bought a castle. Haha, as if.",
        "Love the weather today.",
        "我差点搬去成都。",
        "我明天去成都出差。",
        "住在成都的人都很忙。",
        "我父母离婚了。",
    ],
)
def test_plans_others_and_jokes_stay_silent(text: str):
    """A false fact is worse than a missed one, and a sentence without a subject may be about others."""
    assert _read(text) == set()


def test_hostile_repetition_is_read_in_bounded_time():
    """Nobody can hold up a turn with a text made for it."""
    for text in ("I " * 2000, "现在" * 2000, "I moved and " * 333, "我2005年" * 700):
        start = time.thread_time()
        read_all_claims(text, TODAY)
        assert time.thread_time() - start < 5.0
