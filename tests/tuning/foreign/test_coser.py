"""Scenes of books in CoSER's shape."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from roleagent.tuning.foreign.coser import is_mine, read
from roleagent.tuning.foreign.items import Item

BOOK: dict[str, Any] = {
    "plots": [
        {
            "summary": "The mill has burned down.",
            "key_characters": [{"name": "Orla", "description": "The miller.", "experience": "She lost all."}],
            "conversation": [
                {
                    "scenario": "Night, by the river.",
                    "key_characters": [{"name": "Orla", "motivation": "I want the truth."}],
                    "dialogues": [
                        {"character": "Piet", "message": "[She knows.] (looks away) It was an accident."},
                        {"character": "Environment", "message": "The river is loud."},
                        {"character": "Orla", "message": "[Liar.] Was it?"},
                    ],
                }
            ],
        }
    ],
    "character_datasets": {"Orla": {"profile": "Orla is stubborn."}},
}


def test_a_book_gives_a_dialogue_for_each_who_speaks():
    """Profile, what happened, the scene and what moves her stand in the system message."""
    piet, orla = read(Item("here", BOOK))
    assert (piet.note["character"], piet.reply) == ("Piet", "(looks away) It was an accident.")
    assert orla.system == (
        "You are Orla.\n\nOrla is stubborn.\n\nThe miller.\n\nShe lost all.\n\nThe mill has burned down.\n\n"
        "Night, by the river.\n\nI want the truth."
    )
    assert orla.asked == "Piet: (looks away) It was an accident.\nThe river is loud."
    assert orla.reply == "Was it?"
    assert orla.source == "import:coser"


def test_a_conversation_of_the_test_set_gives_the_same():
    """There the plot and the profiles stand beside the lines."""
    [plot] = copy.deepcopy(BOOK["plots"])
    [conversation] = plot.pop("conversation")
    item = {**conversation, "plot": plot, "character_profiles": {"Orla": "Orla is stubborn."}, "book": "Mill"}
    assert is_mine(item)
    assert list(read(Item("here", item))) == list(read(Item("here", BOOK)))


def test_a_broken_line_is_placed_within_the_book():
    """A book has hundreds of scenes."""
    book = copy.deepcopy(BOOK)
    del book["plots"][0]["conversation"][0]["dialogues"][1]["character"]
    with pytest.raises(ValueError, match=r"plots\[0\]\.conversation\[0\]: a line has no 'character'"):
        list(read(Item("here", book)))


def test_a_chinese_character_is_told_in_chinese():
    """The system message is in the scene's language."""
    lines = [{"character": "王二", "message": "你来了。"}, {"character": "李三", "message": "来了。"}]
    scene = {"scenario": "夜里，河边。", "dialogues": lines}
    assert [each.system for each in read(Item("here", scene))] == [
        "你就是王二。\n\n夜里，河边。",
        "你就是李三。\n\n夜里，河边。",
    ]
