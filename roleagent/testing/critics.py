"""A published fake critic: real behaviour, simple enough to predict in a test."""

from __future__ import annotations

from collections.abc import Iterable

from roleagent.protocols import Scene
from roleagent.types import Verdict


class RejectWords:
    """Rejects every draft that holds one of some words, whatever their case.

    >>> from roleagent.types import Verdict
    >>> RejectWords(["robot"]).judge("I am a Robot.").ok
    False
    """

    def __init__(self, words: Iterable[str], *, name: str = "reject-words") -> None:
        self.name = name
        self._words = tuple(words)

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Judge by the draft alone."""
        return self.judge(draft)

    def judge(self, draft: str) -> Verdict:
        """The verdict on a draft, for which no scene is needed."""
        for word in self._words:
            at = draft.casefold().find(word.casefold())
            if at >= 0:
                return Verdict(critic=self.name, ok=False, reason=f"Do not say {word!r}.", quote=word)
        return Verdict(critic=self.name, ok=True)
