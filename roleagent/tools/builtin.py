"""Built-in tools: the character looks things up in its own knowledge and memory.

They are made for every turn, since they see one user's graph and memory.
"""

from __future__ import annotations

import re
from typing import Literal

from langchain_core.tools import BaseTool, StructuredTool

from roleagent.graph.graph import PersonaGraph
from roleagent.language.media_requests import ANY_KIND, request_of
from roleagent.language.unicode import in_one_line
from roleagent.memory.media_search import recall_media as find_media
from roleagent.protocols import Cue, EpisodicMemory
from roleagent.types import Episode, Fact, HandedBack, Sight, Thread

MAX_FACTS = 12
MAX_EPISODES = 5
MAX_QUERY_CHARS = 500
MIN_WORD_CHARS = 4  # shorter words, such as "the", are in too many names

_WORD = re.compile(r"[^\W_]+")


def look_up_fact(*, graph: PersonaGraph, memory: EpisodicMemory, thread: Thread, sight: Sight) -> BaseTool:
    """A tool that finds the facts about what a text names, by its whole name or a part of it."""

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
    """Nodes whose name contains the text or shares a word with it: "Hudson" finds Mrs Hudson."""
    wanted = about.casefold().strip()
    words = {word for word in _WORD.findall(wanted) if len(word) >= MIN_WORD_CHARS}

    def fits(name: str) -> bool:
        name = name.casefold()
        return (len(wanted) >= 2 and wanted in name) or not words.isdisjoint(_WORD.findall(name))

    return [node.id for node in graph.nodes.values() if any(map(fits, (node.label, *node.aliases)))]


def _line(episode: Episode) -> str:
    """What was said and, marked as such, what was seen and heard with it."""
    seen = "; ".join(f"{each.kind} “{in_one_line(each.text)}”" for each in episode.observations)
    shown = f" (shown with it, not said: {seen})" if seen else ""
    return f"{episode.at:%Y-%m-%d} {episode.speaker}: {in_one_line(episode.text)}{shown}"


def recall_episode(*, graph: PersonaGraph, memory: EpisodicMemory, thread: Thread, sight: Sight) -> BaseTool:
    """A tool that finds what was said in earlier talk with this person."""

    def recall(about: str) -> str:
        episodes = memory.recall(about[:MAX_QUERY_CHARS], thread.owner, sight, limit=MAX_EPISODES)
        return "\n".join(map(_line, episodes)) or "Nothing of the kind was said."

    return StructuredTool.from_function(
        recall,
        name="recall_episode",
        description="Remember what was said about something in earlier talk with this person.",
    )


Kind = Literal["picture", "recording", "any"]
_KINDS: dict[Kind, tuple[str, ...]] = {"picture": ("image/",), "recording": ("audio/",), "any": ANY_KIND}


def recall_media(*, graph: PersonaGraph, memory: EpisodicMemory, thread: Thread, sight: Sight) -> BaseTool:
    """A tool whose text says what was found, and whose artifact is what goes with the reply."""

    def recall(about: str, kind: Kind = "any") -> tuple[str, tuple[HandedBack, ...]]:
        request = request_of(about[:MAX_QUERY_CHARS], _KINDS[kind])
        found = tuple(find_media(memory, thread, sight, request, Cue(text=about, graph=graph)))
        lines = [_media_line(each) for each in found]
        return "\n".join(lines) or "They have shown you nothing of the kind.", found

    return StructuredTool.from_function(
        recall,
        name="recall_media",
        description=(
            "Find a picture or recording that this person once showed you, and hand it back with your answer."
            " `about`: what is to be seen or heard in it. `kind`: picture, recording or any."
        ),
        response_format="content_and_artifact",
    )


def _media_line(handed: HandedBack) -> str:
    seen = "; ".join(f"{each.kind}: {in_one_line(each.text)}" for each in handed.seen)
    found = handed.found_by
    second = f", from second {found.span_s[0]:.0f}" if found and found.span_s else ""
    return (
        f"You hand back {handed.attachment.name}, shown on {handed.shown_at:%Y-%m-%d}{second}. {seen}".strip()
    )


MAX_PATHS = 3
MAX_STEPS = 4
_MAX_ENDS = 3  # nodes that a text may mean, of each end
_NO_RELATION = "There is no relation {relation!r} here. Of {about} there are: {known}."


def query_graph(*, graph: PersonaGraph, memory: EpisodicMemory, thread: Thread, sight: Sight) -> BaseTool:
    """A tool that searches what the character knows, and says how two things are connected."""

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
            "two are connected. `relation`: such as lives_in or friend_of, to learn only that of `about`."
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
    """The nodes that a text may mean: those it names, else those whose words it shares."""
    named = [*(graph.mentioned_in(text) or partly_named(graph, text))]
    if not named:
        named = [hit.id for hit in graph.search(text, limit=_MAX_ENDS) if hit.kind == "node"]
    return named[:_MAX_ENDS]
