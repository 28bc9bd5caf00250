"""What a chat says about its memory."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from roleagent.cli import words
from roleagent.cli.words import Remembered, change_lines, greeting_line, time_ago
from roleagent.types import Fact, GraphUpdate, HeldBack

NOW = datetime(2026, 5, 1, tzinfo=UTC)
LEWES = Fact(id="1", subject="user", relation="lives_in", object="lewes", text="The user lives in Lewes.")
OXFORD = Fact(id="2", subject="user", relation="lives_in", object="oxford", text="The user lives in Oxford.")
TEA = Fact(id="3", subject="user", relation="likes", object="tea", text="The user likes tea.")


def test_its_examples_hold():
    """A reader tries them first."""
    assert doctest.testmod(words).failed == 0


@pytest.mark.parametrize(
    ("age", "told", "in_chinese"),
    [
        (timedelta(seconds=59), "just now", "刚才"),
        (timedelta(minutes=1), "1 minute ago", " 1 分钟前"),
        (timedelta(hours=23), "23 hours ago", " 23 小时前"),
        (timedelta(days=29), "29 days ago", " 29 天前"),
        (timedelta(days=65), "2 months ago", " 2 个月前"),
        (timedelta(days=800), "2 years ago", " 2 年前"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(age: timedelta, told: str, in_chinese: str):
    """Nobody counts hours of last month."""
    assert time_ago(NOW - age, now=NOW) == told
    assert time_ago(NOW - age, now=NOW, language="zh") == in_chinese


def test_the_first_line_says_how_much_is_kept_in_the_characters_language():
    """A user should know at once whether they are known."""
    kept = Remembered(num_episodes=12, num_threads=3, num_facts=1, last_at=NOW - timedelta(days=2))
    assert greeting_line("Mira", kept, now=NOW, language="en") == (
        "Mira remembers 12 messages from 3 conversations with you, the last one 2 days ago, "
        "and 1 fact about you."
    )
    assert greeting_line("悟空", kept, now=NOW, language="zh") == (
        "悟空记得与你的 3 次对话、12 条消息（最近一次在 2 天前），以及关于你的 1 条事实。"
    )
    only_facts = Remembered(num_facts=2)
    assert greeting_line("Mira", only_facts, now=NOW, language="en") == "Mira remembers 2 facts about you."
    assert greeting_line("Mira", Remembered(), now=NOW, language="en") == "Mira remembers nothing of you yet."


def test_what_took_the_place_of_a_fact_is_told_with_it():
    """A change of life, and a mistake that was set right, each in one line."""
    ended = replace(OXFORD, valid_to="2026")
    wrong = replace(OXFORD, valid_to="2020", valid_from="2020", superseded_at=NOW)
    moved = GraphUpdate(added=(LEWES, TEA), superseded=(ended,))
    assert [*change_lines(moved, "en")] == [
        "learned: The user likes tea.",
        "changed: The user lives in Oxford. → The user lives in Lewes.",
    ]
    corrected = GraphUpdate(added=(LEWES,), superseded=(wrong,))
    assert [*change_lines(corrected, "en")] == [
        "corrected: The user lives in Oxford. → The user lives in Lewes."
    ]
    assert [*change_lines(corrected, "zh")] == ["更正：The user lives in Oxford. → The user lives in Lewes."]


def test_what_ends_without_a_successor_and_what_is_held_back_are_told_too():
    """What was not taken matters as much as what was."""
    ended, wrong = replace(TEA, valid_to="2026"), replace(OXFORD, superseded_at=NOW)
    held = HeldBack(fact=LEWES, reason="It contradicts: Mira lives in Lewes.")
    update = GraphUpdate(superseded=(ended, wrong), held_back=(held,))
    assert [*change_lines(update, "en")] == [
        "no longer: The user likes tea.",
        "taken back: The user lives in Oxford.",
        "held back: The user lives in Lewes. (It contradicts: Mira lives in Lewes.)",
    ]
    assert [*change_lines(GraphUpdate(merged=(TEA,)), "en")] == []
