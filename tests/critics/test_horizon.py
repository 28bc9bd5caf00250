"""The horizon critic keeps a character in its time, and lets it wonder at what lies beyond."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roleagent.critics.horizon import HorizonCritic
from roleagent.persona.persona import Horizon


@pytest.fixture(scope="module")
def critic():
    return HorizonCritic()


@pytest.mark.parametrize(
    ("draft", "quote"),
    [
        ("A smartphone is a device for the pocket.", "smartphone"),
        ("I read it on the internet.", "the internet"),
        ("Have you seen my laptop?", "laptop"),
        ("Ask a chatbot.", "chatbot"),
        ("Since 1987 I have kept bees.", "Since 1987"),
        ("It began on March 3, 1923.", "March 3, 1923"),
        ("In the twenty-first century all is better.", "twenty-first century"),
        ("Very well:\n```\nprint(1)\n```", "```"),
        ("手机就是随身带的电话。", "手机"),
        ("那是2021年的事。", "2021年"),
    ],
)
def test_later_words_and_dates_are_rejected(critic, make_scene, holmes, draft, quote) -> None:
    """A Victorian who explains smartphones is nobody."""
    verdict = critic.check(draft, make_scene(holmes), complete=True)
    assert (verdict.ok, verdict.quote) == (False, quote)


@pytest.mark.parametrize(
    ("said", "draft"),
    [
        ("What is a smartphone?", "What is this 'smartphone' you speak of?"),
        ("My laptop broke.", "Your laptop?"),
        ("Do you google?", "I know nothing of any Google."),
        ("Are you an AI?", "I am not an AI."),
        ("It is 2024.", "In 2024? You jest."),
        ("你有手机吗？", "手机？此为何物？"),
        ("Hello", "In 1881 I took these rooms; there were 2000 men in the street."),
        ("Hello", "I used the telephone, and sent a telegram."),
        ("Hello", "他是我的对手，机会不大。对手机会更多。"),
    ],
)
def test_wondering_at_a_word_is_not_using_it(critic, make_scene, holmes, said, draft) -> None:
    """Being puzzled in character is the very answer that is wanted."""
    assert critic.check(draft, make_scene(holmes, said), complete=True).ok


def test_the_year_decides_and_known_words_are_exempt(critic, make_scene, holmes) -> None:
    """The same sentence is right in one century and wrong in another."""
    draft = "I sent him a telegram about the railway."
    at = {year: replace(holmes, horizon=Horizon(until=year)) for year in ("1815-06-18", "1895", "-0399")}
    assert critic.check(draft, make_scene(at["1895"]), complete=True).ok
    assert not critic.check(draft, make_scene(at["1815-06-18"]), complete=True).ok
    assert not critic.check(draft, make_scene(at["-0399"]), complete=True).ok
    knowing = replace(holmes, horizon=Horizon(until="1815", known=("Telegram", "railway")))
    assert critic.check(draft, make_scene(knowing), complete=True).ok


def test_short_names_in_capitals_are_taken_as_written(critic, make_scene, holmes) -> None:
    """The name "Ai" and the word "tv-like" are not what the table means."""
    assert critic.check("Ai is a river god.", make_scene(holmes), complete=True).ok
    assert not critic.check("The TV is on.", make_scene(holmes), complete=True).ok


def test_without_a_horizon_everything_passes(critic, make_scene, holmes) -> None:
    """A character of today needs no such critic."""
    modern = replace(holmes, horizon=Horizon())
    assert critic.check("I googled it in 2024.", make_scene(modern), complete=True).ok


def test_yes_to_using_an_unknown_thing_is_using_it(critic, make_scene, holmes) -> None:
    """A Victorian who says "Yes" to "Do you use email?" explains nothing and gives all away."""
    asked = make_scene(holmes, "Do you use email?")
    assert critic.check("Yes, often.", asked, complete=True).quote == "email"
    assert critic.check("No, never.", asked, complete=True).ok
    assert critic.check("Yes, often.", make_scene(holmes, "Do you use the telephone?"), complete=True).ok
