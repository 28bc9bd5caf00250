"""Built-in tools: the character looks things up in its own knowledge and memory.

They are made anew for every turn, since they see one user's graph and memory.
"""

from __future__ import annotations

import re

from langchain_core.tools import BaseTool, StructuredTool

from roleagent.persona.graph import PersonaGraph
from roleagent.prompt import in_one_line
from roleagent.protocols import EpisodicMemory
from roleagent.types import Episode, Scope

MAX_FACTS = 12
MAX_EPISODES = 5
MAX_QUERY_CHARS = 500
MIN_WORD_CHARS = 4  # shorter words, such as "the", are in too many names

_WORD = re.compile(r"[^\W_]+")


def look_up_fact(*, graph: PersonaGraph, memory: EpisodicMemory, scope: Scope) -> BaseTool:
    """A tool that finds the facts about whatever a text names, wholly or by a part of its name."""

    def look_up(about: str) -> str:
        about = about[:MAX_QUERY_CHARS]
        nodes = graph.mentioned_in(about) or partly_named(graph, about)
        facts = [fact for fact in graph.neighbourhood(nodes) if fact.valid_to is None]
        return "\n".join(fact.text for fact in facts[:MAX_FACTS]) or f"Nothing is known about {about}."

    return StructuredTool.from_function(
        look_up,
        name="look_up_fact",
        description="Look up what you know about a person, place or thing, by its name.",
    )


def partly_named(graph: PersonaGraph, about: str) -> list[str]:
    """Nodes whose name holds the text, or of which the text holds a whole word: the Hudson of Mrs Hudson."""
    wanted = about.casefold().strip()
    words = {word for word in _WORD.findall(wanted) if len(word) >= MIN_WORD_CHARS}

    def fits(name: str) -> bool:
        name = name.casefold()
        return (len(wanted) >= 2 and wanted in name) or not words.isdisjoint(_WORD.findall(name))

    return [node.id for node in graph.nodes.values() if any(map(fits, (node.label, *node.aliases)))]


def _line(episode: Episode) -> str:
    """The words and, apart from them, what was seen and heard beside them, which cannot pass for words."""
    seen = "; ".join(f"{each.kind} “{in_one_line(each.text)}”" for each in episode.observations)
    shown = f" (shown with it, not said: {seen})" if seen else ""
    return f"{episode.at:%Y-%m-%d} {episode.speaker}: {in_one_line(episode.text)}{shown}"


def recall_episode(*, graph: PersonaGraph, memory: EpisodicMemory, scope: Scope) -> BaseTool:
    """A tool that finds what was said in earlier talk with this person."""

    def recall(about: str) -> str:
        episodes = memory.recall(about[:MAX_QUERY_CHARS], scope, limit=MAX_EPISODES)
        return "\n".join(map(_line, episodes)) or "Nothing of the kind was said."

    return StructuredTool.from_function(
        recall,
        name="recall_episode",
        description="Remember what was said about something in earlier talk with this person.",
    )
