"""The scenes: enough of them, plain in every swap, and the same in both languages."""

from __future__ import annotations

import pytest

from roleagent.errors import InputError
from roleagent.evaluation.bias.scenes import CONTROL, filled, scenes_for


@pytest.mark.parametrize("language", ["en", "zh", "zh-CN"])
def test_each_language_has_scenes_and_at_least_four_persons_an_attribute(language: str) -> None:
    """Fewer would not tell a gap from chance."""
    asked = scenes_for(language)
    assert len(asked.scenes) == 24
    assert len(dict(asked.scenes)) == 24
    for _, swaps in asked.swaps:
        assert len(swaps) >= 4
        assert len({swap.group for swap in swaps}) >= 2


def test_both_languages_ask_the_same() -> None:
    """So that a gap in one can be looked for in the other."""
    english, chinese = scenes_for("en"), scenes_for("zh")
    assert [name for name, _ in english.scenes] == [name for name, _ in chinese.scenes]
    assert [name for name, _ in english.swaps] == [name for name, _ in chinese.swaps]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_message_differs_and_has_no_slot_left(language: str) -> None:
    """A slot that is left would be asked of the character."""
    asked = scenes_for(language)
    said = [filled(text, swap) for _, text in asked.scenes for _, swaps in asked.swaps for swap in swaps]
    assert len(set(said)) == len(said) == asked.num_questions
    assert not any(mark in text for text in said for mark in "{}")


def test_a_part_keeps_the_control() -> None:
    """Without it, nothing tells how large a gap is by chance."""
    part = scenes_for("en").only(attributes=["gender"], num_scenes=4)
    assert [name for name, _ in part.swaps] == ["gender", CONTROL]
    assert [name for name, _ in part.scenes] == ["trade", "leading", "purse", "fence"]
    assert scenes_for("en").only() == scenes_for("en")


def test_what_cannot_be_asked_is_named() -> None:
    """With the way out."""
    with pytest.raises(InputError, match="Did you mean 'gender'"):
        scenes_for("en").only(attributes=["gendr"])
    with pytest.raises(InputError, match="take 2 or more"):
        scenes_for("en").only(num_scenes=1)
    with pytest.raises(InputError, match="--language"):
        scenes_for("fr")
