"""Whether the value in a sentence agrees with a fact's; None if they cannot be compared."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from roleagent.critics.text import read_table
from roleagent.graph.graph import PersonaGraph
from roleagent.language.dates import dates_agree, read_date
from roleagent.language.numbers import read_number
from roleagent.language.scripts import has_han, has_unspaced
from roleagent.protocols import Scene
from roleagent.types import Fact, Node

_MALE = re.compile(r"\b(?:man|male|gentleman|boy)\b|男|汉子", re.I)
_FEMALE = re.compile(r"\b(?:woman|female|lady|girl)\b|女|姑娘", re.I)
_TITLES = "dr mr mrs miss ms sir professor inspector colonel the of and"
_UNNAMED = frozenset(_TITLES.split())
_WORD = re.compile(r"[^\W\d_]+")


def genders_agree(one: str, other: str) -> bool | None:
    """Whether two words for a gender mean the same; None if either names no gender."""
    genders = [gender_of(words) for words in (one, other)]
    return None if "" in genders else genders[0] == genders[1]


def gender_of(words: str) -> str:
    """``male`` or ``female``; empty if the words name no gender.

    >>> gender_of("an old gentleman"), gender_of("姑娘"), gender_of("a dog")
    ('male', 'female', '')
    """
    return "female" if _FEMALE.search(words) else "male" if _MALE.search(words) else ""


def names_agree(one: str, other: str) -> bool:
    """Whether two names share a word, titles aside, or one holds the other (as Chinese names do).

    >>> names_agree("Mr Holmes", "Sherlock Holmes"), names_agree("Mycroft Holmes", "Sherlock Holmes")
    (True, False)
    """
    first, second = _name_words(one), _name_words(other)
    if not first or not second:
        return False
    return (
        first <= second
        or second <= first
        or any(a in b or b in a for a in first for b in second if has_unspaced(a))
    )


def _name_words(name: str) -> frozenset[str]:
    return frozenset(
        word for word in _WORD.findall(name.casefold().removesuffix("'s")) if word not in _UNNAMED
    )


class _Table(NamedTuple):
    """The known places.

    Attributes:
        place_of: a name in small letters -> its place.
        around: a place -> the larger one in which it lies.
        pattern: matches any name.
    """

    place_of: dict[str, str]
    around: dict[str, str]
    pattern: re.Pattern[str]


def places_in(text: str) -> frozenset[str]:
    """The known places that a text names."""
    table = _table()
    return frozenset(table.place_of[match.group().casefold()] for match in table.pattern.finditer(text))


def with_surroundings(place: str) -> tuple[str, ...]:
    """A place and all that it lies in, the nearest first.

    >>> with_surroundings("Paris")
    ('Paris', 'France', 'Europe')
    """
    around = _table().around
    chain = [place]
    while (larger := around.get(chain[-1])) is not None:
        chain.append(larger)
    return tuple(chain)


@cache
def _table() -> _Table:
    place_of: dict[str, str] = {}
    around: dict[str, str] = {}
    for place, entry in read_table("places").items():
        place_of |= {name.casefold(): place for name in (place, *entry["names"])}
        if "in" in entry:
            around[place] = entry["in"]
        for held in entry["holds"]:
            first, *others = held.split("|")
            around.setdefault(first, place)
            place_of |= {name.casefold(): first for name in (first, *others)}
    patterns = (  # with its capital: "Nice" is a town, "nice" is not
        re.escape(name)
        if has_han(name)
        else rf"(?<!\w)(?-i:{re.escape(name[0].upper())}){re.escape(name[1:])}(?!\w)"
        for name in sorted(place_of, key=len, reverse=True)
    )
    return _Table(place_of, around, re.compile("|".join(patterns), re.I))


_INSIDE = ("located_in", "part_of")
_PLACES = ("place", "organisation")
_BEINGS = ("person", "animal", "machine")


def agrees(value: str, fact: Fact, scene: Scene) -> bool | None:
    """Compare the words for a value with the object of a fact, in the way of the fact's relation."""
    graph = scene.graph
    true = graph.nodes[fact.object]
    match fact.relation:
        case "aged":
            claimed, known = read_number(value), read_number(true.label)
            return None if claimed is None or known is None else claimed == known
        case "born_on" | "died_on":
            return dates_agree(read_date(value), read_date(true.label))
        case "has_gender":
            return genders_agree(value, true.label)
        case "lives_in" | "born_in" | "died_in" | "located_in":
            return _places_agree(value, true, graph)
        case "is_called":
            return _is_a_name_of(value, graph.nodes[fact.subject], true, scene)
        case "has_mother" | "has_father" | "married_to":
            return _is_named(value, true) or _names_a_being(value, true, graph)
        case _:
            return _nodes_agree(value, true, graph)


