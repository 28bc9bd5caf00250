"""Relatives and animals that a sentence takes for the character's own: by kind, number and name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from roleagent.critics.premises_known import Known, pattern_of
from roleagent.critics.text import read_table
from roleagent.language.numbers import read_number
from roleagent.types import Doubt, Fact

_Entry = Mapping[str, Any]  # Any: a row of the table


def of_kin(text: str, known: Known) -> Iterator[Doubt]:
    """Relatives and animals of the character, by their kind and by their name."""
    for pattern in known.table["kin"]:
        for match in pattern_of(pattern).finditer(text):
            doubt = _of_one(match, known)
            if doubt is not None:
                yield doubt


def _of_one(match: re.Match[str], known: Known) -> Doubt | None:
    groups: Mapping[str, str | None] = match.groupdict()
    words, name, quote = match["kin"], groups.get("name"), match.group().strip(" ,，")
    entry = _entry(words, known.language)
    if entry is None:
        return None
    words = known.table["plainly"].get(words, words)
    relatives = _relatives(entry, known)
    of_kind = [fact for fact in relatives if _may_be(entry, fact, known)]
    is_animal = entry.get("group") == "animal"
    if is_animal and not of_kind and known.holds_of_own(_in_a_sentence(entry, known.language)):
        return None  # one that no fact lists may still be told of: "you lost seven mules"
    if name and _is_another(name, of_kind, known):
        facts = (of_kind or relatives)[:2] or _between(name, known)
        return known.doubt("no_named_kin", quote, facts=facts, kin=words, name=name)
    if relatives and not of_kind:
        return known.doubt("no_kin", quote, facts=relatives[:2], kin=words)
    if of_kind:
        too_many = _is_too_many(groups.get("number") or "", of_kind, known)
        return known.doubt("other", quote, facts=of_kind[:2]) if too_many else None
    if (
        _had(entry, known)
        or entry.get("everybody")
        or known.holds_of_own(_in_a_sentence(entry, known.language))
    ):
        return None
    return known.doubt("no_kin", quote, kin=words)


@cache
def _entries() -> Sequence[_Entry]:
    table = read_table("premises")
    return (*table["kin"], *({"group": "animal", "relations": _PETS, **row} for row in table["animals"]))


_PETS = ("has_pet", "owns")


def _entry(words: str, language: str) -> _Entry | None:
    return next((entry for entry in _entries() if re.fullmatch(entry[language], words, re.I)), None)


def _in_a_sentence(entry: _Entry, language: str) -> str:
    """What counts as being of a kind: the word itself, or one for a kind of it, such as a spaniel."""
    names = "|".join(filter(None, (entry[language], entry.get(f"{language}_kinds"))))
    return names if language == "chinese" else rf"\b(?:{names})\b"


def _relatives(entry: _Entry, known: Known) -> list[Fact]:
    facts = [fact for name in entry["relations"] for fact in known.graph.values(known.own_id, name)]
    return [fact for fact in facts if _may_count(entry, fact, known)]


def _may_count(entry: _Entry, fact: Fact, known: Known) -> bool:
    """Whether a fact is about such a relative or animal, where its relation leaves that open."""
    if fact.relation == "related_to":
        said = known.says_of(fact, fact.object)
        return re.search(_in_a_sentence(entry, known.language), said, re.I) is not None
    if entry.get("group") == "animal":
        return fact.relation == "has_pet" or known.graph.nodes[fact.object].type == "animal"
    return True


def _had(entry: _Entry, known: Known) -> bool:
    """Whether the character had such a relative once, as a widow had a husband."""
    own = known.graph.facts_of(known.own_id)
    return any(fact.relation in entry["relations"] and fact.valid_to is not None for fact in own)


def _may_be(entry: _Entry, fact: Fact, known: Known) -> bool:
    """Whether the relative of a fact is of a kind: unless it is said to be of another kind of the group."""
    said = known.says_of(fact, fact.object)
    if re.search(_in_a_sentence(entry, known.language), said, re.I):
        return True
    others = (
        each for each in _entries() if each.get("group") == entry.get("group") is not None and each != entry
    )
    return not any(re.search(_in_a_sentence(each, known.language), said, re.I) for each in others)


def _is_another(name: str, of_kind: Sequence[Fact], known: Known) -> bool:
    """Whether a name is nobody's that is known, or somebody's who is known and no such relative."""
    named = known.mentioned(name)
    if not named:
        return not known.holds_name(name)
    relatives = {fact.object for fact in of_kind}
    return bool(relatives) and not relatives & set(named)


def _between(name: str, known: Known) -> Sequence[Fact]:
    named = set(known.mentioned(name))
    return [fact for fact in known.graph.facts_of(known.own_id) if {fact.subject, fact.object} & named][:1]


def _is_too_many(number: str, of_kind: Sequence[Fact], known: Known) -> bool:
    """Whether more are spoken of than are known: "your three sons", or "your eldest" of an only one."""
    count = read_number(number) if number else None
    if count is not None:
        return count > len(of_kind)
    is_ranked = number and re.fullmatch(known.table["ranks"], number, re.I)
    only = re.compile(known.table["only"], re.I)
    return bool(is_ranked) and any(only.search(fact.text) for fact in of_kind)


def of_ties(sentence: str, known: Known) -> Iterator[Doubt]:
    """Somebody known who is called what they are not: "Crake, your uncle"."""
    for pattern in known.table["ties"]:
        for match in pattern_of(pattern).finditer(sentence):
            named, entry = known.mentioned(match["who"]), _entry(match["kin"], known.language)
            if not named or entry is None:
                continue
            ties = [
                fact
                for fact in known.graph.facts_of(known.own_id)
                if {fact.subject, fact.object} & {named[-1]} and fact.valid_to is None
            ]
            if ties and not any(_is_such(entry, fact, known) for fact in ties):
                yield known.doubt("other", match.group().strip(" ,，"), facts=ties[:1])


def _is_such(entry: _Entry, fact: Fact, known: Known) -> bool:
    return fact.relation in (*entry["relations"], *_KIN_AT_LARGE) and _may_be(entry, fact, known)


_KIN_AT_LARGE = ("related_to", "child_of", "parent_of", "sibling_of")


def kin_called(words: str, language: str) -> frozenset[str]:
    """The relations by which a graph may know a relative of a kind; none for other words.

    Args:
        words: such as "mother" or 母亲.
        language: ``english`` or ``chinese``.
    """
    entry = _entry(words, language)
    return frozenset(entry["relations"]) if entry else frozenset()


def kin_words(fact: Fact, known: Known) -> Iterator[str]:
    """Patterns for what one would call the object of a fact about the character: "your wife"."""
    if fact.subject == known.own_id:
        for entry in _entries():
            if fact.relation in entry["relations"] and _may_be(entry, fact, known):
                words = entry[known.language]
                yield rf"[你您](?:家|的)?(?:{words})" if known.language == "chinese" else rf"your (?:{words})"
