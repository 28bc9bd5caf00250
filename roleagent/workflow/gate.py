"""Hold back a growing draft and release it sentence by sentence, as the critics pass it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Awaitable, Callable, Collection, Iterable
from itertools import accumulate
from typing import NamedTuple

from roleagent.language.scripts import breaks_anywhere
from roleagent.language.sentences import (
    cut_sentences,
    ends_sentence,
    letters,
    next_sentence_end,
    split_sentences,
)

_LONG = 9  # letters: a shorter sentence, such as "Yes.", may be said again further on
_LONG_UNSPACED = 4
_STOPS = ".!?…。！？\n"
_CLOSERS = "\"'”’»)]}*_」』】》）"


class Repetition:
    """Finds sentences of a new draft that repeat what was shown.

    Only letters are compared: white space, quotation marks and stops make no difference. At the start of a
    draft any repeated sentence counts; later on, only long ones do.

    Args:
        shown: what the user has seen of the answer.
        throughout: check the whole draft and not only its start.
    """

    def __init__(self, shown: str, *, throughout: bool = True) -> None:
        keys = [_key(sentence) for sentence in split_sentences(shown)]
        self._letters = "".join(keys)
        self._sentences = frozenset(keys if throughout else ())
        self._bounds = frozenset(accumulate(map(len, keys), initial=0))
        self._num_fences = 0
        self._at = self._bounds  # where in the letters the draft may be; empty once it says something new

    def take(self, sentence: str, *, is_open: bool = False) -> int | None:
        """How many characters at the start of the next sentence were already shown.

        Args:
            sentence: without surrounding space.
            is_open: whether it is the last sentence and has no full stop yet.

        Returns:
            All, none, or some if a missing space hides the end of a sentence; None if more text is needed to
            decide.
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
        is_long = len(key) >= (_LONG_UNSPACED if breaks_anywhere(key[:1]) else _LONG)
        return len(sentence) if is_long and not is_code and key in self._sentences else beyond

    def may_go_on(self, text: str) -> bool:
        """Whether a text after the last sentence still repeats what was shown."""
        key = _key(text)
        return bool(key) and any(self._letters.startswith(key, at) for at in self._at)

    def end(self) -> None:
        """Note that the draft now says something new."""
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
        goes_on = has_stop and (after[:1].isupper() or breaks_anywhere(after[:1]))
        return len(sentence) - len(after) if goes_on else 0


def _key(sentence: str) -> str:
    """The letters of a sentence; a text without letters, such as a code fence, is compared as it is."""
    return letters(sentence) or "".join(sentence.split())


Judge = Callable[[str], Awaitable[bool]]
Mend = Callable[[str], str]
MOST_REPAIRS = 3
"""Sentences of a reply that may be mended: a draft that is wrong more often is not worth it."""

_CONTEXT = 48  # characters before a sentence that the search for its end may look at
_OWN_LINE = re.compile(r"(?:[-*+•>|]|\d{1,2}[.)]|#{1,6})\s|```")
_STOPS_GATE = tuple(".!?…。！？")
_OPENERS = "\"'“‘«([{*_「『【《（"
_QUOTES = {'"': '"', "“": "”", "「": "」", "『": "』"}
_MOST_QUOTED = 400  # characters behind a first quotation mark that wait for the one that ends all
_NO_WORDING = re.compile(r"[\s\"'“”‘’«»「」『』*_]+")


class _Piece(NamedTuple):
    """A sentence and the white space before it."""

    space: str
    sentence: str


