"""From what somebody said to what they claim of themselves: the engine that reads by a `Grammar`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import islice

from roleagent.graph.schema import CORE_RELATIONS
from roleagent.language.patterns import PASSAGE_CHARS
from roleagent.language.sentences import split_sentences
from roleagent.learning.grammar import Corrections, Cue, Grammar
from roleagent.learning.rules import Stance
from roleagent.learning.statements import Claim, statements, takes_back, unquote
from roleagent.learning.when import TIMED, interval, read_when

MAX_CHARS = 4000
_CLAUSE_BREAK = re.compile(r"[,;:，；：、]|\bbut\b|但是?|不过")
_NOTHING = re.compile(r"(?!)")
_OWN = re.compile(r"\b(?:I|we|my|our)\b|[我咱俺]", re.IGNORECASE)
_ASKED_BACK = re.compile(
    r"\b(?:did|had) I (?:just |really )?(?:say|said|write|type|put) ([^?.!\n]{1,40})\? (?:sorry,? |no,? "
    r"|oops,? )?"
    r"I (?:actually |obviously )?(?:meant|mean)(?: to say)? ",
    re.IGNORECASE,
)
_NOT_AFTER = re.compile(r"[.!] (?=not [^.!?\n]{1,40}(?:[.!?]|$))", re.IGNORECASE)


def read_claims(text: str, grammar: Grammar, today: date) -> tuple[Claim, ...]:
    """All claims in a text, each once, in order of the sentences. Only the first 4,000 characters count.

    Args:
        text: what somebody said.
        grammar: of the language to read.
        today: the day it was said, to which "last year" refers.
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
        for claim in sorted(claims, key=lambda each: not each.ends):
            found.setdefault(_taken_back(claim, was_joke=was_joke, was_wrong=was_wrong))
            if not claim.ends:
                stated.add(claim.value)
    corrections = read_corrections(text, grammar.corrections, grammar.fold)
    # First what was wrong and what was left, then what takes its place.
    return (*dict.fromkeys(claim for claim in corrections if claim.value not in stated), *found)


def _denied_as_joke(text: str, grammar: Grammar, today: date) -> Iterator[Claim]:
    """Denials that say they take back an earlier joke: "I never lived in Rome, that was a joke"."""
    if not grammar.filter.earlier_joke.search(text):
        return
    for sentence in statements(text, replace(grammar.filter, joke=_NOTHING)):
        for claim in _claims_of(sentence, grammar.fold(sentence), grammar, today):
            if claim.stance in ("ended", "never") and claim.value is not None:
                yield replace(claim, stance="never", valid_to=None)


def _taken_back(claim: Claim, *, was_joke: bool, was_wrong: bool) -> Claim:
    """A claim in the light of "I was wrong" or "just kidding" before it: then what ends was never so."""
    if claim.stance == "ended" and claim.value is not None and (was_joke or was_wrong):
        return replace(claim, stance="never")
    return replace(claim, corrects=True) if was_wrong and claim.stance == "holds" else claim


def _claims_of(
    sentence: str, folded: str, grammar: Grammar, today: date, *, is_going_on: bool = False
) -> list[Claim]:
    """The claims of one sentence; what it says is over, it does not say holds.

    If the sentence before was about others (`is_going_on`), one without a subject is about them too.
    """
    cased = sentence != sentence.lower()
    found: list[Claim] = []
    for cue in grammar.cues:
        for match in cue.pattern.finditer(folded):
            lacks_subject = match.groupdict().get("elided") is not None
            lead = _CLAUSE_BREAK.split(folded[: match.start()])[-1]
            if (is_going_on and lacks_subject) or grammar.disowned.search(lead):
                continue
            for claim in _claims_at(match, cue, sentence, cased, grammar):
                found.append(_in_time(_with_wrong_value(claim, match, grammar), match, cue, grammar, today))
    over = {(claim.relation, claim.value) for claim in found if claim.ends}
    return [claim for claim in found if claim.ends or (claim.relation, claim.value) not in over]


def _claims_at(
    match: re.Match[str], cue: Cue, sentence: str, cased: bool, grammar: Grammar
) -> Iterator[Claim]:
    groups = match.re.groupindex
    kind = grammar.read_kind(_caught(match, "kind", sentence))
    plain = Claim(
        relation=cue.relation,
        value=None,
        node_type=cue.node_type,
        kind=kind,
        stance=cue.stance,
        replaces=cue.replaces,
    )
    if "value" not in groups:
        yield plain
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


def _in_time(claim: Claim, match: re.Match[str], cue: Cue, grammar: Grammar, today: date) -> Claim:
    """A claim with the times its clause names."""
    is_vague = claim.node_type == "place" and bool(grammar.vague.match(grammar.fold(claim.value or "")))
    if claim.relation not in TIMED:
        return replace(claim, is_vague=is_vague)
    # The clause that the cue stands in, with the words of time that open it.
    sentence = match.string
    begin = max((found.end() for found in grammar.boundary.finditer(sentence, 0, match.start())), default=0)
    following = grammar.boundary.search(sentence, match.end())
    when = read_when(sentence[begin : following.start() if following else len(sentence)], today)
    is_past = cue.stance in ("holds", "began") and interval(when, "held", today)[1] is not None
    # "From 2005 to 2010 I live there": a span that is over was, whatever the verb.
    stance: Stance = "held" if is_past and when.until is not None else cue.stance
    since, until = interval(when, stance, today)
    return replace(claim, is_vague=is_vague, stance=stance, valid_from=since, valid_to=until)


def _caught(match: re.Match[str], group: str, sentence: str) -> str:
    """The group's words as they were written, before folding."""
    if group not in match.re.groupindex or match[group] is None:
        return ""
    return sentence[match.start(group) : match.end(group)].strip()


# ── corrections ─────────────────────────────────────────────────────────────────────────────────────


def read_corrections(text: str, table: Corrections, fold: Callable[[str], str]) -> Iterator[Claim]:
    """Corrections that name no relation: the fact that they correct has it, and otherwise they say nothing.

    Questions, quotations and play may hold them too, but then hardly ever fit a known fact.
    """
    # "Did I say Lille? I meant Lyon." and "No, Lyon. Not Lille." are one sentence each.
    text = _NOT_AFTER.sub(", ", _ASKED_BACK.sub(r"I said \1, but I meant ", unquote(text)))
    for sentence in split_sentences(text):
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


def _gone(
    patterns: tuple[re.Pattern[str], ...], stance: Stance, folded: str, sentence: str, table: Corrections
) -> Iterator[Claim]:
    for match in (found for pattern in patterns for found in pattern.finditer(folded)):
        value = _value(match, "wrong", sentence, table)
        if value is not None:
            yield Claim(relation=None, value=value, stance=stance)


def _swap(match: re.Match[str], sentence: str, table: Corrections) -> Claim | None:
    right, wrong = (_value(match, group, sentence, table) for group in ("right", "wrong"))
    asks_for_wrong = "wrong" in match.re.groupindex
    if right is None or right == wrong or (wrong is None and asks_for_wrong):
        return None
    return Claim(relation=None, value=right, instead_of=wrong, corrects=True)


def _value(match: re.Match[str], group: str, sentence: str, table: Corrections) -> str | None:
    if group not in match.re.groupindex or match[group] is None:
        return None
    words = table.strip.sub("", sentence[match.start(group) : match.end(group)].strip(" ,，.。!！\"'"))
    return words if words and not table.no_value.fullmatch(words) else None
