"""Where do sentences end? English and Chinese, in whole texts and in texts that are still growing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from roleagent.language.scripts import HAN, KANA

_TITLES = (
    "mr mrs ms mx dr prof st messrs mme mlle mt ft rev hon capt cpt col gen lt maj sgt insp det supt gov"
)
_LATIN = "e.g i.e vs viz cf"
_MONTHS = "jan feb mar apr jun jul aug sep sept oct nov dec"
# After these a full stop never ends a sentence,
_NEVER_END = frozenset(f"{_TITLES} {_LATIN}".split())
# after these it does not if a number follows ("No. 5", but "No. I won't"),
_BEFORE_NUMBERS = frozenset(f"no nos vol vols pp ed fig figs ch sec approx {_MONTHS}".split())
# and after these it does only if a capital follows.
_CAPITAL_ENDS = "etc jr sr inc ltd co corp bros dept a.m p.m u.s u.k b.c a.d ph.d"
_BEFORE_SMALL = frozenset(_CAPITAL_ENDS.split())

_CLOSERS = "\"'”’»)]}*_」』】》）"
_STOP = re.compile(rf"[.!?…。！？]+[{re.escape(_CLOSERS)}]*|\n+")
_BEGINS_UNSPACED = re.compile(f"[{KANA}{HAN}「『“《（]")  # a sentence after which no space is expected
_ALWAYS_ENDS = frozenset("。！？\n")
_WORD_BEFORE = re.compile(r"[A-Za-z](?:[A-Za-z.]*[A-Za-z])?$")
_NUMBERING = re.compile(r"(?:^|\n)[ \t]*\d{1,2}$")
_LOOKAROUND = 40  # characters around a stop that decide about it


_ASKS = re.compile(
    r"[?？吗呢么]$|^\W*(?:please )?(?:tell|describe|explain|remind|show|name)\b"
    r"|^\W*请?(?:告诉|讲讲|说说|介绍)",
    re.IGNORECASE,
)
_AFTER_THE_END = _CLOSERS + " \t\n.。!！"


def is_question(sentence: str) -> bool:
    """Whether one sentence asks for something, by its mark, its particle or its first word.

    >>> is_question("Where do you live?"), is_question("Tell me of the club."), is_question("“你住在哪儿？”")
    (True, True, True)
    >>> is_question("I live in Lewes.")
    False
    """
    return _ASKS.search(sentence.strip().rstrip(_AFTER_THE_END)) is not None


def split_sentences(text: str) -> list[str]:
    """Cut a text into its sentences, each without surrounding space; the last may be unfinished.

    >>> split_sentences("Mr. Holmes left. “Who?” she asked. 他走了。你呢？")
    ['Mr. Holmes left.', '“Who?” she asked.', '他走了。', '你呢？']
    """
    return [piece.strip() for piece in cut_sentences(text) if piece.strip()]


def cut_sentences(text: str) -> list[str]:
    """The same pieces with the space around them: joined, they are the text.

    >>> cut_sentences("It rains.  I stay.")
    ['It rains.', '  I stay.']
    """
    ends = [*_ends(text), len(text)]
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False) if start < end]


def ends_sentence(text: str) -> bool:
    """Whether a finished text ends where a sentence does.

    >>> ends_sentence("It rains."), ends_sentence("“It rains…”"), ends_sentence("It rains and")
    (True, True, False)
    """
    return max(_ends(text), default=0) == len(text) > 0


def next_sentence_end(text: str, start: int = 0) -> tuple[int, int]:
    """Where the first sentence after `start` is surely complete in a text that still grows.

    Returns:
        The index after it, 0 if there is none yet; and where to continue when the text has grown.

    >>> next_sentence_end("It rains. I see Mr. Ho")
    (9, 9)
    >>> next_sentence_end("It rains. I see Mr. Ho", 9)
    (0, 22)
    """
    resume = len(text)
    for match in _STOP.finditer(text, start):
        is_last = match.end() == len(text) and match.group()[-1] != "\n"
        if not is_last and _ends_sentence(text, match):
            return match.end(), match.end()
        after = text[match.end() : match.end() + _LOOKAROUND]
        if is_last or (len(after) < _LOOKAROUND and not after.strip()):
            resume = min(resume, match.start())
    return 0, resume


def letters(text: str) -> str:
    """The letters and digits alone, in small letters: what is left when wording is compared."""
    return "".join(char for char in text.casefold() if char.isalnum())


def last_sentence_end(text: str) -> int:
    """Index after the last sentence that is surely complete in a text that still grows; 0 if none.

    A stop at the very end does not count yet, since what follows may make it "3.14", "Mr. Holmes"
    or the end of a quotation: one more character settles it.

    >>> last_sentence_end("It rains. I see Mr. Ho")
    9
    >>> last_sentence_end("It rains.")
    0
    """
    return max(_ends(text, growing=True), default=0)


def _ends(text: str, *, growing: bool = False) -> Iterator[int]:
    """Indices just after each stop that ends a sentence."""
    for match in _STOP.finditer(text):
        unsettled = growing and match.end() == len(text) and match.group()[-1] != "\n"
        if not unsettled and _ends_sentence(text, match):
            yield match.end()


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    stop = match.group()
    if not _ALWAYS_ENDS.isdisjoint(stop):
        return True
    after = text[match.end() : match.end() + _LOOKAROUND]
    if after and not after[0].isspace():
        return bool(_BEGINS_UNSPACED.match(after)) and stop[-1] != "…"
    following = after.lstrip()
    if stop == ".":
        return not _is_abbreviation(text[max(0, match.start() - _LOOKAROUND) : match.start()], following)
    if stop[-1] in _CLOSERS or stop[0] == "…" or stop.startswith(".."):
        # “Who?” she asked; well... maybe: a small letter goes on with the sentence.
        return match.end() == len(text) or (bool(following) and not following[0].islower())
    return True


def _is_abbreviation(before: str, following: str) -> bool:
    """Whether a full stop between these two is part of a word, an initial or the number of a list."""
    if _NUMBERING.search(before):
        return True
    found = _WORD_BEFORE.search(before)
    if found is None:
        return False
    word = found.group().casefold()
    if word in _BEFORE_NUMBERS:
        return not following or following[0].isdigit()
    if word in _BEFORE_SMALL:
        return not following or following[0].islower() or following[0].isdigit()
    is_initial = len(word) == 1 and found.group() not in ("I", "a")
    return is_initial or word in _NEVER_END