class SentenceGate:
    """Between the model's tokens and the user's eyes.

    How the model splits its text makes no difference: each sentence is judged as soon as it is complete.

    Args:
        judge: whether a draft, up to the end of a sentence, may be shown; None shows every token immediately.
            If the draft continues shown text, its new part starts on a new line (see `in_lines`).
        release: called with each piece of text that may be shown.
        speaker: the persona's name, removed if the model begins with it ("Holmes: …"). Quotation marks around
            all that is said are removed too.
        released: what the user has already been shown of this answer.
        refused: wordings (see `wording`) of sentences that were rejected before: neither they nor an
            unfinished piece of one pass, and the judge is not asked again.
        mend: what may stand in place of a sentence that the judge has just rejected; empty for nothing. If
            the judge passes the draft with it, writing goes on.
        on_repair: called with a sentence and what is said in its place, before that is released.
        mended: sentences that were mended before, with what was said in their place.

    Attributes:
        draft: the text that passed and, after a rejection or `finish`, the text after it.
        released: the part of `draft` that has been shown.
        rejected: the rejected sentence.
        seam: the position in the draft at which the text of this attempt begins.
    """

    def __init__(
        self,
        *,
        judge: Judge | None,
        release: Callable[[str], None],
        speaker: str,
        released: str = "",
        refused: Collection[str] = (),
        mend: Mend = lambda _: "",
        on_repair: Callable[[str, str], None] = lambda *_: None,
        mended: Iterable[tuple[str, str]] = (),
    ) -> None:
        self._judge, self._release, self._refused = judge, release, refused
        self._mend, self._on_repair = mend, on_repair
        self._mended = {wording(was): now for was, now in mended}
        self._labels = [f"{name}{colon}" for name in {speaker, *speaker.split()[-1:]} for colon in ":："]
        self.released = released.rstrip()
        self.rejected = ""
        self.restart()

    def restart(self) -> None:
        """Discard the draft, except for the part that was shown."""
        self.draft, self.seam = self.released, len(self.released)
        self._repetition = Repetition(self.released, throughout=self._judge is not None)
        self._begun = False  # no label is to be expected any more
        self._text = ""  # what was written, from a little before what waits
        self._waiting_at = self._look_from = 0
        self._space = ""
        self._has_dropped = False  # whether that stood on both sides of a sentence
        self._doubtful: list[_Piece] = []  # the next sentence tells whether they repeat what was shown

    async def feed(self, text: str) -> bool:
        """Add the next piece of text; False means that a sentence was rejected and writing should stop."""
        self._text += text
        if not self._begun and not self._begin():
            return True
        while (sentence := self._next_sentence()) is not None:
            for piece in self._new_in(sentence):
                if not await self._pass(piece):
                    return False
        if self._judge is None:
            self._show_the_beginning_of_the_next()
        return True

    def finish(self, *, was_cut: bool = False) -> str:
        """End the draft and return all of it; its last sentence may not have been judged yet.

        Args:
            was_cut: whether the model was stopped early; then an unfinished sentence is dropped, unless it is
                the only one.
        """
        if self.rejected:
            return self.draft
        rest = [text for text in cut_sentences(self._unlabelled()) if text.strip()]
        is_open = bool(rest) and not ends_sentence(rest[-1])
        if was_cut and is_open and (self.draft or self._doubtful or len(rest) > 1):
            rest, is_open = rest[:-1], False
        last = len(rest) - 1
        new = [
            piece
            for at, text in enumerate(rest)
            for piece in self._new_in(text, is_open=is_open and at == last)
        ]
        for piece in [*new, *self._doubtful]:
            if self._is_mended(piece.sentence):
                continue  # what was said in its place stands in the draft
            self.draft = self._with(piece)
            if self._is_refused(piece.sentence):
                self.rejected = piece.sentence
                break
        return self.draft

    def _unlabelled(self) -> str:
        """The waiting text, without a speaker's label or quotation marks around all of it."""
        waiting = self._text[self._waiting_at :]
        if self._begun or waiting.strip() in self._labels:
            return waiting if self._begun else ""
        start = self._after_label(waiting.strip())
        is_quoted = self._may_be_quoted_whole(start) and start.endswith(_QUOTES[start[0]])
        return start[1:-1] if is_quoted and len(start) > 1 else start

    def _begin(self) -> bool:
        """Remove the speaker's label, once there is enough text to recognise it."""
        self._text = start = self._text.lstrip()
        if any(label.startswith(start) for label in self._labels):
            return False
        start = self._after_label(start)
        if self._judge is not None and self._may_be_quoted_whole(start):
            return False
        self._begun = bool(start)
        if self._begun:
            self._text = start
        return self._begun

    @staticmethod
    def _may_be_quoted_whole(start: str) -> bool:
        """Whether all that is said may stand in one pair of quotation marks, as in a play."""
        closing = _QUOTES.get(start[:1])
        if closing is None or len(start) > _MOST_QUOTED:
            return False
        end = start.find(closing, 1)
        return end < 0 or not start[end + 1 :].strip()

    def _after_label(self, start: str) -> str:
        label = next((label for label in self._labels if start.startswith(label)), "")
        return start.removeprefix(label).lstrip()

    def _next_sentence(self) -> str | None:
        """The next sentence that is certainly complete, with the space before and after it."""
        end, self._look_from = next_sentence_end(self._text, self._look_from)
        if not end:
            return None
        sentence = self._text[self._waiting_at : end]
        spare = max(0, end - _CONTEXT)  # what passed is dropped, up to a little context
        self._text = self._text[spare:]
        self._waiting_at = end - spare
        self._look_from -= spare
        return sentence

    def _new_in(self, text: str, *, is_open: bool = False) -> list[_Piece]:
        """The part of a sentence that was not shown yet, and what it settles about the text before it."""
        space, self._space = self._space + text[: len(text) - len(text.lstrip())], ""
        sentence = text.strip()
        if not sentence:
            self._space = space
            return []
        self._space = text[len(text.rstrip()) :]
        known = self._repetition.take(sentence, is_open=is_open)
        if known is None:
            self._doubtful.append(_Piece(space, sentence))
            return []
        doubtful, self._doubtful = self._doubtful, []
        if known == len(sentence):
            self._space = f"{space}{self._space}"  # of both sides, so that lines stay lines
            self._has_dropped = True
            return []
        if self._has_dropped:
            space = "\n" * min(space.count("\n"), 2) or space[:1]
            self._has_dropped = False
        if known:
            return [_Piece("", sentence[known:])]
        return [*doubtful, _Piece(space, sentence)]

    async def _pass(self, piece: _Piece) -> bool:
        """Judge a sentence and show it, or what may stand in its place."""
        if self._is_mended(piece.sentence):
            return True
        draft = self._with(piece)
        if self._judge is not None and (
            self._is_refused(piece.sentence) or not await self._judge(in_lines(draft, self.seam))
        ):
            if not self._is_refused(piece.sentence) and await self._pass_mended(piece):
                return True
            self.draft, self.rejected = draft, piece.sentence
            return False
        self.draft = draft
        self._show()
        return True

    async def _pass_mended(self, piece: _Piece) -> bool:
        """Judge and show what may stand in place of a rejected sentence; nothing if it was said already."""
        now = self._mend(piece.sentence)
        if self._judge is None or not now or len(self._mended) >= MOST_REPAIRS or self._is_refused(now):
            return False
        is_said = letters(now) in map(letters, split_sentences(self.draft))
        draft = self.draft if is_said else self._with(_Piece(piece.space, now))
        if not is_said and not await self._judge(in_lines(draft, self.seam)):
            return False
        self._mended[wording(piece.sentence)] = now
        self._on_repair(piece.sentence, now)
        if not is_said:
            self.draft = draft
            self._show()
        return True

    def _show_the_beginning_of_the_next(self) -> None:
        """Without a judge, show every token; white space at the end waits."""
        text = self._text[self._waiting_at :]
        if not text.strip() or self._repetition.may_go_on(text):
            return
        self._repetition.end()
        self._waiting_at = len(self._text)
        for piece in [*self._doubtful, *self._new_in(text)]:
            self.draft = self._with(piece)
        self._doubtful = []
        self._show()

    def _show(self) -> None:
        fresh, self.released = self.draft[len(self.released) :], self.draft
        self._release(fresh)

    def _with(self, piece: _Piece) -> str:
        """The draft with one more sentence; the first sentence of an attempt is joined to the shown text."""
        if len(self.draft) > self.seam or not self.draft:
            return f"{self.draft}{piece.space if self.draft else ''}{piece.sentence}"
        joined = f"{self.draft}{piece.space or joint(self.draft, piece.sentence)}"
        self.seam = len(joined)
        return f"{joined}{piece.sentence}"

    def _is_refused(self, sentence: str) -> bool:
        """Whether a sentence was rejected before, or is the unfinished start of one that was."""
        return _is_among(sentence, self._refused)

    def _is_mended(self, sentence: str) -> bool:
        """Whether a sentence was mended before, so that its place is taken."""
        return _is_among(sentence, self._mended)


