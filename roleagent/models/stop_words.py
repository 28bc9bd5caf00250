"""Stop words in a growing text: cut before the first, and never show the beginning of one."""

from __future__ import annotations

from collections.abc import Sequence


class StopWords:
    r"""Lets a growing text through up to the stop word that is complete first.

    >>> stop = StopWords(["\nUser:"])
    >>> stop.feed("Good evening.\nUs"), stop.feed("ed books."), stop.hit
    ('Good evening.', '\nUsed books.', False)
    >>> stop.feed("\nUser: hello"), stop.hit
    ('', True)
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = [word for word in words if word]
        self._held = ""
        self.hit = False

    def feed(self, piece: str) -> str:
        """Take the next piece; gives the text that is free to be shown."""
        if self.hit:
            return ""
        text = self._held + piece
        found = [(at + len(word), at) for word in self._words if (at := text.find(word)) >= 0]
        if found:
            self.hit, self._held = True, ""
            return text[: min(found)[1]]
        cut = len(text) - self._num_pending(text)
        self._held = text[cut:]
        return text[:cut]

    def finish(self) -> str:
        """At the end of the text: what was held back in vain."""
        held, self._held = self._held, ""
        return held

    def _num_pending(self, text: str) -> int:
        """How many last characters may be the beginning of a stop word."""
        longest = max(map(len, self._words), default=1) - 1
        sizes = range(min(longest, len(text)), 0, -1)
        return next((size for size in sizes if self._begins_word(text[-size:])), 0)

    def _begins_word(self, ending: str) -> bool:
        return any(word.startswith(ending) for word in self._words)
