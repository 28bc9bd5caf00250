"""Which sentences of a text are said in earnest: no questions, quotations, suppositions, play or jokes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from roleagent.language.patterns import PASSAGE_CHARS, QUOTATION, evened
from roleagent.language.scripts import has_han
from roleagent.language.sentences import split_sentences
from roleagent.learning.rules import Candidate, Stance

_APOSTROPHE = re.compile(r"(?<=\w)’(?=\w)")
_ASKS = ("?", "？")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What marks, in one language, words that state nothing.

    Attributes:
        joke: takes back all that was said before it.
        earlier_joke: says that what was said at another time was a joke.
        fiction: opens a play or story, which lasts until the end of the text.
        supposed: marks a sentence as hypothetical.
        question: marks a sentence that asks, with or without a question mark.
        tag: the last clause of a question that leaves what stands before it in doubt.
    """

    joke: re.Pattern[str]
    earlier_joke: re.Pattern[str]
    fiction: re.Pattern[str]
    supposed: re.Pattern[str]
    question: re.Pattern[str]
    tag: re.Pattern[str]


def statements(text: str, marks: Filter) -> Iterator[str]:
    """Yield the sentences that state something, without the quotations in them; of a long one the start."""
    text = unquote(text)
    text = text[max((joke.end() for joke in marks.joke.finditer(text)), default=0) :]
    fiction = marks.fiction.search(text)
    for whole in split_sentences(text[: fiction.start()] if fiction else text):
        sentence = whole[:PASSAGE_CHARS]
        if not _LETTER.search(sentence) or (sentence != whole and whole.endswith(_ASKS)):
            continue
        if marks.supposed.search(sentence) or marks.question.search(sentence):
            continue
        if not sentence.endswith(_ASKS):
            yield sentence
            continue
        # "I live in Lyon, do you know it?" states its first half.
        stated, _, asked = sentence.replace("，", ",").rpartition(",")
        if stated and not marks.tag.search(asked):
            yield stated


def takes_back(text: str, marks: Filter) -> bool:
    """Whether a text says of something before that it was a joke."""
    return marks.joke.search(unquote(text)) is not None


def unquote(text: str) -> str:
    """Drop what is quoted, and even white space; only a quoted name or word stays, without its marks.

    >>> unquote('My name is "Anna" and she said "I live in Rome with you".')
    'My name is Anna and she said … .'
    """

    def only_if_short(quotation: re.Match[str]) -> str:
        words = quotation[0][1:-1]
        is_short = len(words) <= 4 if has_han(words) else len(words.split()) <= 2
        return words if is_short else "… "

    return QUOTATION.sub(only_if_short, _APOSTROPHE.sub("'", evened(text)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Something that the speaker says of themselves; `Candidate` tells what the shared names mean.

    Attributes:
        relation: from the speaker to the value; None if only a known fact can tell.
        value: what it is; None in an ending that names no value ("I got divorced").
        node_type: what the value becomes in the graph.
        kind: a further word on the value, such as ``cat``.
    """

    relation: str | None
    value: str | None
    node_type: str = "literal"
    kind: str = ""
    stance: Stance = "holds"
    instead_of: str | None = None
    corrects: bool = False
    replaces: bool = False
    is_vague: bool = False
    valid_from: str | None = None
    valid_to: str | None = None

    @property
    def ends(self) -> bool:
        """Whether the claim is that something holds no more, or never did."""
        return self.stance in ("ended", "held", "never")


def claim_label(claim: Claim) -> str:
    """What the value's node is called: "Tom (cat)" for a cat called Tom."""
    value = claim.value or ""
    if not claim.kind:
        return value
    return f"{value}（{claim.kind}）" if has_han(claim.kind) else f"{value} ({claim.kind})"


def as_candidate(claim: Claim, *, confidence: float, evidence: tuple[str, ...]) -> Candidate:
    """A claim as the rules take it."""
    return Candidate(
        relation=claim.relation,
        value=None if claim.value is None else claim_label(claim),
        node_type=claim.node_type,
        aliases=(claim.value,) if claim.kind and claim.value else (),
        stance=claim.stance,
        instead_of=claim.instead_of,
        corrects=claim.corrects,
        replaces=claim.replaces,
        is_vague=claim.is_vague,
        valid_from=claim.valid_from,
        valid_to=claim.valid_to,
        confidence=confidence,
        evidence=evidence,
    )


@cache
def word_list(language: str, name: str) -> frozenset[str]:
    """The words under a name of ``<language>.toml``."""
    return frozenset(str(_document(language)[name]).split())


@cache
def _document(language: str) -> dict[str, object]:
    text = files("roleagent.learning").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