def _is_among(sentence: str, wordings: Collection[str]) -> bool:
    """Whether a sentence has one of some wordings, or is the unfinished start of one."""
    words = wording(sentence)
    if words in wordings:
        return True
    breaks_off = bool(words) and sentence.rstrip(_CLOSERS)[-1:] not in _STOPS_GATE
    return breaks_off and any(each.startswith(words) for each in wordings)


def wording(sentence: str) -> str:
    """A sentence without white space, quotation marks, emphasis and case, to recognise repetitions."""
    return _NO_WORDING.sub("", unicodedata.normalize("NFKC", sentence).casefold())


def in_lines(draft: str, seam: int) -> str:
    r"""A draft as critics read it: the part after the seam starts on a new line.

    The model wrote that part at the start of a line, and only there is "User:" a speaker's label.

    >>> in_lines("Good day. User: Hello.", 10)
    'Good day.\nUser: Hello.'
    """
    return f"{draft[:seam].rstrip()}\n{draft[seam:]}" if 0 < seam < len(draft) else draft


def joint(before: str, after: str) -> str:
    r"""The separator between two texts that are shown one after the other.

    >>> joint("Good day.", "I am Ada."), joint("你好。", "我是悟空。"), joint("I need:", "- tea")
    (' ', '', '\n')
    """
    before, after = before.rstrip(), after.lstrip()
    if not before or not after:
        return ""
    if _OWN_LINE.match(before.rpartition("\n")[2]) or _OWN_LINE.match(after):
        return "\n"
    ends = before.rstrip(_CLOSERS)[-1:], after.lstrip(_OPENERS)[:1]
    spaces = ("", " ") if any(map(breaks_anywhere, filter(None, ends))) else (" ",)
    before, after = before[-_CONTEXT:], after[:_CONTEXT]
    for space in spaces:
        if len(before) in accumulate(map(len, cut_sentences(f"{before}{space}{after}"))):
            return space  # with it, the first text still ends a sentence
    return "\n"
