"""Questions to the character's graph as a tool."""

from __future__ import annotations

from langchain_core.tools import BaseTool

from roleagent.graph.graph import PersonaGraph
from roleagent.memory.in_process import InProcessMemory
from roleagent.tools.builtin import MAX_FACTS, query_graph
from roleagent.types import STRANGER, Fact, Node, Owner, Thread

ANN = Owner(persona_id="ada", user_id="ann")
TALK = Thread(owner=ANN, thread_id="main")
NODES = [
    Node(id="ada", type="person", label="Ada"),
    Node(id="bob", type="person", label="Bob Brown"),
    Node(id="engine", type="artifact", label="the Engine"),
    Node(id="london", type="place", label="London"),
]
FACTS = [
    Fact(id="1", subject="ada", relation="made", object="engine", text="Ada made the Engine."),
    Fact(id="2", subject="bob", relation="owns", object="engine", text="Bob owns the Engine."),
    Fact(id="3", subject="bob", relation="lives_in", object="london", text="Bob lives in London."),
    Fact(
        id="4", subject="ada", relation="lives_in", object="london", text="Ada lived there.", valid_to="1840"
    ),
]


def make_tool(nodes: list[Node] = NODES, facts: list[Fact] = FACTS) -> BaseTool:
    graph = PersonaGraph(nodes=nodes, facts=facts, relations={})
    return query_graph(graph=graph, memory=InProcessMemory(), thread=TALK, sight=STRANGER)


def test_words_find_facts():
    """A model asks in words, not in ids; what is over is left out."""
    answer = make_tool().invoke({"about": "who made the engine"})
    assert answer.splitlines()[0] == "Ada made the Engine."
    assert "Ada lived there." not in make_tool().invoke({"about": "London"})


def test_two_names_give_how_they_hang_together():
    """Each line is one chain of facts, the shortest first."""
    answer = make_tool().invoke({"about": "Ada", "connected_to": "Brown"})
    assert answer == "Ada made the Engine. Bob owns the Engine."


def test_a_relation_narrows_the_answer():
    """A relation that there is not is answered with those that there are."""
    assert make_tool().invoke({"about": "Bob Brown", "relation": "lives_in"}) == "Bob lives in London."
    assert (
        make_tool().invoke({"about": "Bob Brown", "relation": "likes"}).endswith("there are: owns, lives_in.")
    )


def test_nothing_known_is_said_to_be_unknown():
    """An empty answer would make a model invent one."""
    assert make_tool().invoke({"about": "Paris"}) == "Nothing is known about Paris."
    assert make_tool().invoke({"about": "Paris", "connected_to": "Ada"}) == "Nothing is known about Paris."


def test_an_answer_is_bounded_however_much_is_known():
    """A result must not crowd the conversation out of the prompt."""
    nodes = [NODES[0], *(Node(id=f"n{i}", type="topic", label=f"topic {i}") for i in range(50))]
    facts = [
        Fact(id=f"f{i}", subject="ada", relation="knows", object=f"n{i}", text=f"Ada knows {i}.")
        for i in range(50)
    ]
    tool = make_tool(nodes, facts)
    assert len(tool.invoke({"about": "Ada"}).splitlines()) == MAX_FACTS
    assert len(tool.invoke({"about": "Ada", "relation": "knows"}).splitlines()) == MAX_FACTS
    assert len(tool.invoke({"about": "x" * 10_000})) < 600
