"""The character's own knowledge and memory as tools."""

from __future__ import annotations

from datetime import UTC, datetime

from roleagent.memory.in_process import InProcessMemory
from roleagent.persona.graph import PersonaGraph
from roleagent.tools.builtin import look_up_fact, recall_episode
from roleagent.types import Episode, Fact, GraphUpdate, Node, Scope

SCOPE = Scope(persona_id="ada", user_id="ann", thread_id="main")
OTHER = Scope(persona_id="ada", user_id="bob", thread_id="main")
ADA = Node(id="ada", type="person", label="Ada")
ENGINE = Node(id="engine", type="artifact", label="the Engine")
LIKES = Fact(id="1", subject="ada", relation="likes", object="engine", text="Ada likes the Engine.")
FEARED = Fact(
    id="2", subject="ada", relation="fears", object="engine", text="Ada feared the Engine.", valid_to="1840"
)
GRAPH = PersonaGraph(nodes=[ADA, ENGINE], facts=[LIKES, FEARED], relations={})


def test_what_holds_about_a_named_thing_is_found():
    """Ended facts are left out; unknown names are said to be unknown."""
    tool = look_up_fact(graph=GRAPH, memory=InProcessMemory(), scope=SCOPE)
    assert tool.invoke({"about": "the Engine"}) == "Ada likes the Engine."
    assert tool.invoke({"about": "Paris"}) == "Nothing is known about Paris."


def test_only_this_users_words_are_recalled():
    """A tool call is no way around the walls between people."""
    memory = InProcessMemory()
    said = Episode(
        id="e",
        scope=OTHER,
        turn_id="t",
        speaker="user",
        text="My cat is Milo.",
        at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    memory.remember([said], GraphUpdate(), OTHER)
    assert "Milo" in recall_episode(graph=GRAPH, memory=memory, scope=OTHER).invoke({"about": "cat"})
    assert "Milo" not in recall_episode(graph=GRAPH, memory=memory, scope=SCOPE).invoke({"about": "cat"})
