"""How English asks to be shown something again."""

from __future__ import annotations

import re

from roleagent.language.media.reading import Reading, first_noun

NOUNS = {
    "image/": re.compile(
        r"\b(?:photo(?:graph)?s?|pictures?|pics?|images?|snapshots?|selfies?|screenshots?)\b", re.I
    ),
    "audio/": re.compile(r"\b(?:recordings?|audio|voice (?:memo|message|note)s?|(?:sound )?clips?)\b", re.I),
    "": re.compile(r"\b(?:files?|attachments?)\b", re.I),
}
_PERCEIVE = r"(?:see|view|hear|have|get|look at|listen to|(?:have|take) a look at)"
_ASK = re.compile(
    r"\b(?:show|send|give|hand|bring|find|fetch|get|play) (?:me|us)\b"
    r"|(?:^|[.!?;,:]\s*|\bplease |\b(?:can|could|would|will) you (?:please )?)"
    r"(?:show|send|play|find|open|look for|(?:bring|pull|dig) up|(?:dig|get) out|(?:hand|give|play) back)\b"
    rf"|\b(?:can|could|may|might|let) (?:i|we|me|us) (?:please |just )?{_PERCEIVE}\b"
    rf"|\b(?:i|we)(?:'d| would)? (?:want|like|love|wish|need) (?:to {_PERCEIVE}\b)?"
    r"|\bdo you (?:still |even )?(?:have|remember|recall|keep)\b|^\W*remember\b|\bwhere(?:'s| is| are)\b",
    re.I,
)
_REFUSAL = re.compile(r"\b(?:don't|do not|never|needn't|no need to) (?:\w+ )?$", re.I)
_CLAUSE = re.compile(r"[^.!?;]*")
_DEFINITE = re.compile(
    r"\b(?:the|that|those|these|this|my|our|last|first|latest|same|which|both|all)\b", re.I
)
_DATE = re.compile(
    r"\b(?:today|yesterday|ago|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|last (?:time|night|week|month|year|spring|summer|autumn|fall|winter))\b",
    re.I,
)


def read_english(text: str) -> Reading | None:
    """The first request for a picture or recording in a text."""
    text = " ".join(text.replace("’", "'").split())
    readings = (_read(text, ask) for ask in _ASK.finditer(text))
    return next((reading for reading in readings if reading), None)


def _read(text: str, ask: re.Match[str]) -> Reading | None:
    clause = _CLAUSE.match(text, ask.end())
    wanted = clause[0] if clause else ""
    noun = first_noun(wanted, NOUNS)
    if noun is None or _REFUSAL.search(text[: ask.start()]):
        return None
    kind, match = noun
    wanted = wanted[: match.end()] + wanted[match.end() :].split(",")[0]
    return Reading(
        described=wanted,
        kind=kind,
        is_definite=bool(_DEFINITE.search(wanted)),
        is_dated=bool(_DATE.search(wanted)),
        is_plural=match[0].endswith("s"),
    )