def _is_named(value: str, node: Node) -> bool:
    return any(names_agree(value, name) for name in (node.label, *node.aliases))


def _is_a_name_of(value: str, subject: Node, name: Node, scene: Scene) -> bool | None:
    """False for the name of another being: "I am French" is no name at all."""
    named = scene.graph.mentioned_in(value)
    if subject.id in named:
        return True
    if any(scene.graph.nodes[node_id].type in _BEINGS for node_id in named):
        return False
    names = [name.label, subject.label, *subject.aliases]
    if subject.id == scene.persona.node_id:
        names.append(scene.persona.name)
    return True if any(names_agree(value, known) for known in names) else None


def _names_a_being(value: str, true: Node, graph: PersonaGraph) -> bool | None:
    """False for another being of the graph, and for any other proper name."""
    named = graph.mentioned_in(value)
    if true.id in named:
        return True
    if any(graph.nodes[node_id].type in _BEINGS for node_id in named):
        return False
    return None if named else False


def _places_agree(value: str, true: Node, graph: PersonaGraph) -> bool | None:
    around = _surroundings(true.id, graph)
    named = graph.mentioned_in(value)
    if around & set(named) or any(true.id in _surroundings(node_id, graph) for node_id in named):
        return True
    larger = [graph.nodes[node_id] for node_id in around if node_id != true.id]
    if any(_is_named(value, node) for node in (true, *larger)):
        return True
    by_table = _agree_by_table(places_in(value), _in_table([true]), _in_table(larger))
    if by_table is None and any(graph.nodes[node_id].type in _PLACES for node_id in named):
        return False
    return by_table


def _in_table(nodes: Iterable[Node]) -> frozenset[str]:
    return places_in(" | ".join(name for node in nodes for name in (node.label, *node.aliases)))


def _agree_by_table(claimed: frozenset[str], true: frozenset[str], around: frozenset[str]) -> bool | None:
    """Compare by the table of known places; `true` is the place itself, `around` what it lies in."""
    if not claimed or not (true or around):
        return None
    wide = {larger for place in (*true, *around) for larger in with_surroundings(place)}
    chains = {larger for place in claimed for larger in with_surroundings(place)}
    if claimed & wide or true & chains:
        return True
    # Both lie in London, and more is not known of the true place: they may be one.
    return None if not true and around & chains else False


def _surroundings(node_id: str, graph: PersonaGraph) -> set[str]:
    """A node and all that the graph says it lies in or belongs to."""
    found, queue = {node_id}, deque([node_id])
    while queue:
        here = queue.popleft()
        for relation in _INSIDE:
            for fact in graph.values(here, relation):
                if fact.object not in found:
                    found.add(fact.object)
                    queue.append(fact.object)
    return found


def _nodes_agree(value: str, true: Node, graph: PersonaGraph) -> bool | None:
    """For relations of the persona's own vocabulary: another node of the same type differs."""
    if true.type == "literal":
        numbers = read_number(value), read_number(true.label)
        return None if None in numbers else numbers[0] == numbers[1]
    named = graph.mentioned_in(value)
    if true.id in named or _is_named(value, true) or set(named) & _surroundings(true.id, graph):
        return True
    return False if any(graph.nodes[node_id].type == true.type for node_id in named) else None
