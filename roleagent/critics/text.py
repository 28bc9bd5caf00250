"""What critics need to read a draft: tables of patterns and words, and what a sentence asks or quotes.

The tables under ``tables/`` are data, one entry a line, so that a reader can add to them. A pattern may name
another by ``{{name}}``; the names stand under ``[words]`` of its file. A group that repeats without end is
held to five times (`roleagent.language.patterns`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from itertools import chain
from typing import Any

from roleagent.language.patterns import QUOTATION, bounded, passages
from roleagent.language.sentences import split_sentences
from roleagent.language.tokens import words
from roleagent.protocols import Scene

_NAMED = re.compile(r"\{\{(\w+)\}\}")


@cache
def read_table(name: str) -> Mapping[str, Any]:  # Any: as TOML has it, each file in its own shape
    """A table by its file name without ending."""
    return tomllib.loads(
        resources.files("roleagent.critics").joinpath(f"tables/{name}.toml").read_text("utf-8")
    )


def compile_pattern(pattern: str, words: Mapping[str, str]) -> re.Pattern[str]:
    """A pattern with its named parts filled in and bounded; case is ignored, ``^`` matches at every line."""
    return re.compile(bounded(_filled(pattern, words)), re.I | re.M)


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern of a table without named parts matches somewhere."""
    return compile_pattern(pattern, {}).search(text) is not None


def any_of(table: str, group: str) -> re.Pattern[str]:
    """One pattern that matches whatever any pattern of a group matches."""
    read = read_table(table)
    return compile_pattern("|".join(read[group]["patterns"]), read.get("words", {}))


def _filled(pattern: str, words: Mapping[str, str]) -> str:
    while _NAMED.search(pattern):
        pattern = _NAMED.sub(lambda name: words[name[1]], pattern)
    return pattern


# One character for one, so that places in the plain text are places in the draft.
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ", "\u2010": "-", "\u2011": "-"})
_WORDS_OF_A_LEAD = 3
_QUESTION_END = re.compile(r"[?？][\s\"')*_”’」』]*$|[吗嗎么呢][\s。！!…”」]*$")
_QUOTATION = re.compile(r'"[^"]*"|「[^」]*」|『[^』]*』')
_OPEN_QUOTATION = re.compile(r'(?<![\w"])"[^"\n ][^"\n]*(?=\n|$)|「[^「」\n]*(?=\n|$)|『[^『』\n]*(?=\n|$)')
_BEFORE_QUOTE = 40  # characters that tell whose words follow
LONGEST_QUOTATION = 500
"""Characters, from its beginning to the sentence that ends it."""

_DOUBLE = '"“”'  # what is plain as one mark, which opens and closes
_PAIRS = (("「", "」"), ("『", "』"), ("«", "»"), ("《", "》"))
_ENDS_SPEECH = '.!?…。！？*)）」』"\n'
_I_SAY = re.compile(
    r"\bI (?:say|answer|reply|whisper|murmur|tell (?:you|him|her|them)|ask|add|shout)\W*$"
    r"|(?<![对和跟给向])我(?:回?答|说|道|喊)[：:，,]?$",
    re.I,
)


def plain(text: str) -> str:
    """The same text, character for character, with straight quotes and ordinary spaces and hyphens."""
    return text.translate(_PLAIN)


def sentences(draft: str) -> list[str]:
    """The sentences of a draft, plain, with white space evened; a very long one in several passages."""
    return [passage for sentence in split_sentences(plain(draft)) for passage in passages(sentence)]


def new_sentences(draft: str, scene: Scene) -> list[str]:
    """Those that nobody has judged yet, plain."""
    return sentences(draft[scene.judged :])


def new_own_sentences(draft: str, scene: Scene) -> list[str]:
    """Those that nobody has judged yet, plain, with blanks for what they quote from others.

    A quotation may begin in a sentence that was judged; one that began long before is not seen.
    """
    at = _outside_quotations(draft, scene.judged)
    start = max(0, at - _BEFORE_QUOTE)
    return sentences(without_reports(plain(draft[start:]), at - start)[scene.judged - start :])


