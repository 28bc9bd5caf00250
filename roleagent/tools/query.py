"""A built-in tool: questions to the character's own graph, by words, by relation and by connection."""

from __future__ import annotations

from collections.abc import Iterator

from langchain_core.tools import BaseTool, StructuredTool

from roleagent.persona.graph import PersonaGraph
from roleagent.protocols import EpisodicMemory
from roleagent.tools.builtin import MAX_FACTS, MAX_QUERY_CHARS, partly_named
from roleagent.types import Fact, Scope

MAX_PATHS = 3
MAX_STEPS = 4
_MAX_ENDS = 3  # nodes that a text may mean, of each end
_NO_RELATION = "There is no relation {relation!r} here. Of {about} there are: {known}."


def query_graph(*, graph: PersonaGraph, memory: EpisodicMemory, scope: Scope) -> BaseTool:
    """A tool that searches what the character knows, and says how two things hang together."""

    def query(about: str, connected_to: str = "", relation: str = "") -> str:
        about, connected_to = about[:MAX_QUERY_CHARS], connected_to[:MAX_QUERY_CHARS]
        if connected_to:
            lines = _connections(graph, about, connected_to)
        elif relation:
            lines = _related(graph, about, relation[:MAX_QUERY_CHARS])
        else:
            lines = _found(graph, about)
        return "\n".join(lines) or f"Nothing is known about {about}."

    return StructuredTool.from_function(
        query,
        name="query_graph",
        description=(
            "Search what you know. `about`: names or words. `connected_to`: another name, to learn how the "
            "two hang together. `relation`: such as lives_in or friend_of, to learn only that of `about`."
        ),
    )


def _found(graph: PersonaGraph, about: str) -> list[str]:
    """Facts in the words of a text, then those about the nodes that it finds."""
    facts: dict[str, Fact] = {}
    for hit in graph.search(about, limit=MAX_FACTS):
        found = (graph.facts[hit.id],) if hit.kind == "fact" else graph.facts_of(hit.id)
        facts.update((fact.id, fact) for fact in found if fact.valid_to is None)
    return [fact.text for fact in [*facts.values()][:MAX_FACTS]]


def _connections(graph: PersonaGraph, one: str, other: str) -> list[str]:
    paths = (
        path
        for source in _nodes(graph, one)
        for target in _nodes(graph, other)
        for path in graph.paths(source, target, max_length=MAX_STEPS, limit=MAX_PATHS)
    )
    shortest = sorted(paths, key=len)[:MAX_PATHS]
    return [" ".join(fact.text for fact in path) for path in shortest]


def _related(graph: PersonaGraph, about: str, relation: str) -> list[str]:
    nodes = _nodes(graph, about)
    facts = [fact for node in nodes for fact in graph.facts_of(node) if fact.valid_to is None]
    fitting = list(dict.fromkeys(fact.text for fact in facts if fact.relation == relation))
    if fitting or not facts:
        return fitting[:MAX_FACTS]
    known = ", ".join(dict.fromkeys(fact.relation for fact in facts))
    return [_NO_RELATION.format(relation=relation, about=about, known=known)]


def _nodes(graph: PersonaGraph, text: str) -> list[str]:
    return list(_named(graph, text))[:_MAX_ENDS]


def _named(graph: PersonaGraph, text: str) -> Iterator[str]:
    named = graph.mentioned_in(text) or partly_named(graph, text)
    yield from named or (hit.id for hit in graph.search(text, limit=_MAX_ENDS) if hit.kind == "node")
