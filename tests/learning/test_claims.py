"""The engine under the cue files."""

from __future__ import annotations

from datetime import date

from roleagent.learning.claims import read_claims
from roleagent.learning.grammar import Grammar, grammar_from
from roleagent.learning.statements import Claim

TODAY = date(2026, 3, 1)
NEVER = "(?!)"
SLOTS = {"I": r"\bI", "word": r"(?P<value>\w+)", "love": "(like|<adore>)", "adore": "(adore|love)"}


def as_written(words: str, cased: bool) -> tuple[str, ...]:
    return (words,)


def grammar(*templates: str, disowned: str = NEVER) -> Grammar:
    marks = ("joke", "earlier_joke", "fiction", "supposed", "question", "tag", "others", "boundary", "vague")
    document = {
        "slots": SLOTS,
        "filter": dict.fromkeys(marks, NEVER) | {"disowned": disowned},
        "corrections": dict.fromkeys(("mark", "instead", "no_value", "strip"), NEVER)
        | {"swaps": [], "denials": [], "moves": [], "partings": []},
        "cues": {"likes": {"as_written": {"holds": list(templates)}}},
    }
    return grammar_from(document, {"as_written": as_written}, read_kind=str.upper)


def test_a_template_reads_spaces_slots_and_brackets():
    """The tables stay readable because the templates say no more than they mean."""
    claims = read_claims("I   really like tea.", grammar("<I> (really )?(like|love) <word>"), TODAY)
    assert claims == (Claim(relation="likes", value="tea"),)


def test_a_named_group_catches_the_kind():
    """A pet's kind comes beside its name."""
    claims = read_claims("my cat Tom", grammar(r"my (?P<kind>cat|dog) <word>"), TODAY)
    assert claims == (Claim(relation="likes", value="Tom", kind="CAT"),)


def test_a_claim_is_made_once_however_often_it_is_said():
    """Repeating oneself teaches nothing new."""
    assert len(read_claims("I like tea. I like tea.", grammar("<I> like <word>"), TODAY)) == 1


def test_words_before_a_cue_may_disown_it_in_their_own_clause_only():
    """What he says is his claim; what follows a comma is the speaker's again."""
    disowning = grammar("<I> like <word>", disowned="says")
    assert read_claims("He says I like tea.", disowning, TODAY) == ()
    assert len(read_claims("So he says, I like tea.", disowning, TODAY)) == 1
