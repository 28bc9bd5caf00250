"""What a persona knows, as a book: a card has no graph, and a book is told when the talk comes to it.

What everybody may know is in it and nothing else. Other programs let a character tell whatever its prompt
holds, so a secret stays out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from roleagent.formats.foreign import MAX_TEXT, as_table
from roleagent.graph.graph import PersonaGraph
from roleagent.lore.book import Lorebook, LoreEntry
from roleagent.persona.build import build_persona
from roleagent.types import PUBLIC, Fact, Node

NAME = "What {{char}} knows"
_ALWAYS = "always"
_KEYS = (
    "roleagent",
    "id",
    "name",
    "summary",
    "language",
    "node",
    "node_types",
    "relations",
    "nodes",
    "edges",
)
# A text mentions these by name; a trait or a goal it does not.
_MENTIONED = frozenset(
    {"person", "animal", "organisation", "place", "artifact", "work", "event", "occupation", "skill", "topic"}
)


def knowledge_of(document: Mapping[str, Any]) -> Lorebook | None:
    """The public facts of a persona document: those of the character alone always, others by whom they name.

    Returns:
        None where there are no such facts.
    """
    if not document.get("edges"):
        return None
    table = {key: document[key] for key in _KEYS if key in document}
    persona = build_persona(as_table(table), source="")
    facts = [fact for fact in persona.graph.facts.values() if fact.visibility == (PUBLIC,)]
    entries = _entries(facts, persona.graph, persona.node_id)
    return Lorebook(name=NAME, entries=tuple(entries)) if entries else None


def _entries(facts: Iterable[Fact], graph: PersonaGraph, own_id: str) -> list[LoreEntry]:
    by_node: dict[str, list[Fact]] = {}
    for fact in facts:
        named = [end for end in (fact.subject, fact.object) if _is_mentioned(graph.nodes[end], own_id)]
        for node_id in dict.fromkeys(named or [_ALWAYS]):
            by_node.setdefault(node_id, []).append(fact)
    always = by_node.pop(_ALWAYS, None)
    entries = [] if always is None else [LoreEntry(id=_ALWAYS, constant=True, content=_content("", always))]
    for node_id, about in by_node.items():
        node = graph.nodes[node_id]
        content = _content(_heading(node), about)
        keys = tuple(dict.fromkeys((node.label, *node.aliases)))
        entries.append(LoreEntry(id=f"node:{node_id}", name=node.label, keys=keys, content=content))
    return entries


def _is_mentioned(node: Node, own_id: str) -> bool:
    return node.type in _MENTIONED and node.id != own_id


def _heading(node: Node) -> str:
    return f"{node.label}: {node.description}" if node.description else node.label


def _content(heading: str, facts: Iterable[Fact]) -> str:
    lines = [heading] if heading else []
    return "\n".join((*lines, *(f"- {fact.text}" for fact in facts)))[:MAX_TEXT].rstrip()
