"""How people take back what they said: "I meant Lyon, not Lille", "it's spelled Jon", "I made that up"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from roleagent.language.patterns import PASSAGE_CHARS
from roleagent.language.sentences import split_sentences
from roleagent.learning.rules import Stance
from roleagent.learning.statements import Claim, unquote

_ASKED_BACK = re.compile(
    r"\b(?:did|had) I (?:just |really )?(?:say|said|write|type|put) ([^?.!\n]{1,40})\? (?:sorry,? |no,? "
    r"|oops,? )?"
    r"I (?:actually |obviously )?(?:meant|mean)(?: to say)? ",
    re.IGNORECASE,
)
_NOT_AFTER = re.compile(r"[.!] (?=not [^.!?\n]{1,40}(?:[.!?]|$))", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionTable:
    """How one language corrects.

    Attributes:
        mark: says that what was said before was wrong, so that what follows corrects it.
        instead: matches, just after a value, the ``wrong`` one that it takes the place of.
        swaps: name the ``right`` value, and most the ``wrong`` one.
        denials: name a value (``wrong``) that was made up.
        moves: name the ``right`` value, and the ``wrong`` one that it follows: both held.
        partings: name a value (``wrong``) that was left, whether a place or a job.
        no_value: matches caught words that are no value ("I meant it").
        strip: matches the words around a value that are no part of it ("in", "the name").
    """

    mark: re.Pattern[str]
    instead: re.Pattern[str]
    swaps: tuple[re.Pattern[str], ...]
    denials: tuple[re.Pattern[str], ...]
    moves: tuple[re.Pattern[str], ...]
    partings: tuple[re.Pattern[str], ...]
    no_value: re.Pattern[str]
    strip: re.Pattern[str]


def read_corrections(text: str, table: CorrectionTable, fold: Callable[[str], str]) -> Iterator[Claim]:
    """Corrections that name no relation: the fact they correct gives it, and without one they are nothing.

    A text that is asked, quoted or played may hold them too; then there is hardly a fact that they fit.
    """
    for sentence in split_sentences(_joined(unquote(text))):
        if sentence.endswith(("?", "？")) or not any(map(str.isalpha, sentence)):
            continue
        sentence = sentence[:PASSAGE_CHARS]
        folded = fold(sentence)
        swaps = (_swap(found, sentence, table) for p in table.swaps if (found := p.search(folded)))
        yield from (claim for claim in islice(filter(None, swaps), 1))
        for move in (found for pattern in table.moves if (found := pattern.search(folded))):
            claim = _swap(move, sentence, table)
            if claim is not None:
                yield replace(claim, stance="began", corrects=False)
        yield from _gone(table.denials, "never", folded, sentence, table)
        yield from _gone(table.partings, "ended", folded, sentence, table)


def _joined(text: str) -> str:
    """A correction in two sentences as one: "Did I say Lille? I meant Lyon." and "No, Lyon. Not Lille."."""
    asked = _ASKED_BACK.sub(r"I said \1, but I meant ", text)
    return _NOT_AFTER.sub(", ", asked)


def _gone(
    patterns: tuple[re.Pattern[str], ...], stance: Stance, folded: str, sentence: str, table: CorrectionTable
) -> Iterator[Claim]:
    for match in (found for pattern in patterns for found in pattern.finditer(folded)):
        value = _value(match, "wrong", sentence, table)
        if value is not None:
            yield Claim(relation=None, value=value, stance=stance)


def _swap(match: re.Match[str], sentence: str, table: CorrectionTable) -> Claim | None:
    right, wrong = (_value(match, group, sentence, table) for group in ("right", "wrong"))
    asks_for_wrong = "wrong" in match.re.groupindex
    if right is None or right == wrong or (wrong is None and asks_for_wrong):
        return None
    return Claim(relation=None, value=right, instead_of=wrong, corrects=True)


def _value(match: re.Match[str], group: str, sentence: str, table: CorrectionTable) -> str | None:
    if group not in match.re.groupindex or match[group] is None:
        return None
    words = table.strip.sub("", sentence[match.start(group) : match.end(group)].strip(" ,，.。!！\"'"))
    return words if words and not table.no_value.fullmatch(words) else None
