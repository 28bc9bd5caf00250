"""Facts and questions in one person: who asks says "you", and a persona's file says its name.

"Where do you live?" and "Sherlock Holmes has lived at 221B Baker Street." lie far apart for an embedder,
and "Good evening, Mr Holmes!" lies near everything that names him. So where vectors are compared, the
character is "you" on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from roleagent.persona.graph import PersonaGraph

_TITLE = r"(?:\b(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|lady|captain)\.? +)?"


def to_second_person(graph: PersonaGraph, character: str, beside: Iterable[str]) -> Callable[[str], str]:
    """What puts "you" in place of the character's names, with a title before them or not.

    Names of others that hold one of them ("Mycroft Holmes") stay as they are.

    Args:
        graph: where the names stand.
        character: the node of the one who is spoken to.
        beside: nodes whose names may hold the character's.

    >>> from roleagent.types import Node
    >>> people = [Node(id="ada", type="person", label="Ada Lark", aliases=("Ada",)),
    ...           Node(id="tom", type="person", label="Tom Lark")]
    >>> as_you = to_second_person(PersonaGraph(nodes=people, facts=(), relations={}), "ada", ["tom"])
    >>> as_you("Good day, Miss Lark. Ada is Tom Lark's aunt; Ada Lark's cat likes Ada.")
    "Good day, Miss Lark. you is Tom Lark's aunt; your cat likes you."
    """
    own = {name.casefold() for name in _names(graph, character)}
    others = {
        name.casefold()
        for node_id in beside
        for name in _names(graph, node_id)
        if any(mine in name.casefold() for mine in own)
    }
    names = sorted(own | others, key=len, reverse=True)
    if not names:
        return lambda text: text
    pattern = re.compile(
        rf"{_TITLE}(?P<name>{'|'.join(map(_as_whole, names))})(?P<possessive>['’]s?(?!\w))?", re.IGNORECASE
    )

    def you(found: re.Match[str]) -> str:
        if found["name"].casefold() not in own:
            return found.group()
        return _pronoun(found["name"], possessive=found["possessive"] is not None)

    return lambda text: pattern.sub(you, text)


def _names(graph: PersonaGraph, node_id: str) -> tuple[str, ...]:
    node = graph.nodes.get(node_id)
    return tuple(name for name in (node.label, *node.aliases) if name.strip()) if node else ()


def _as_whole(name: str) -> str:
    """A name as a pattern: whole words where words are set apart by spaces."""
    before = r"\b" if _is_spaced(name[0]) else ""
    after = r"\b" if _is_spaced(name[-1]) else ""
    return f"{before}{re.escape(name)}{after}"


def _is_spaced(char: str) -> bool:
    return char.isalnum() and char < "\u3000"


def _pronoun(name: str, *, possessive: bool) -> str:
    if not _is_spaced(name[-1]) and name[-1] >= "\u3000":
        return "你"
    return "your" if possessive else "you"
