"""The value of a fact in a text: its names, whether a text says it, and the same text with a wrong one."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from roleagent.evaluation.telling import says
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import LITERAL
from roleagent.language.dates import parse_date
from roleagent.language.numbers import NUMBER_WORDS
from roleagent.language.scripts import has_han
from roleagent.tuning.synthesis.words import Words
from roleagent.types import Fact

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DATE = re.compile(r"-?\d{4}(?:-\d\d){0,2}")
_NUMBER = re.compile(r"\d[\d,]*")
_ARTICLE = re.compile(r"(?:the|an?) ", re.IGNORECASE)
_AFTER_ARTICLE = re.compile(
    r"\b(?:the|an?|my|your|his|her|their|its|one|that|this)(?: [a-z]+)?$", re.IGNORECASE
)
_PUT = "\x00"  # stands before what was put in
_A_BEFORE = re.compile(rf"\b([Aa])n? {_PUT}(\w)")
_POSSESSED = re.compile(r"(?:his|her|its|their|my) ", re.IGNORECASE)
_POOL_OF = {
    **dict.fromkeys(
        ("visited", "born_in", "died_in", "lives_in", "comes_from", "is_at", "located_in"), "place"
    ),
    **dict.fromkeys(("has_mother", "has_father", "married_to", "friend_of", "enemy_of", "met"), "person"),
    "works_as": "occupation",
    "skilled_in": "skill",
    "has_pet": "animal",
    "is_called": "person",
}
"""Pools of the relations whose value may be a bare text."""
_WORD_OF = {number: word for word, number in NUMBER_WORDS.items()}
_YEARS_OFF = (-31, -17, -9, -4, 3, 6, 12, 25)
_WITHIN = ("located_in", "part_of", "kept_in", "happened_in", "member_of")
_FROM_POOL = 0.3  # share of the wrong values that are not from the graph, where it has some


def spoken(label: str, language: str) -> str:
    """A label as one says it: dates and small numbers in words.

    >>> spoken("1854-01-06", "en"), spoken("1854-01", "zh"), spoken("41", "en"), spoken("Toby", "en")
    ('6 January 1854', '1854年1月', 'forty-one', 'Toby')
    """
    parts = parse_date(label) if _DATE.fullmatch(label) else None
    if parts is not None and parts[0] > 0:
        return _date_in_words(parts, is_chinese=language == "zh")
    if language == "en" and label.isdecimal() and len(label) < 3:
        return _number_in_words(int(label))
    return label


def _date_in_words(parts: tuple[int, ...], *, is_chinese: bool) -> str:
    if is_chinese:
        return "".join(f"{part}{unit}" for part, unit in zip(parts, "年月日", strict=False))
    month = [_MONTHS[parts[1] - 1]] if len(parts) > 1 else []
    return " ".join([*map(str, parts[2:]), *month, str(parts[0])])


def _number_in_words(number: int) -> str:
    if number in _WORD_OF:
        return _WORD_OF[number]
    return f"{_WORD_OF[number - number % 10]}-{_WORD_OF[number % 10]}"


def label_of(fact: Fact, graph: PersonaGraph, language: str) -> str:
    """The value of a fact as the character says it."""
    return spoken(graph.nodes[fact.object].label.strip(), language)


def names_of(fact: Fact, graph: PersonaGraph, language: str) -> tuple[str, ...]:
    """Every name of a fact's value, the longest first; of a date also the year."""
    node = graph.nodes[fact.object]
    names = {label_of(fact, graph, language), node.label.strip(), *node.aliases}
    names.add(_POSSESSED.sub("", node.label.strip()))
    if _DATE.fullmatch(node.label):
        names.add(node.label.lstrip("-")[:4])
    return tuple(sorted(filter(None, names), key=lambda name: (-len(name), name)))


def holds(text: str, fact: Fact, graph: PersonaGraph, language: str) -> bool:
    """Whether one of the names of a fact's value stands in a text, letter by letter."""
    return any(_find(name).search(text) for name in names_of(fact, graph, language))


def says_value(text: str, fact: Fact, graph: PersonaGraph, language: str) -> bool:
    """Whether a text says a fact's value in any way that a reader would take for it."""
    return any(says(text, name) for name in names_of(fact, graph, language))


def swapped(text: str, fact: Fact, wrong: str, graph: PersonaGraph, language: str) -> str:
    """A text with a wrong value in place of a fact's; empty if the true one would still be said."""
    is_date = bool(_DATE.fullmatch(graph.nodes[fact.object].label))
    made = text
    for name in names_of(fact, graph, language):
        put = wrong[-4:] if is_date and len(name) == 4 and language == "en" else wrong
        if is_date and len(name) == 4 and language == "zh":
            put = wrong.partition("年")[0]
        made = _find(name).sub(lambda found, put=put: _in_place(found, put), made)  # type: ignore[misc]
        if made != text:
            break
    made = _A_BEFORE.sub(lambda found: f"{found[1]}{'n' if found[2] in 'aeiou' else ''} {found[2]}", made)
    made = made.replace(_PUT, "")
    return "" if made == text or says_value(made, fact, graph, language) else made


