"""Hold a growing draft back and release it sentence by sentence, as the critics pass it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from roleagent.sentences import last_sentence_end

Judge = Callable[[str], Awaitable[bool]]


class SentenceGate:
    """Between the model's tokens and the user's eyes.

    Args:
        judge: whether a draft, up to the end of a sentence, may be shown; None shows every token at once.
        release: called with each piece of text that may be shown.
        speaker: the persona's name, taken off when the model begins with it ("Holmes: …").
        released: what the user has already been shown of this answer.

    Attributes:
        draft: all text so far, `released` of earlier attempts included.
        released: the part of it that has been shown.
    """

    def __init__(
        self, *, judge: Judge | None, release: Callable[[str], None], speaker: str, released: str = ""
    ) -> None:
        self._judge, self._release, self._speaker = judge, release, speaker
        self._before = f"{released.rstrip()} " if released else ""
        self._written = ""
        self.released = released

    @property
    def draft(self) -> str:
        """The whole answer so far."""
        return self._before + self._fresh()

    async def feed(self, piece: str) -> bool:
        """Take the next piece; False means that a sentence was rejected and writing should stop."""
        self._written += piece
        if _may_become_label(self._written, self._speaker) or self._may_be_repeating():
            return True
        draft = self.draft
        end = len(draft) if self._judge is None else self._sentences_end(draft)
        if end <= len(self.released):
            return True
        if self._judge is not None and not await self._judge(draft[:end]):
            return False
        self.release_up_to(end)
        return True

    def release_up_to(self, end: int) -> None:
        """Show the draft up to a position, as far as it has not been shown; white space at its end waits."""
        fresh = self.draft[:end].rstrip()[len(self.released) :]
        if fresh:
            self.released += fresh
            self._release(fresh)

    def _fresh(self) -> str:
        """What this attempt adds: some models begin again with what was shown."""
        text, shown = _without_label(self._written, self._speaker), self._before.rstrip()
        return text[len(shown) :].lstrip() if shown and text.startswith(shown) else text

    def _may_be_repeating(self) -> bool:
        text, shown = _without_label(self._written, self._speaker), self._before.rstrip()
        return len(text) < len(shown) and shown.startswith(text)

    def _sentences_end(self, draft: str) -> int:
        return len(self._before) + last_sentence_end(draft[len(self._before) :])


def _labels(speaker: str) -> tuple[str, ...]:
    return tuple(f"{name}{colon}" for name in {speaker, *speaker.split()[-1:]} for colon in ":：")


def _may_become_label(text: str, speaker: str) -> bool:
    start = text.lstrip()
    return any(len(start) < len(label) and label.startswith(start) for label in _labels(speaker))


def _without_label(text: str, speaker: str) -> str:
    start = text.lstrip()
    for label in _labels(speaker):
        if start.startswith(label):
            return start[len(label) :].lstrip()
    return start
