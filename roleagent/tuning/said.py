"""What the user says in a message, apart from notes in brackets above it; see `roleagent.workflow.prompt`."""

from __future__ import annotations

from roleagent.tuning.dialogues import Dialogue, Message
from roleagent.workflow.prompt_words import words_in


def parted(text: str) -> tuple[str, str]:
    r"""A user's message in two: notes with the gap after them, and what is said. Joined, they are the text.

    >>> parted("[What you know:\n- It rains.]\n\nHow is the weather?")
    ('[What you know:\n- It rains.]\n\n', 'How is the weather?')
    >>> parted("Good evening.")
    ('', 'Good evening.')
    """
    notes, gap, said = text.rpartition("\n\n")
    if notes.startswith("[") and notes.endswith("]"):
        return f"{notes}{gap}", said
    return "", text


def said_last(dialogue: Dialogue) -> str:
    """What the user says last; empty if nothing, or if a stand-in says that the user is silent."""
    said, words = parted(dialogue.asked)[1], words_in(dialogue.language)
    return "" if said in (words["silent"], words["unheard"]) else said


def learned_part(dialogue: Dialogue) -> tuple[Message, ...]:
    """The messages from the user's before the first reply that is learned; the whole of a single question."""
    first = next(at for at, each in enumerate(dialogue.messages) if each.learn)
    is_asked = first > 0 and dialogue.messages[first - 1].role == "user"
    return dialogue.messages[first - 1 if is_asked else first :]
