"""Two lines compared: negation, opposites, numbers, genders, star signs, places."""

from __future__ import annotations

import pytest

from roleagent.critics.pair_clues import CLUES, MAX_CHARS, clues_of, pair_codes, read_line


def told(earlier: str, later: str) -> set[str]:
    """The names of the clues that are not zero."""
    numbers = clues_of(read_line(earlier), read_line(later), 0.0)
    return {name for name, number in zip(CLUES, numbers, strict=True) if number}


@pytest.mark.parametrize(
    ("earlier", "later", "clue"),
    [
        ("I love dogs.", "I don't own a dog.", "negated_once"),
        ("I never swim.", "I can't swim.", "negated_both"),
        ("I love spinach.", "I hate spinach.", "opposites"),
        ("我最喜欢香菜", "我讨厌香菜", "opposites"),
        ("I have two sisters.", "My 2 sisters rang.", "numbers_agree"),
        ("I have two sisters.", "My three sisters rang.", "numbers_differ"),
        ("性别 男", "老娘今天高兴", "gender_differs"),
        ("性别 女", "老娘今天高兴", "gender_agrees"),
        ("星座 白羊座", "我们射手就是爱自由", "sign_differs"),
        ("地点 浙江 宁波", "我大浙江最好", "region_agrees"),
        ("地点 浙江 宁波", "我们成都人爱火锅", "region_differs"),
        ("I live in London.", "Here in Paris we eat late.", "place_differs"),
        ("I love jazz.", "Me too!", "joins_in"),
        ("Do you ski?", "I ski.", "earlier_asks"),
    ],
)
def test_what_two_lines_tell(earlier, later, clue):
    assert clue in told(earlier, later)


@pytest.mark.parametrize(
    ("earlier", "later", "clue"),
    [
        ("I love dogs.", "I own a dog.", "negated_once"),
        ("性别 男", "今天真高兴", "negated_once"),
        ("I have two sisters.", "My sisters rang.", "numbers_differ"),
        ("性别 男", "今天真高兴", "gender_differs"),
    ],
)
def test_what_they_do_not_tell(earlier, later, clue):
    assert clue not in told(earlier, later)


def test_pairs_of_words_are_the_same_everywhere():
    """The weights are filed under these numbers."""
    codes = pair_codes(read_line("I love tea."), read_line("Tea bores me."))
    assert codes == sorted(codes)
    assert codes == [981718, 2052596, 15017826, 16026688]


@pytest.mark.parametrize(
    "text", ["", "   ", "🙂🙂", "```\nx = 1\n```", "שלום עולם", "a" * 50_000, "问" * 50_000]
)
def test_odd_lines(text):
    line = read_line(text)
    assert len(line.text) <= MAX_CHARS
    assert len(clues_of(line, line, 1.0)) == len(CLUES)
    assert len(pair_codes(line, line)) <= 24 * 24
