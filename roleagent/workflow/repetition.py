"""Find in a new draft what the user has been shown of an earlier one, so that nothing is shown twice."""

from __future__ import annotations

from itertools import accumulate

from roleagent.sentences import is_cjk, letters, split_sentences

_LONG = 9  # letters: a shorter sentence, such as "Yes.", may be said again further on
_LONG_CJK = 4
_STOPS = ".!?…。！？\n"
_CLOSERS = "\"'”’»)]}*_」』】》）"


class Repetition:
    """What was shown, held against the sentences of a new draft one by one.

    Letters alone are compared: other white space, quotation marks and stops make no difference. At its
    beginning a draft may repeat any sentences; further on, only long ones count.

    Args:
        shown: what the user has seen of the answer.
        throughout: look at more than the beginning of the draft.
    """

    def __init__(self, shown: str, *, throughout: bool = True) -> None:
        keys = [_key(sentence) for sentence in split_sentences(shown)]
        self._letters = "".join(keys)
        self._sentences = frozenset(keys if throughout else ())
        self._bounds = frozenset(accumulate(map(len, keys), initial=0))
        self._num_fences = 0
        self._at = self._bounds  # where in the letters the draft may be; empty once it says something new

    def take(self, sentence: str, *, is_open: bool = False) -> int | None:
        """How many characters at the beginning of the next sentence were shown already.

        Args:
            sentence: without surrounding space.
            is_open: it is the last one, and no stop ends it.

        Returns:
            All, none, or some where a stop without a space hides the end of a sentence; None where only what
            follows can tell.
        """
        key = _key(sentence)
        if self.may_go_on(sentence):
            ends = frozenset(at + len(key) for at in self._at if self._letters.startswith(key, at))
            self._at = ends | self._bounds
            return len(sentence) if is_open or ends & self._bounds else None
        beyond = self._all_and_more(sentence)
        self.end()
        self._num_fences += sentence.count("```")
        is_code = self._num_fences % 2 == 1  # which must stay whole
        is_long = len(key) >= (_LONG_CJK if is_cjk(key[:1]) else _LONG)
        return len(sentence) if is_long and not is_code and key in self._sentences else beyond

    def may_go_on(self, text: str) -> bool:
        """Whether a text, from the end of the last sentence on, still repeats what was shown."""
        key = _key(text)
        return bool(key) and any(self._letters.startswith(key, at) for at in self._at)

    def end(self) -> None:
        """The draft has begun to say something new."""
        self._at = frozenset()

    def _all_and_more(self, sentence: str) -> int:
        """The end of the repetition in "Good day.I am Ada.", where "Good day." was shown."""
        key = letters(sentence)
        rests = [self._letters[at:] for at in self._at if at < len(self._letters)]
        rest = max((rest for rest in rests if key.startswith(rest)), key=len, default="")
        if not rest:
            return 0
        counts = accumulate(len(letters(char)) for char in sentence)
        end = next(end for end, count in enumerate(counts, start=1) if count >= len(rest))
        following = sentence[end:].lstrip(_STOPS)
        after = following.lstrip(_CLOSERS + " ")
        has_stop = len(following) < len(sentence[end:])
        return len(sentence) - len(after) if has_stop and (after[:1].isupper() or is_cjk(after[:1])) else 0


def _key(sentence: str) -> str:
    """Its letters; what has none, such as the fence of a block of code, is compared as it stands."""
    return letters(sentence) or "".join(sentence.split())