def _outside_quotations(draft: str, judged: int) -> int:
    """A place before one at which no quotation is open: where the draft begins, or not too far back.

    What lies before is not parsed, only its marks are counted, so a mark that is itself quoted may mislead.
    """
    begin = max(0, judged - 2 * LONGEST_QUOTATION)
    if not begin:
        return 0
    near = judged - LONGEST_QUOTATION
    start = draft.find("\n", begin, near) + 1 or near
    last = {mark: draft.rfind(mark, 0, start) for mark in (*_DOUBLE, *chain(*_PAIRS))}
    openings = [last[opens] for opens, closes in _PAIRS if last[opens] > last[closes]]
    if sum(draft.count(mark, 0, start) for mark in _DOUBLE) % 2:
        openings.append(max(last[mark] for mark in _DOUBLE))
    return min((at for at in openings if at >= begin), default=start)


def with_context(draft: str, scene: Scene, num_chars: int) -> tuple[str, int]:
    """What nobody has judged yet with as much as that many characters before it, plain.

    Returns:
        The text, and where in it a search may begin so that ``^`` means the start of a line.
    """
    start = max(0, scene.judged - num_chars - 1)
    return plain(draft[start:]), min(start, 1)


def is_question(sentence: str) -> bool:
    """Whether a sentence asks rather than says."""
    return _QUESTION_END.search(sentence) is not None


def is_lead(text: str) -> bool:
    """Whether a text is too short to say anything by itself: "Certainly!", "My dear sir.", "嘿嘿。".

    >>> is_lead("My dear sir."), is_lead("She is well today."), is_lead("嘿嘿！"), is_lead("俺妹妹好得很。")
    (True, False, True, False)
    """
    return len(words(text)) <= _WORDS_OF_A_LEAD


def is_asserted(sentence: str, at: int) -> bool:
    """Whether what starts at a place is said in earnest: not supposed, nor put into another's mouth."""
    clause_start = max(sentence.rfind(stop, 0, at) for stop in (";", "；", "—")) + 1
    return _not_asserted().search(sentence, clause_start, at) is None


@cache
def _not_asserted() -> re.Pattern[str]:
    return any_of("text", "not_asserted")


def without_quotations(sentence: str) -> str:
    """Leave only the marks of what is quoted; what opens the sentence is the character's own."""
    if sentence[:1] in ('"', "「", "『"):
        return sentence
    return _QUOTATION.sub('""', sentence)


def without_reports(draft: str, start: int = 0) -> str:
    """A plain draft, character for character, with blanks for what it quotes from others.

    What opens a line or follows a finished sentence is the character's own speech, as is what "I say" opens.
    A quotation that no mark ends yet goes on to the end of its line.

    Args:
        draft: the plain draft.
        start: where the first quotation may begin.

    >>> without_reports('One essay began: "I am an AI. I think." I laughed.')
    'One essay began: "                    " I laughed.'
    >>> without_reports('"I am a doctor." He bows. I answer: "Good day."')
    '"I am a doctor." He bows. I answer: "Good day."'
    """
    for pattern in (QUOTATION, _OPEN_QUOTATION):
        pieces: list[str] = []
        end = 0
        for quoted in pattern.finditer(draft, start):
            pieces += (draft[end : quoted.start()], _if_own(quoted, draft))
            end = quoted.end()
        draft = "".join((*pieces, draft[end:]))
    return draft


def _if_own(quoted: re.Match[str], draft: str) -> str:
    before = draft[max(0, quoted.start() - _BEFORE_QUOTE) : quoted.start()].rstrip(" ")
    is_own = not before or before[-1] in _ENDS_SPEECH or _I_SAY.search(before)
    return quoted[0] if is_own else f"{quoted[0][0]}{' ' * (len(quoted[0]) - 2)}{quoted[0][-1]}"


def list_names(names: frozenset[str]) -> str:
    """A regular expression for any of some names, the longest first; matches nothing when there are none."""
    longest_first = sorted((name for name in names if name), key=lambda name: (-len(name), name))
    return "|".join(map(re.escape, longest_first)) or r"(?!)"
