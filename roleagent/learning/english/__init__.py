"""How English speaks of oneself, and what it does not mean in earnest."""

from __future__ import annotations

import re

from roleagent.learning.claims import Grammar
from roleagent.learning.english.changes import CHANGES
from roleagent.learning.english.company import COMPANY
from roleagent.learning.english.corrections import BOUNDARY, CORRECTIONS, VAGUE
from roleagent.learning.english.cues import CUES
from roleagent.learning.english.homes import HOMES
from roleagent.learning.english.tastes import TASTES
from roleagent.learning.english.when import when
from roleagent.learning.english.work import WORK
from roleagent.learning.statements import Filter

_OPENING = r"^(?:(?:and|but|so|well|then|hey|oh|now|hmm)[, ]+)*"
_AUXILIARY = (
    "do|does|did|are|am|is|was|were|have|has|had|can|could|should|would|will|shall|may|might"
    "|guess(?! what)|remember when"
)
_ASKED = "I|we|you|it|he|she|they|my|that|there|what|where|who|the"

FILTER = Filter(
    joke=re.compile(
        r"(?<!not )(?<!n't )\b(?:kidding|joking|messing with you|pulling your leg|teasing you|just a joke"
        r"|(?:that|it|this) was (?:only |all )?a joke)\b|\bjk\b"
        r"|\bj/k\b|\b(?:just|only) (?:messing|teasing|winding you up)\b|\bapril fools\b|\bmade you look\b"
        r"|(?:^|[.!?,…\n]\s*)(?:(?:(?:ha)+h*|lol|lmao|yeah|ok|oh|no)[,.!\s]*){0,3}"
        r"(?:as if|in my dreams|i wish|if only|not really|gotcha|yeah right|psych|you wish)\s*(?:[.!…]+|$)"
        r"|\b(?:lol|haha|lmao)[,.!]? (?:no|nope|not)\s*(?:[.!…]|$)",
        re.IGNORECASE,
    ),
    earlier_joke=re.compile(
        r"\b(?:(?:that|it|this) was (?:only |just |all )?a joke|I was (?:only |just )?(?:joking|kidding))\b",
        re.IGNORECASE,
    ),
    fiction=re.compile(
        r"\b(?:imagine|pretend|suppose|supposing|let'?s say|let us say|let'?s play|let us play|what if"
        r"|role[- ]?play|act as|picture this|once upon a time(?!,? (?:i|we) (?:lived in|used to|worked "
        r"(?:at|for|as)))|hypothetically|from now on you|my character"
        r"|in (?:my|this|the|our) (?:story|novel|game|book|play|dream|film|movie|scene|campaign)"
        r"|i dreamt|i dreamed|repeat after me|say this|translate|lyrics?|write (?:me )?(?:an?|the|down))\b",
        re.IGNORECASE,
    ),
    supposed=re.compile(
        r"\bif\b(?! you (?:must|want to|really want to|care to|wonder|ask))"
        r"|\b(?:i wish|as if|unless|whether|assuming|in case|i doubt|not that i|it(?:'s| is) not true"
        r"|one day|some ?day|in another life)\b",
        re.IGNORECASE,
    ),
    question=re.compile(
        rf"{_OPENING}(?:{_AUXILIARY})\s+(?:{_ASKED})\b"
        rf"|{_OPENING}(?:what|where|who|whose|why|how|which|when)\b(?!ever).*\?$",
        re.IGNORECASE,
    ),
    tag=re.compile(
        r"^\s*(?:right|correct|yes|no|huh|eh|true|or (?:am|do|did|was)"
        r"|(?:don't|am|aren't|isn't|didn't|wasn't|do|did|haven't) (?:i|it|my))\b",
        re.IGNORECASE,
    ),
)

_MY_REPORT = (
    r"(?:as )?i(?:'ve| have)?(?: already| just| once)?"
    r" (?:said|told you|mentioned|think|guess|admit|confess|say|can't believe|cannot believe)"
    r"(?: before| earlier)?(?: that)?"
)
_REPORTS = (
    "says?|said|saying|tells?|told|asks?|asked|writes?|wrote|writing|claim(?:s|ed)?|quote[sd]?|called it"
    "|thinks?|thought|believe[sd]?|assume[sd]?|guess|suspects?|convinced|doubt|wonder|forget|heard|hears"
    "|lie[sd]?|lying|sings?|sang|dream(?:s|t|ed|ing)?|hopes?|wish|imagine|pretend"
)
_NOT_NOW = (
    "when|whenever|until|before(?! (?:that|this|then|all))|once|never|not|nobody|don't|doesn't|didn't"
    "|isn't|wasn't|would|could|might"
    "|as though|like|than|mistakenly|falsely|untrue|false|rumou?r|fear|character|hero|heroine|novel|song"
)
DISOWNED = re.compile(rf"^(?!.*{_MY_REPORT}\s*$).*\b(?:{_REPORTS}|{_NOT_NOW})\b", re.IGNORECASE | re.DOTALL)

OTHERS = re.compile(
    r"^(?:\w+[, ]+){0,2}?(?:he|she|they|(?:my|our|his|her|their) (?!name|job|home|place|flat|house|hobb"
    r"|wife and I|husband and I)"
    r"[a-z]+|(?-i:[A-Z][a-z]+) (?:is|was|has|lives|works|likes|loves))\b",
    re.IGNORECASE,
)

ENGLISH = Grammar(
    cues=(*CUES, *CHANGES, *HOMES, *WORK, *TASTES, *COMPANY),
    others=OTHERS,
    filter=FILTER,
    disowned=DISOWNED,
    corrections=CORRECTIONS,
    when=when,
    boundary=BOUNDARY,
    vague=VAGUE,
)
