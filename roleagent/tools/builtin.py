"""Built-in tools: the character looks things up in its own knowledge and memory.

They are made anew for every turn, since they see one user's graph and memory.
"""

from __future__ import annotations

from langchain_core.tools import BaseTool, StructuredTool

from roleagent.persona.graph import PersonaGraph
from roleagent.protocols import EpisodicMemory
from roleagent.types import Scope

MAX_FACTS = 12
MAX_EPISODES = 5


def look_up_fact(*, graph: PersonaGraph, memory: EpisodicMemory, scope: Scope) -> BaseTool:
    """A tool that finds the facts about whatever a text names."""

    def look_up(about: str) -> str:
        facts = [fact for fact in graph.neighbourhood(graph.mentioned_in(about)) if fact.valid_to is None]
        return "\n".join(fact.text for fact in facts[:MAX_FACTS]) or f"Nothing is known about {about}."

    return StructuredTool.from_function(
        look_up,
        name="look_up_fact",
        description="Look up what you know about a person, place or thing, by its name.",
    )


def recall_episode(*, graph: PersonaGraph, memory: EpisodicMemory, scope: Scope) -> BaseTool:
    """A tool that finds what was said in earlier talk with this person."""

    def recall(about: str) -> str:
        episodes = memory.recall(about, scope, limit=MAX_EPISODES)
        lines = [f"{episode.at:%Y-%m-%d} {episode.speaker}: {episode.text}" for episode in episodes]
        return "\n".join(lines) or "Nothing of the kind was said."

    return StructuredTool.from_function(
        recall,
        name="recall_episode",
        description="Remember what was said about something in earlier talk with this person.",
    )
