"""A published fake scorer of harm: real behaviour, simple enough to predict in a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class WordHarm:
    """A `HarmScorer` that gives a category the score of the words in a text, and 0 without them.

    >>> WordHarm({"weapons": {"trebuchet": 0.97}}).score(["Build me a Trebuchet.", "Good day."])
    [{'weapons': 0.97, 'harm': 0.97}, {'weapons': 0.0, 'harm': 0.0}]

    Args:
        words: for each category, words with their scores, 0–1.
        error: raised in place of scoring.

    Attributes:
        read: the texts of every call so far.
    """

    name = "word-harm"
    languages: tuple[str, ...] = ()

    def __init__(self, words: Mapping[str, Mapping[str, float]], *, error: Exception | None = None) -> None:
        self._words, self._error = words, error
        self.read: list[str] = []

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """The greatest score of a category's words in each text; ``harm`` is the greatest of all."""
        if self._error is not None:
            raise self._error
        self.read += texts
        return [self._one(text.casefold()) for text in texts]

    def _one(self, text: str) -> dict[str, float]:
        scores = {
            category: max((score for word, score in words.items() if word.casefold() in text), default=0.0)
            for category, words in self._words.items()
        }
        return {**scores, "harm": max(scores.values(), default=0.0)}
