"""A scene of several speakers is a dialogue of each with the rest."""

from __future__ import annotations

import pytest

from roleagent.tuning.dialogues import Message
from roleagent.tuning.foreign.scenes import Line, alternating, dialogues_of, language_of
from roleagent.workflow.prompt_words import words_in

SCENE = [
    Line("Environment", "A lamp goes out."),
    Line("Ann", "[Where is he?] Who is there?"),
    Line("Bob", "(steps closer) Only me."),
    Line("Bob", "[I must not tell.]"),
    Line("Ann", "You frightened me."),
    Line("Cat", "Meow."),
]


def test_each_speaker_has_a_dialogue_with_the_others():
    """Others are named and keep their thoughts to themselves; who narrates is no character."""
    ann, bob, cat = dialogues_of(SCENE, systems={"Ann": "You are Ann."}, source="test")
    assert [each.note["character"] for each in (ann, bob, cat)] == ["Ann", "Bob", "Cat"]
    assert ann.messages == (
        Message(role="system", text="You are Ann."),
        Message(role="user", text="A lamp goes out."),
        Message(role="assistant", text="Who is there?", learn=True),
        Message(role="user", text="Bob: (steps closer) Only me."),
        Message(role="assistant", text="You frightened me.", learn=True),
    )
    assert bob.asked == "A lamp goes out.\nAnn: Who is there?"
    assert bob.reply == "(steps closer) Only me."
    assert cat.asked.endswith("Ann: You frightened me.")


def test_who_speaks_first_answers_silence():
    """Chat templates want the user first."""
    [one] = dialogues_of([Line("春日", "出发！")], systems={}, source="test")
    assert [each.role for each in one.messages] == ["user", "assistant"]
    assert one.asked == words_in("zh")["silent"]
    assert one.language == "zh"


def test_a_late_system_message_is_refused():
    """No chat template of ours knows one."""
    told = [Message(role="user", text="a"), Message(role="system", text="b")]
    with pytest.raises(ValueError, match="not the first"):
        alternating(told, "en")


def test_a_scene_without_words_gives_nothing():
    """Thoughts alone are nothing to learn."""
    assert list(dialogues_of([Line("Ann", "[Hm.]")], systems={}, source="test")) == []


@pytest.mark.parametrize(
    ("text", "language"), [("", "en"), ("さくらが咲いた", "ja"), ("안녕하세요", "ko"), ("茶。", "zh")]
)
def test_the_script_tells_the_language(text: str, language: str):
    """Kana before Han: Japanese has both."""
    assert language_of(text) == language
