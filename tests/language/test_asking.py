"""What a message asks for, by its words."""

from __future__ import annotations

import pytest

from roleagent.language.asking import asks, is_of_the_moment, is_personal


@pytest.mark.parametrize(
    ("text", "personal", "moment"),
    [
        ("Who is your brother?", True, False),
        ("Did you ever see the sea?", True, False),
        ("Where were you born?", True, False),
        ("Thank you.", True, False),
        ("What's on your shelf at the moment?", False, True),
        ("Do you have any rooms tonight?", False, True),
        ("Is the bread nearly done?", False, True),
        ("Can you fly me to Ceres?", False, False),
        ("What does the stew cost?", False, False),
        ("您最爱喝什么茶？", True, False),
        ("你师父是谁？", True, False),
        ("下一班船几点开？", False, True),
        ("还有龙井吗？", False, True),
        ("您家还有龙井吗？", False, True),
        ("你家有几口人？", True, False),
        ("现在那里人多吗？", False, True),
        ("你是哪里人？", True, False),
    ],
)
def test_a_message_about_the_character_or_about_now(text: str, personal: bool, moment: bool) -> None:
    """Tools tell how things stand; whom one loves or where one was born, a character knows itself."""
    assert (is_personal(text), is_of_the_moment(text)) == (personal, moment)


@pytest.mark.parametrize(
    "text", ["Long day today\nplay a tune", "Long day today\n\n  play a tune", "tell\nme of it"]
)
def test_a_line_may_begin_a_sentence_or_go_on_with_one(text: str) -> None:
    """Who writes in a chat often ends a line and no sentence."""
    assert asks(text)
    assert not asks("We had a day of play\nand a tune")


def test_only_the_start_of_a_long_message_is_read() -> None:
    """It is asked in every turn, of whatever somebody pastes."""
    assert not is_personal("word " * 10_000 + "Who is your brother?")
