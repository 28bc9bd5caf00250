"""Chinese sentences and what they claim of the speaker; benchmarks/extraction.py holds many more."""

from __future__ import annotations

from datetime import date

import pytest

from roleagent.learning.statements import claim_label
from roleagent.learning.updater import read_all_claims

TODAY = date(2026, 3, 1)


def said(text: str) -> list[str]:
    return [
        f"{'no ' if claim.ends else ''}{claim.relation} {claim_label(claim)}".strip()
        for claim in read_all_claims(text, TODAY)
    ]


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("我叫小明，今年二十五岁，住在上海。", ["is_called 小明", "lives_in 上海", "aged 25"]),
        ("我是一名医生，在北京协和医院工作。", ["works_as 医生", "works_at 北京协和医院"]),
        ("我喜欢喝茶、下棋和爬山。", ["likes 喝茶", "likes 下棋", "likes 爬山"]),
        ("我喜歡貓。", ["likes 貓"]),
        ("我是上海人。", ["comes_from 上海"]),
        ("我是法国人。", ["nationality 法国"]),
        ("我的生日是五月十二日。", ["born_on --05-12"]),
        ("我养了一只猫，叫咪咪。", ["has_pet 咪咪（猫）"]),
        ("我已经不住在北京了。", ["no lives_in 北京"]),
    ],
)
def test_plain_statements_are_read(text, claims):
    """These are the ways people introduce themselves, in both scripts."""
    assert said(text) == claims


@pytest.mark.parametrize(
    "text",
    [
        "我住在上海吗？",
        "如果我住在上海就好了。",
        "我朋友住在上海。",
        "他说我住在上海。",
        "他写道：“我住在上海，我叫小明。”",
        "假装我是皇帝，我住在紫禁城。",
        "我是外星人，我住在火星。开玩笑的！",
        "我想住在上海。",
        "我叫了外卖。",
        "我喜欢你。",
        "我是好人。",
        "我没有养猫。",
    ],
)
def test_traps_are_not_read(text):
    """A wrong memory is worse than none."""
    assert said(text) == []
