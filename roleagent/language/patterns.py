"""Regular expressions over what strangers write, in time that grows with the text and no faster.

Two rules see to it. A pattern reads one passage at a time: at most `PASSAGE_CHARS` characters, with white
space evened. And a group in a pattern repeats at most `MOST_REPEATS` times, so that two ways to read one word
cannot multiply without end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

PASSAGE_CHARS = 600  # nobody says more in one breath
MOST_REPEATS = 5
_OVERLAP = 100  # of two passages, so that what is cut through is whole in one of them
_SPACE = re.compile(r"\s+")
_REPEATED_GROUP = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\)([*+])", re.DOTALL)

# An opening mark stops the search for a closing one, and a quotation mark within a word is an apostrophe.
QUOTATION = re.compile(
    r"\"[^\"]*\"|“[^“”]*”|«[^«»]*»|「[^「」]*」|『[^『』]*』|《[^《》]*》"
    r"|(?<!\w)'(?:[^'\n]|(?<=\w)'(?=\w))*'(?!\w)|(?<!\w)‘(?:[^‘’\n]|(?<=\w)’(?=\w))*’(?!\w)"
)


def bounded(pattern: str) -> str:
    """The same pattern, with every unlimited repetition of a group limited to `MOST_REPEATS` times.

    >>> bounded(r"(?:very )*good [)*]+")
    '(?:very ){0,5}good [)*]+'
    """
    least = {"*": 0, "+": 1}
    return _REPEATED_GROUP.sub(
        lambda found: f"){{{least[found[1]]},{MOST_REPEATS}}}" if found[1] else found[0], pattern
    )


def evened(text: str) -> str:
    r"""Every run of white space as one blank, or as one line break if it holds one.

    >>> evened("Good   evening.\n\n\nWho is there?")
    'Good evening.\nWho is there?'
    """
    return _SPACE.sub(lambda run: "\n" if "\n" in run[0] else " ", text)


def passages(text: str) -> Iterator[str]:
    """A text in pieces that a pattern may read; those of a long one overlap and begin at a blank."""
    text = evened(text)
    start = 0
    while len(text) - start > PASSAGE_CHARS:
        end = start + PASSAGE_CHARS
        yield text[start:end]
        blank = text.find(" ", end - _OVERLAP, end)
        start = blank + 1 if blank >= 0 else end - _OVERLAP
    yield text[start:]
