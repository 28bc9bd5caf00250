"""From what somebody said to what they claim of themselves: cues are the table, this is the engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from roleagent.graph.schema import CORE_RELATIONS
from roleagent.language.patterns import bounded
from roleagent.learning.corrections import CorrectionTable, read_corrections
from roleagent.learning.rules import Stance
from roleagent.learning.statements import Claim, Filter, statements, takes_back
from roleagent.learning.when import TIMED, ReadWhen, interval

MAX_CHARS = 4000
_NOTHING = re.compile(r"(?!)")
_OWN = re.compile(r"\b(?:I|we|my|our)\b|[我咱俺]", re.IGNORECASE)
_SLOT = re.compile(r"(?<!\?P)<(\w+)>")

Reader = Callable[[str, bool], tuple[str, ...]]
"""From the words a cue caught, and whether their sentence uses capitals, to clean values.

No value means that the words do not fit the cue: "I live in fear" names no place.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A way of saying something, and the relation it stands for.

    Attributes:
        pattern: its group ``value`` catches the value, ``kind`` a further word on it.
        read: turns the caught words into values.
        stance: how the words stand to the value.
        replaces: see `Claim`.
        read_kind: turns the further word into its plain form.
    """

    relation: str
    pattern: re.Pattern[str]
    read: Reader
    node_type: str = "literal"
    stance: Stance = "holds"
    replaces: bool = False
    read_kind: Callable[[str], str] = str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """How one language says things of oneself.

    Attributes:
        filter: what marks a sentence as not said in earnest.
        disowned: matches words before a cue that give the claim to somebody else ("he says …").
        corrections: how it takes back what was said.
        when: reads the time beside a cue.
        boundary: parts a sentence into clauses, each with a time of its own.
        vague: matches a value that describes a place and does not name it.
        others: matches a sentence about somebody else; one that follows without a subject is theirs.
        fold: a rewriting that keeps the length, on which the patterns match; identity if none is needed.
    """

    cues: tuple[Cue, ...]
    filter: Filter
    disowned: re.Pattern[str]
    corrections: CorrectionTable
    when: ReadWhen
    boundary: re.Pattern[str]
    vague: re.Pattern[str]
    others: re.Pattern[str]
    fold: Callable[[str], str] = str


@dataclass(frozen=True, slots=True, kw_only=True)
class CueTable:
    """Makes cues from templates that a person can read.

    A template is a regular expression in which ``<name>`` stands for a slot, a space for any white space,
    and brackets group without catching: ``<I> (live|dwell) in <words>``. A group repeats at most five times.
    """

    slots: Mapping[str, str]
    read_kind: Callable[[str], str] = str

    def cues(
        self,
        relation: str,
        read: Reader,
        *templates: str,
        node_type: str = "literal",
        stance: Stance = "holds",
        replaces: bool = False,
    ) -> tuple[Cue, ...]:
        """One cue for each template."""
        return tuple(
            Cue(
                relation=relation,
                pattern=self.compile(template),
                read=read,
                node_type=node_type,
                stance=stance,
                replaces=replaces,
                read_kind=self.read_kind,
            )
            for template in templates
        )

    def compile(self, template: str) -> re.Pattern[str]:
        """A template as a pattern that ignores case."""
        spaced = re.sub(r" +", r"\\s+", template)
        grouped = re.sub(r"(?<!\\)\((?!\?)", "(?:", spaced)
        return re.compile(bounded(_SLOT.sub(lambda slot: self.slots[slot[1]], grouped)), re.IGNORECASE)


def read_claims(text: str, grammar: Grammar, today: date | None = None) -> tuple[Claim, ...]:
    """All claims in a text, each once, in order of the sentences. Only the first 4,000 characters count.

    Args:
        text: what somebody said.
        grammar: of the language to read.
        today: the day it was said, to which "last year" refers; None leaves such times open.
    """
    text = text[:MAX_CHARS]
    was_joke = takes_back(text, grammar.filter)
    was_wrong = False
    found: dict[Claim, None] = {}
    stated: set[str | None] = set()
    of_others = False
    for claim in _denied_as_joke(text, grammar, today):
        found.setdefault(claim)
    for sentence in statements(text, grammar.filter):
        folded = grammar.fold(sentence)
        was_wrong = was_wrong or bool(grammar.corrections.mark.search(folded))
        # What ends comes first: "I work at Tesco now, I left Lidl" begins Tesco where Lidl is over.
        claims = _claims_of(sentence, folded, grammar, today, is_going_on=of_others)
        goes_on = of_others and not _OWN.search(folded)
        of_others = goes_on or bool(grammar.others.search(folded))
        for claim in sorted(claims, key=_takes_nothing_away):
            found.setdefault(_taken_back(claim, was_joke=was_joke, was_wrong=was_wrong))
            if not claim.ends:
                stated.add(claim.value)
    corrections = read_corrections(text, grammar.corrections, grammar.fold)
    # First what was wrong and what was left, then what takes its place.
    return (*dict.fromkeys(claim for claim in corrections if claim.value not in stated), *found)


def _denied_as_joke(text: str, grammar: Grammar, today: date | None) -> Iterator[Claim]:
    """Denials that say they take back an earlier joke: "I never lived in Rome, that was a joke"."""
    if not grammar.filter.earlier_joke.search(text):
        return
    for sentence in statements(text, replace(grammar.filter, joke=_NOTHING)):
        for claim in _claims_of(sentence, grammar.fold(sentence), grammar, today):
            if claim.stance in ("ended", "never") and claim.value is not None:
                yield replace(claim, stance="never", valid_to=None)


def _takes_nothing_away(claim: Claim) -> bool:
    return not claim.ends


def _taken_back(claim: Claim, *, was_joke: bool, was_wrong: bool) -> Claim:
    """A claim in the light of "I was wrong" or "just kidding" before it: then what ends was never so."""
    if claim.stance == "ended" and claim.value is not None and (was_joke or was_wrong):
        return replace(claim, stance="never")
    return replace(claim, corrects=True) if was_wrong and claim.stance == "holds" else claim


def _claims_of(
    sentence: str, folded: str, grammar: Grammar, today: date | None, *, is_going_on: bool = False
) -> list[Claim]:
    """The claims of one sentence; what it says is over, it does not say holds.

    Where the sentence before was about others (`is_going_on`), one without a subject is about them too.
    """
    cased = sentence != sentence.lower()
    found: list[Claim] = []
    for cue in grammar.cues:
        for match in cue.pattern.finditer(folded):
            if (is_going_on and _is_elided(match)) or grammar.disowned.search(_lead(folded, match.start())):
                continue
            for claim in _claims_at(match, cue, sentence, cased):
                found.append(_in_time(_with_wrong_value(claim, match, grammar), match, cue, grammar, today))
    over = {(claim.relation, claim.value) for claim in found if claim.ends}
    return [claim for claim in found if claim.ends or (claim.relation, claim.value) not in over]


def _claims_at(match: re.Match[str], cue: Cue, sentence: str, cased: bool) -> Iterator[Claim]:
    groups = match.re.groupindex
    kind = cue.read_kind(_caught(match, "kind", sentence))
    plain = Claim(
        relation=cue.relation,
        value=None,
        node_type=cue.node_type,
        kind=kind,
        stance=cue.stance,
        replaces=cue.replaces,
    )
    if "value" not in groups:
        yield replace(plain, node_type="literal")
        return
    for value in cue.read(_caught(match, "value", sentence), cased):
        yield replace(plain, value=value)


def _with_wrong_value(claim: Claim, match: re.Match[str], grammar: Grammar) -> Claim:
    """Note what follows as wrong: "I live in Lyon, not in Lille"; a taste for tea denies no other taste."""
    is_single = CORE_RELATIONS[claim.relation or ""].cardinality == "functional"
    if claim.stance != "holds" or not is_single:
        return claim
    wrong = grammar.corrections.instead.match(match.string, match.end())
    return replace(claim, instead_of=wrong["wrong"].strip()) if wrong else claim


def _in_time(claim: Claim, match: re.Match[str], cue: Cue, grammar: Grammar, today: date | None) -> Claim:
    """A claim with the times its clause names."""
    is_vague = claim.node_type == "place" and bool(grammar.vague.match(grammar.fold(claim.value or "")))
    if claim.relation not in TIMED:
        return replace(claim, is_vague=is_vague)
    when = grammar.when(_clause(match, grammar.boundary), today)
    is_past = cue.stance in ("holds", "began") and interval(when, "held", today)[1] is not None
    # "From 2005 to 2010 I live there": a span that is over was, whatever the verb.
    stance: Stance = "held" if is_past and when.until is not None else cue.stance
    since, until = interval(when, stance, today)
    return replace(claim, is_vague=is_vague, stance=stance, valid_from=since, valid_to=until)


def _clause(match: re.Match[str], boundary: re.Pattern[str]) -> str:
    """The clause that a cue stands in, with the words of time that open it."""
    sentence = match.string
    start = max((found.end() for found in boundary.finditer(sentence, 0, match.start())), default=0)
    following = boundary.search(sentence, match.end())
    return sentence[start : following.start() if following else len(sentence)]


def _is_elided(match: re.Match[str]) -> bool:
    """Whether a cue was found without its subject."""
    return "elided" in match.re.groupindex and match["elided"] is not None


def _caught(match: re.Match[str], group: str, sentence: str) -> str:
    """The group's words as they were written, before folding."""
    if group not in match.re.groupindex or match[group] is None:
        return ""
    return sentence[match.start(group) : match.end(group)].strip()


def _lead(sentence: str, end: int) -> str:
    """What stands before a cue in its own clause."""
    return re.split(r"[,;:，；：、]|\bbut\b|但是?|不过", sentence[:end])[-1]
