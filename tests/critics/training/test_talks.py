"""Talks, profiles and data sets as pairs of lines."""

from __future__ import annotations

import pytest

from roleagent.critics.training.answers import read_answers
from roleagent.critics.training.contradiction import DataFile, examples
from roleagent.critics.training.pair_files import read_pairs
from roleagent.critics.training.talks import read_talks, shipped_talks
from roleagent.errors import InputError

TALK = """- I have a goldfish.
- My mum hates fur.
x1 we always had three dogs
"""
EXCHANGE = """? 你吃辣吗
- 喜欢啊
?x 能吃辣吗
x 一吃就上火
?o 哪里人
o 四川的
"""
PROFILE = """# 性别 男 | 星座 白羊座
x 我们射手座
e 白羊就是急
o 今天加班
"""


def test_a_talk(tmp_path):
    path = tmp_path / "en_01.txt"
    path.write_text(TALK, encoding="utf-8")
    found = [(each.earlier[:6], each.later[:6], each.may_be, each.weight) for each in read_talks(path)]
    assert found == [
        ("I have", "My mum", (0, 1), 1.0),
        ("I have", "we alw", (2,), 1.0),
        ("My mum", "we alw", (0, 1), 0.5),
    ]


def test_an_exchange_and_a_profile(tmp_path):
    path = tmp_path / "zh_01.txt"
    path.write_text(f"{EXCHANGE}\n{PROFILE}", encoding="utf-8")
    found = [(each.earlier, each.later, each.may_be) for each in read_talks(path)]
    assert found == [
        ("你吃辣吗 — 喜欢啊", "能吃辣吗 — 一吃就上火", (2,)),
        ("你吃辣吗 — 喜欢啊", "哪里人 — 四川的", (0, 1)),
        ("性别 男 | 星座 白羊座", "我们射手座", (2,)),
        ("性别 男 | 星座 白羊座", "白羊就是急", (1,)),
        ("性别 男 | 星座 白羊座", "今天加班", (0,)),
    ]


@pytest.mark.parametrize(
    "block",
    ["- one\nx2 two", "- one\ntwo", "? one\nx two", "? a\n- b\n?x c", "# a | b\nz c", "- one\nx0 two"],
)
def test_a_broken_block_is_named(tmp_path, block):
    path = tmp_path / "en_01.txt"
    path.write_text(f"{TALK}\n{block}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"en_01\.txt: this block"):
        list(read_talks(path))


def test_what_is_shipped_can_be_read():
    assert sum(each.may_be == (2,) for each in shipped_talks("en")) > 1_500
    assert sum(each.may_be == (2,) for each in shipped_talks("zh")) > 1_000


def test_data_sets(tmp_path):
    decode = tmp_path / "decode.tsv"
    decode.write_text("seg1\tseg2\tlabel\nI ski.\tI never ski.\tself-contradiction\na\tb\t1\n", "utf-8")
    assert [(row.earlier, row.label) for row in read_pairs("decode", decode)] == [
        (("I ski.",), 2),
        (("a",), 0),
    ]
    cdconv = tmp_path / "cdconv.tsv"
    cdconv.write_text("你多大\t八岁\t几岁\t九岁\t1\n", "utf-8")
    assert read_pairs("cdconv", cdconv)[0].later == "几岁 — 九岁"
    kvpi = tmp_path / "kvpi.txt"
    kvpi.write_text(
        "{'constellation': 双鱼座, 'gender': 'male', 'loc': '北京'} <SEP> 老娘\t2\t0\tx\n", "utf-8"
    )
    [row] = read_pairs("kvpi", kvpi)
    assert (row.earlier, row.later, row.label, row.about) == (
        ("性别 男", "地点 北京", "星座 双鱼座"),
        "老娘",
        2,
        0,
    )
    learned_from = examples([DataFile("kvpi", kvpi)], languages=())
    assert [(each.earlier, each.may_be) for each in learned_from] == [
        ("性别 男", (2,)),
        ("地点 北京", (0,)),
        ("星座 双鱼座", (0,)),
    ]


def test_a_broken_row_is_named(tmp_path):
    path = tmp_path / "decode.tsv"
    path.write_text("a\tb\t1\na\tb\tmaybe\n", "utf-8")
    with pytest.raises(InputError, match="line 2"):
        read_pairs("decode", path)
    with pytest.raises(InputError, match=r"nowhere\.tsv"):
        read_pairs("decode", tmp_path / "nowhere.tsv")


def test_a_file_of_contradictions_alone_gets_other_pairs(tmp_path):
    path = tmp_path / "decode.tsv"
    path.write_text("".join(f"I like {n}.\tI hate {n}.\t0\n" for n in range(20)), "utf-8")
    found = examples([DataFile("decode", path)], languages=())
    crossed = [each for each in found if each.may_be == (0, 1)]
    assert len(found) - len(crossed) == 20
    assert len(crossed) > 10
    assert all(each.earlier[7:] != each.later[7:] for each in crossed)


def test_answers(tmp_path):
    path = tmp_path / "en_01.txt"
    path.write_text("Who is it?\n+ Tom.\n- It rains.\n", "utf-8")
    assert [(each.later, each.may_be) for each in read_answers(path)] == [("Tom.", (1,)), ("It rains.", (0,))]
