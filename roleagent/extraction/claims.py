"""From what somebody said to what they claim of themselves: cues are the table, this is the engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from roleagent.extraction.statements import Filter, statements

MAX_CHARS = 4000
_SLOT = re.compile(r"(?<!\?P)<(\w+)>")

Reader = Callable[[str, bool], tuple[str, ...]]
"""From the words a cue caught, and whether their sentence uses capitals, to clean values.

No value means that the words do not fit the cue: "I live in fear" names no place.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Something that the speaker says of themselves.

    Attributes:
        relation: from the speaker to the value.
        value: what it is; None in an ending that names no value ("I got divorced").
        node_type: what the value becomes in the graph.
        kind: a further word on the value, such as ``cat``.
        ends: the claim is that this holds no more, or never did.
    """

    relation: str
    value: str | None
    node_type: str = "literal"
    kind: str = ""
    ends: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A way of saying something, and the relation it stands for.

    Attributes:
        pattern: its group ``value`` catches the value, ``kind`` a further word on it.
        read: turns the caught words into values.
        read_kind: turns the further word into its plain form.
    """

    relation: str
    pattern: re.Pattern[str]
    read: Reader
    node_type: str = "literal"
    ends: bool = False
    read_kind: Callable[[str], str] = str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """How one language says things of oneself.

    Attributes:
        filter: what marks a sentence as not said in earnest.
        disowned: matches words before a cue that give the claim to somebody else ("he says …").
        fold: a rewriting that keeps the length, on which the patterns match; identity if none is needed.
    """

    cues: tuple[Cue, ...]
    filter: Filter
    disowned: re.Pattern[str]
    fold: Callable[[str], str] = str


@dataclass(frozen=True, slots=True, kw_only=True)
class CueTable:
    """Makes cues from templates that a person can read.

    A template is a regular expression in which ``<name>`` stands for a slot, a space for any white space,
    and brackets group without catching: ``<I> (live|dwell) in <words>``.
    """

    slots: Mapping[str, str]
    read_kind: Callable[[str], str] = str

    def cues(
        self, relation: str, read: Reader, *templates: str, node_type: str = "literal", ends: bool = False
    ) -> tuple[Cue, ...]:
        """One cue for each template."""
        return tuple(
            Cue(
                relation=relation,
                pattern=self.compile(template),
                read=read,
                node_type=node_type,
                ends=ends,
                read_kind=self.read_kind,
            )
            for template in templates
        )

    def compile(self, template: str) -> re.Pattern[str]:
        """A template as a pattern that ignores case."""
        spaced = re.sub(r" +", r"\\s+", template)
        grouped = re.sub(r"(?<!\\)\((?!\?)", "(?:", spaced)
        return re.compile(_SLOT.sub(lambda slot: self.slots[slot[1]], grouped), re.IGNORECASE)


def read_claims(text: str, grammar: Grammar) -> tuple[Claim, ...]:
    """All claims in a text, each once, in order of the sentences. Only the first 4,000 characters count."""
    found: dict[Claim, None] = {}
    for sentence in statements(text[:MAX_CHARS], grammar.filter):
        for claim in _claims_of(sentence, grammar):
            found.setdefault(claim)
    return tuple(found)


def _claims_of(sentence: str, grammar: Grammar) -> Iterator[Claim]:
    folded = grammar.fold(sentence)
    cased = sentence != sentence.lower()
    for cue in grammar.cues:
        for match in cue.pattern.finditer(folded):
            if grammar.disowned.search(_lead(folded, match.start())):
                continue
            yield from _claims_at(match, cue, sentence, cased)


def _claims_at(match: re.Match[str], cue: Cue, sentence: str, cased: bool) -> Iterator[Claim]:
    groups = match.re.groupindex
    kind = cue.read_kind(_caught(match, "kind", sentence))
    if "value" not in groups:
        yield Claim(relation=cue.relation, value=None, ends=True)
        return
    for value in cue.read(_caught(match, "value", sentence), cased):
        yield Claim(relation=cue.relation, value=value, node_type=cue.node_type, kind=kind, ends=cue.ends)


def _caught(match: re.Match[str], group: str, sentence: str) -> str:
    """The group's words as they were written, before folding."""
    if group not in match.re.groupindex or match[group] is None:
        return ""
    return sentence[match.start(group) : match.end(group)].strip()


def _lead(sentence: str, end: int) -> str:
    """What stands before a cue in its own clause."""
    return re.split(r"[,;:，；：、]|\bbut\b|但是?|不过", sentence[:end])[-1]
