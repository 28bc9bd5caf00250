"""What recall may later find a turn by."""

from __future__ import annotations

from typing import Any

from roleagent.agent.agent import Agent
from roleagent.graph.graph import PersonaGraph
from roleagent.memory.in_process import InProcessMemory
from roleagent.persona.persona import Persona
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, FixedUpdater, ScriptedModel
from roleagent.testing.perceptors import FakePerceptor, write_tiny_png
from roleagent.types import STRANGER, Episode, Fact, GraphUpdate, Node, Observation, Owner, Sight, Thread
from tests.parts import in_parts

ANN = Owner(persona_id="ada", user_id="ann")
TALK = Thread(owner=ANN, thread_id="main")


def make_persona() -> Persona:
    nodes = [
        Node(id="ada", type="person", label="Ada"),
        Node(id="user", type="person", label="the user"),
        Node(id="lovelace", type="person", label="William King"),
        Node(id="engine", type="artifact", label="the Engine", aliases=("the mill",)),
        Node(id="byron", type="person", label="Byron"),
    ]
    facts = [
        Fact(id="1", subject="ada", relation="knows", object="engine", text="Ada knows the Engine."),
        Fact(
            id="2", subject="ada", relation="child_of", object="byron", text="Ada is Byron's.",
            visibility=("lovelace",),
        ),
    ]  # fmt: skip
    graph = PersonaGraph(nodes=nodes, facts=facts, relations={})
    return Persona(id="ada", name="Ada", summary="You are Ada.", graph=graph, node_id="ada")


def make_agent(*script: str, **options: Any) -> tuple[Agent, InProcessMemory]:
    memory = InProcessMemory(HashEmbedder())
    chosen: dict[str, Any] = dict(
        model=ScriptedModel(list(script)), embedder=HashEmbedder(), updater=FixedUpdater(),
        ranker=FirstFacts(), perceptors=[], guards=[], critics=[], on_disk=False, memory=memory,
    )  # fmt: skip
    return Agent(make_persona(), **in_parts(**(chosen | options))), memory


def learned(object_: str, label: str, relation: str, type_: str = "animal") -> GraphUpdate:
    fact = Fact(
        id=f"user.{relation}.{object_}", subject="user", relation=relation, object=object_,
        text=f"The user {relation} {label}.", layer="learned",
    )  # fmt: skip
    return GraphUpdate(nodes=(Node(id=object_, type=type_, label=label),), added=(fact,))


def last_two(memory: InProcessMemory, sight: Sight = STRANGER) -> tuple[Episode, Episode]:
    said, answered = memory.recent(TALK, sight, limit=2)
    return said, answered


async def test_both_utterances_are_linked_to_what_they_name():
    """Nodes of the file, by label or alias, and nodes that the turn itself brings."""
    agent, memory = make_agent("The mill is well.", updater=FixedUpdater(learned("milo", "Milo", "owns")))
    await agent.run("Milo slept on the Engine.", user_id="ann")
    said, answered = last_two(memory)
    assert said.mentions == ("milo", "engine")
    assert answered.mentions == ("engine",)
    assert (said.speaker_name, answered.speaker_name) == ("", "Ada")


async def test_an_utterance_is_linked_to_what_its_facts_are_about():
    """The fact may have a better name for it than the words had."""
    agent, memory = make_agent("Oh.", updater=FixedUpdater(learned("cat", "a black cat", "owns")))
    await agent.run("It is black, and it is mine.", user_id="ann")
    assert last_two(memory)[0].mentions == ("cat",)


async def test_nothing_is_linked_to_what_the_listener_may_not_learn():
    """Or recall would spread from a stranger's words to a secret."""
    agent, memory = make_agent("I do not know.", "Hush.")
    await agent.run("Are you Byron's child?", user_id="ann")
    assert last_two(memory)[0].mentions == ()
    await agent.run("Are you Byron's child?", user_id="ann", listener="lovelace")
    assert last_two(memory, Sight(listener="lovelace"))[0].mentions == ("byron",)


async def test_a_user_is_named_from_the_turn_in_which_the_name_is_said():
    """And in every one after it."""
    update = learned("user.name", "Ann", "is_called", "literal")
    agent, memory = make_agent("Good day.", "Indeed.", updater=FixedUpdater(update))
    await agent.run("I am Ann.", user_id="ann")
    assert last_two(memory)[0].speaker_name == "Ann"
    await agent.run("Nice weather.", user_id="ann")
    assert last_two(memory)[0].speaker_name == "Ann"


async def test_what_was_seen_is_kept_with_the_utterance_and_failures_are_not(tmp_path):
    """A perceptor that broke saw nothing."""
    perceptors = [FakePerceptor("a red bridge"), FakePerceptor(name="broken", error=OSError("no"))]
    agent, memory = make_agent("Lovely.", perceptors=perceptors, home=tmp_path, on_disk=True)
    with agent:
        await agent.run("Look!", user_id="ann", attachments=[write_tiny_png(tmp_path / "bridge.png")])
        said, answered = last_two(memory)
        (file,) = said.attachments
        assert said.observations == (
            Observation(kind="caption", text="a red bridge", source="fake", attachment_id=file.id),
        )
        assert said.text == "Look!"
        assert said.text_and_seen == "Look!\n[caption: a red bridge]"
        assert (said.importance, answered.importance) == (0.3, 0.1)
