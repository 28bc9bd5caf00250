"""Simple claims read off a sentence: who, which relation, what, and whether it is denied."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from roleagent.critics.tables import compile_pattern, read_table
from roleagent.critics.text import is_asserted, is_question, without_quotations

_FIRST = re.compile(
    r"i|my|our|myself|我|吾|俺|咱|在下|老夫|老朽|本人|小生|小可|贫道|贫僧|老孙|俺老孙|妾身|奴家|朕|孤|本王|洒家",
    re.I,
)
_SECOND = re.compile(r"you|your|你|您", re.I)
_POSSESSIVE_S = re.compile(r"'s?$|的$")

# Relations that the built-in patterns read; others are read off their templates.
COVERED = frozenset(
    {
        "lives_in",
        "is_called",
        "aged",
        "born_on",
        "born_in",
        "died_on",
        "died_in",
        "has_gender",
        "has_mother",
        "has_father",
        "married_to",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a sentence says of somebody.

    Attributes:
        subject: ``I``, ``you``, or words that name a node.
        relation: a relation of the vocabulary; ``is`` for plain identity ("I am Moriarty"),
            ``is_married`` for a state without a name.
        value: the words for the object.
        denied: the sentence says that it is not so.
        quote: the words that make the claim.
    """

    subject: str
    relation: str
    value: str
    denied: bool
    quote: str


def read_claims(sentence: str, templates: tuple[tuple[str, str], ...] = ()) -> Iterator[Claim]:
    """Claims that a plain sentence makes in earnest.

    Args:
        sentence: one sentence, plain.
        templates: further (relation, template) pairs to look for, beyond the built-in patterns.
    """
    if is_question(sentence):
        return
    text = without_quotations(sentence)
    told = ((relation, pattern) for relation, sign, pattern in _compiled(templates) if sign.search(text))
    for relation, pattern in (*_built_in(), *told):
        for match in pattern.finditer(text):
            if is_asserted(text, match.start()):
                yield _claim(relation, match)


def _claim(relation: str, match: re.Match[str]) -> Claim:
    groups: Mapping[str, str | None] = match.groupdict()
    return Claim(
        subject=_subject(groups.get("s") or "I"),
        relation=relation,
        value=(groups.get("v") or "").strip(),
        denied=bool(groups.get("no")),
        quote=match.group().strip(),
    )


def _subject(words: str) -> str:
    words = _POSSESSIVE_S.sub("", words.strip())
    if _FIRST.fullmatch(words):
        return "I"
    return "you" if _SECOND.fullmatch(words) else words


@cache
def _built_in() -> tuple[tuple[str, re.Pattern[str]], ...]:
    table = read_table("claims")
    said = (*table["english"]["patterns"], *table["chinese"]["patterns"])
    return tuple((relation, compile_pattern(pattern, table["words"])) for relation, pattern in said)


@lru_cache(maxsize=64)
def _compiled(
    templates: tuple[tuple[str, str], ...],
) -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    """Relation, the words that must stand in a sentence, and the pattern, which is slower to look for."""
    return tuple(
        (relation, re.compile(sign, re.I), re.compile(pattern, re.I))
        for relation, template in templates
        for sign, pattern in _from_template(template)
    )


def _from_template(template: str) -> Iterator[tuple[str, str]]:
    """``{subject} is kept in {object}`` also said of oneself: "I am kept in …"."""
    before, _, rest = template.partition("{subject}")
    middle, _, after = rest.partition("{object}")
    if before.strip() or not middle.strip():
        return  # the subject comes later or nothing stands between: too little to hold on to
    value = r"(?P<v>[^.,;:!?，。；！？\"]{1,60}?)"
    end = rf"\s*{re.escape(after.strip())}" if after.strip() else r"(?=[.,;:!?，。；！？\"]|$)"
    for subject, words in (
        (r"(?P<s>[^.,;:!?，。；！？\"]{1,40}?)", middle),
        (r"\b(?P<s>I)", _first_person(middle)),
    ):
        yield _spaced(words), rf"{subject}\s*{_spaced(words)}\s*{value}{end}"
    yield _spaced(middle), rf"(?P<s>我|你|您)\s*{_spaced(middle)}\s*{value}{end}"


def _spaced(words: str) -> str:
    return r"\s+".join(map(re.escape, words.split()))


def _first_person(middle: str) -> str:
    verb, _, rest = middle.strip().partition(" ")
    said = {"is": "am", "has": "have", "was": "was", "does": "do"}.get(verb) or _bare(verb)
    return f"{said} {rest}"


def _bare(verb: str) -> str:
    if verb.endswith("ies"):
        return f"{verb[:-3]}y"
    return verb[:-1] if verb.endswith("s") and not verb.endswith("ss") else verb
