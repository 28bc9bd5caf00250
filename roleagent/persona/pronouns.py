"""Pronouns that mean the character: in "Holmes keeps his tobacco in a slipper", "his" is of Holmes.

Only what is certain counts. If another person is named before a pronoun, it may mean that one: "Holmes told
Watson that he had been ill" must not make Holmes ill.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from roleagent.graph.graph import PersonaGraph

_PRONOUN = re.compile(
    r"\b(?:(?P<male>he|him|his|himself)|(?P<female>she|her|hers|herself))\b(?!['’])", re.IGNORECASE
)
_MOST_CHARS = 1_000  # of a text; a fact is a sentence or two
_BEINGS = frozenset({"person", "animal"})
_SOMEBODY = re.compile(
    r"(?<!\bas )(?<!\bis )(?<!\bwas )\b"
    r"(?:an?|the|each|every|another|some|any|one|old|young) (?:[\w-]+ ){0,2}?"
    r"(?:m[ae]n|wom[ae]n|boy|girl|child|lad|king|queen|prince|princess|lord|lady|duke|client|visitor|guest"
    r"|stranger|agent|doctor|physician|surgeon|nurse|master|servant|maid|friend|colleague|partner|assistant"
    r"|pupil|student|apprentice|teacher|brother|sister|father|mother|son|daughter|uncle|aunt|cousin|husband"
    r"|wife|person|thief|murderer|officer|soldier|sailor|inspector|professor|priest|monk|customer|neighbour"
    r"|owner|baker|farmer|\w{3,}(?:smith|maker|keeper|seller|binder|monger|ist))\b"
    r"|\b(?:who|whoever|(?:some|any|every)(?:body|one))\b"
    r"|\b(?:mrs?|ms|miss|dr|sir|lord|lady|king|queen)\b\.? \w",
    re.IGNORECASE,
)
"""Somebody besides those whom the graph knows. "As a physician" says what the subject is."""
_IS = re.compile(
    r"\W*(?P<subject>[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*)*) (?:is|was|remains|remained|became|becomes) "
)
_OF_ANOTHER = re.compile(
    r"\b(?:whom|than|the (?:[\w-]+ ){0,3}?"
    r"(?!(?:when|if|as|and|or|but|where|while|before|after|since|until)\b)[\w-]+) $"
)
"""What stands before "he" if it does not mean the subject: "Watson is the only friend he has"."""
_LEADS = re.compile(
    r"\W*(?:after|as|at|before|by|during|for|from|in|on|since|though|until|when|while|with)\b[^,;.!?]*$", re.I
)
_MEN, _WOMEN = ("man", "male", "boy"), ("woman", "female", "girl")


def pronouns_of(text: str, graph: PersonaGraph, own: str) -> Sequence[re.Match[str]]:
    """The pronouns that mean a character; none if one of them may mean somebody else.

    A text in which only some of them became "I" would speak of two people.

    Args:
        text: an English sentence or two; a long text is left alone.
        graph: knows the names and genders of people.
        own: the character's node.
    """
    if len(text) > _MOST_CHARS:
        return ()
    found = [each for each in _PRONOUN.finditer(text) if _may_be(own, each, graph)]
    if not all(_is_meant(own, each, text, graph) for each in found):
        return ()
    genders = {each.lastgroup for each in found}
    return found if len(genders) == 1 else ()


def _is_meant(own: str, pronoun: re.Match[str], text: str, graph: PersonaGraph) -> bool:
    """Whether nobody but the character can be meant."""
    before = text[: pronoun.start()]
    people = {each for each in _people_in(before, graph) if _may_be(each, pronoun, graph)}
    is_subject = pronoun.group().casefold() in ("he", "she")
    if is_subject and _OF_ANOTHER.search(before) and (subject := _IS.match(before)):
        people -= set(list(_people_in(subject["subject"], graph))[:1])
    if _SOMEBODY.search(before):
        return False
    if not people and _LEADS.match(before):  # "On his travels Faraday met …"
        return next(_people_in(text[pronoun.end() :], graph), "") == own
    return people == {own}


def _people_in(text: str, graph: PersonaGraph) -> Iterator[str]:
    return (each for each in graph.mentioned_in(text) if graph.nodes[each].type in _BEINGS)


def _may_be(person: str, pronoun: re.Match[str], graph: PersonaGraph) -> bool:
    """Whether a pronoun fits a person's gender, as far as the graph knows it."""
    told = {graph.nodes[fact.object].label.casefold() for fact in graph.values(person, "has_gender")}
    other = _WOMEN if pronoun.lastgroup == "male" else _MEN
    return told.isdisjoint(other)