def _in_place(found: re.Match[str], wrong: str) -> str:
    """A value with a capital where the one that it replaces opens a sentence, and with one article."""
    before = found.string[: found.start()].rstrip()
    opens = not before or before[-1] in ".!?"
    if _ARTICLE.match(wrong) and _AFTER_ARTICLE.search(before):
        wrong = _ARTICLE.sub("", wrong)
    return _PUT + (wrong[:1].upper() + wrong[1:] if opens else wrong)


def _find(name: str) -> re.Pattern[str]:
    if has_han(name):
        return re.compile(re.escape(name))
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)


def wrong_values(
    fact: Fact, graph: PersonaGraph, words: Words, rng: random.Random, *, own: str
) -> Iterator[str]:
    """Values of the same type that the fact does not have, in drawn order.

    From the graph where it holds others of the type, and from a pool of the words. None of them is true of
    the fact's subject and relation, or can be taken for a true one.

    Args:
        fact: whose value is another.
        graph: where it stands.
        words: with the pools.
        rng: draws.
        own: the character's node, which is no value.
    """
    node = graph.nodes[fact.object]
    if _DATE.fullmatch(node.label):
        yield from _other_dates(node.label, words.language, rng)
        return
    if node.type == LITERAL and _NUMBER.search(node.label):
        yield from _other_numbers(node.label, words.language, rng)
        return
    near = _others_in_graph(fact, graph, own)
    kind = _POOL_OF.get(fact.relation, node.type) if node.type == LITERAL else node.type
    pool = [*(words.lines("pool", kind) or words.lines("pool", "other"))]
    rng.shuffle(near)
    rng.shuffle(pool)
    first, second = (pool, near) if rng.random() < _FROM_POOL else (near, pool)
    true = [name for each in _alike(fact, graph) for name in names_of(each, graph, words.language)]
    has_article = bool(_ARTICLE.match(node.label))
    for wrong in sorted((*first, *second), key=lambda each: bool(_ARTICLE.match(each)) != has_article):
        if not _POSSESSED.match(wrong) and not any(says(wrong, name) or says(name, wrong) for name in true):
            yield wrong


def _alike(fact: Fact, graph: PersonaGraph) -> list[Fact]:
    """The facts that tell values of the same subject and relation, now or formerly."""
    every = (*graph.facts.values(), *graph.history)
    return [each for each in every if (each.subject, each.relation) == (fact.subject, fact.relation)]


def _others_in_graph(fact: Fact, graph: PersonaGraph, own: str) -> list[str]:
    kind = graph.nodes[fact.object].type
    if kind == LITERAL:
        found = [each.object for each in graph.facts.values() if each.relation == fact.relation]
    else:
        found = [node.id for node in graph.nodes.values() if node.type == kind]
    true = [each.object for each in _alike(fact, graph)]
    avoided = {own, fact.subject, *true, *_around(true, graph)}
    return [graph.nodes[each].label for each in dict.fromkeys(found) if each not in avoided]


def _around(nodes: Sequence[str], graph: PersonaGraph) -> set[str]:
    """What lies in, or around, some nodes: who lives in a house of London lives in London too."""
    found, waiting = set[str](), list(nodes)
    while waiting:
        node = waiting.pop()
        for fact in graph.facts_of(node):
            other = fact.object if fact.subject == node else fact.subject
            if fact.relation in _WITHIN and other not in found:
                found.add(other)
                waiting.append(other)
    return found


def _other_dates(label: str, language: str, rng: random.Random) -> Iterator[str]:
    for off in rng.sample(_YEARS_OFF, len(_YEARS_OFF)):
        year, rest = int(label[:4]) + off if label[0] != "-" else 0, label[4:]
        if 1000 <= year <= 9999:
            yield spoken(f"{year}{rest}", language)


def _other_numbers(label: str, language: str, rng: random.Random) -> Iterator[str]:
    for times in rng.sample((0.5, 0.7, 1.2, 1.5, 1.8, 2.2, 3.0), 7):

        def other(found: re.Match[str], times: float = times) -> str:
            number = int(found.group().replace(",", ""))
            made = max(1, round(number * times))
            return f"{made + (made == number):,}" if "," in found.group() else str(made + (made == number))

        yield spoken(_NUMBER.sub(other, label), language)
