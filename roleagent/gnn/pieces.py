"""What of an utterance is scored by itself: each question in it, and the whole."""

from __future__ import annotations

from typing import NamedTuple

from roleagent.language.sentences import is_question, split_sentences
from roleagent.language.tokens import words

_BESIDE_A_QUESTION = 0.5  # weight of a whole utterance against the question in it
_FEW_WORDS = 2  # "Where to?" asks for nothing by itself
_MAX_PIECES = 6  # questions of one utterance that are scored by themselves


class Piece(NamedTuple):
    """A part of an utterance."""

    text: str
    weight: float


def pieces_of(said: str) -> list[Piece]:
    """The questions first, then the whole; only the whole if there is no question or nothing else.

    >>> pieces_of("I am Ann. Where do you live?")
    [Piece(text='Where do you live?', weight=1.0), Piece(text='I am Ann. Where do you live?', weight=0.5)]
    >>> len(pieces_of("I want to send Ann a letter. Where to?"))
    1
    """
    sentences = split_sentences(said)
    questions = [each for each in sentences if is_question(each) and len(words(each)) > _FEW_WORDS]
    questions = questions[-_MAX_PIECES:]
    if not questions or len(sentences) == 1:
        return [Piece(said, 1.0)]
    return [*(Piece(question, 1.0) for question in questions), Piece(said, _BESIDE_A_QUESTION)]
