"""Who is meant by "your brother", or by "the one who taught you"? The node that the graph has for it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import LITERAL

_MOST = 3  # nodes that may be meant; of more, none is


def with_referents(text: str, graph: PersonaGraph, node_id: str, *, language: str = "en") -> str:
    """A question with the names of those whom it means, so that facts about them are found.

    >>> with_referents("Good day.", PersonaGraph(nodes=(), facts=(), relations={}), "ada")
    'Good day.'
    """
    names = [graph.nodes[each].label for each in referents(text, graph, node_id, language=language)]
    return f"{text} ({', '.join(names)})" if names else text


def referents(text: str, graph: PersonaGraph, node_id: str, *, language: str = "en") -> Sequence[str]:
    """Ids of the nodes that a question means by what they are to the character, each once.

    Args:
        text: what was said to the character.
        graph: knows its people and places.
        node_id: the character's node.
        language: of the text, ``en`` or ``zh``.
    """
    found: dict[str, None] = {}
    for pattern, relations in _words(language[:2]):
        if pattern.search(text):
            meant = [
                fact.object if fact.subject == node_id else fact.subject
                for relation in relations
                for fact in graph.values(node_id, relation)
                if graph.nodes[fact.object].type != LITERAL
            ]
            if 0 < len(set(meant)) <= _MOST:
                found |= dict.fromkeys(meant)
    return tuple(found)


@cache
def _words(language: str) -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    text = files("roleagent.persona").joinpath("referents.toml").read_text(encoding="utf-8")
    column = "chinese" if language == "zh" else "english"
    return tuple(
        (re.compile(row[column], re.IGNORECASE), tuple(row["relations"]))
        for row in tomllib.loads(text)["words"]
    )
