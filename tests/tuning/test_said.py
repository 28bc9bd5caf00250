"""What a user says is told apart from the notes above it."""

from __future__ import annotations

from roleagent.tuning.dialogues import Dialogue, Message
from roleagent.tuning.said import learned_part, parted, said_last
from roleagent.workflow.prompt_words import words_in


def dialogue(*texts: str, learn: bool = False, language: str = "en") -> Dialogue:
    """The user and the assistant in turn."""
    roles = ("user", "assistant")
    return Dialogue(
        messages=tuple(
            Message(role=roles[at % 2], text=text, learn=learn and at % 2 == 1)  # type: ignore[arg-type]
            for at, text in enumerate(texts)
        ),
        language=language,
    )


def test_notes_of_several_blocks_are_all_above():
    """There is a blank line between the blocks too."""
    notes = "[What you know:\n- It rains.\n\nHow things stand:\n- Noon.]\n\n"
    assert parted(f"{notes}Shall we go?") == (notes, "Shall we go?")


def test_a_user_who_begins_with_a_bracket_has_no_notes():
    """Nor does a text of two paragraphs."""
    assert parted("(laughs)\n\nShall we go?") == ("", "(laughs)\n\nShall we go?")


def test_silence_is_nothing_said():
    """The words that stand for it are the prompt's."""
    for language in ("en", "zh"):
        silent = words_in(language)["silent"]
        assert said_last(dialogue(silent, "Well?", language=language)) == ""
        assert said_last(dialogue(f"[Noon.]\n\n{silent}", "Well?", language=language)) == ""
    assert said_last(dialogue("[Noon.]\n\nHello.", "Well?")) == "Hello."


def test_what_is_learned_begins_with_the_question_to_it():
    """Of a conversation that is learned whole, all of it; else the last exchange."""
    talk = ("a", "b", "c", "d")
    assert [each.text for each in learned_part(dialogue(*talk))] == ["c", "d"]
    assert [each.text for each in learned_part(dialogue(*talk, learn=True))] == [*talk]
