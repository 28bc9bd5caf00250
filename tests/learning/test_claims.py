"""The engine under the cue tables."""

from __future__ import annotations

import re

from roleagent.learning.claims import CueTable, Grammar, read_claims
from roleagent.learning.corrections import CorrectionTable
from roleagent.learning.statements import Claim, Filter
from roleagent.learning.when import When

NEVER = re.compile(r"(?!)")
UNERRING = CorrectionTable(
    mark=NEVER, instead=NEVER, swaps=(), denials=(), moves=(), partings=(), no_value=NEVER, strip=NEVER
)
SILENT = Filter(joke=NEVER, earlier_joke=NEVER, fiction=NEVER, supposed=NEVER, question=NEVER, tag=NEVER)
TABLE = CueTable(slots={"I": r"\bI", "word": r"(?P<value>\w+)"}, read_kind=str.upper)


def as_written(words: str, cased: bool) -> tuple[str, ...]:
    return (words,)


def grammar(*templates: str, disowned: re.Pattern[str] = NEVER) -> Grammar:
    return Grammar(
        cues=TABLE.cues("likes", as_written, *templates),
        filter=SILENT,
        disowned=disowned,
        corrections=UNERRING,
        when=lambda words, today: When(),
        boundary=NEVER,
        vague=NEVER,
        others=NEVER,
    )


def test_a_template_reads_spaces_slots_and_brackets():
    """The tables stay readable because the templates say no more than they mean."""
    claims = read_claims("I   really like tea.", grammar("<I> (really )?(like|love) <word>"))
    assert claims == (Claim(relation="likes", value="tea"),)


def test_a_named_group_catches_the_kind():
    """A pet's kind comes beside its name."""
    claims = read_claims("my cat Tom", grammar(r"my (?P<kind>cat|dog) <word>"))
    assert claims == (Claim(relation="likes", value="Tom", kind="CAT"),)


def test_a_claim_is_made_once_however_often_it_is_said():
    """Repeating oneself teaches nothing new."""
    assert len(read_claims("I like tea. I like tea.", grammar("<I> like <word>"))) == 1


def test_words_before_a_cue_may_disown_it_in_their_own_clause_only():
    """What he says is his claim; what follows a comma is the speaker's again."""
    disowning = grammar("<I> like <word>", disowned=re.compile("says"))
    assert read_claims("He says I like tea.", disowning) == ()
    assert len(read_claims("So he says, I like tea.", disowning)) == 1
