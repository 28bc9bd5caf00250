"""What was learned in confidence, or later in the story, is not known to others or before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from roleagent.memory.in_process import InProcessMemory
from roleagent.types import STRANGER, Episode, Fact, GraphUpdate, Node, Owner, Sight, Thread

ANN = Owner(persona_id="ada", user_id="ann")
TALK = Thread(owner=ANN, thread_id="main")
NODES = (Node(id="user", type="person", label="the user"), Node(id="lyon", type="place", label="Lyon"))


def learn(memory: InProcessMemory, number: str, **placed: str) -> None:
    """Remember an utterance and a fact that was learned from it."""
    at = datetime(2026, 1, int(number), tzinfo=UTC)
    said = Episode(
        id=f"e{number}",
        thread=TALK,
        sight=Sight(**placed),
        turn_id=number,
        speaker="user",
        text="I live in Lyon.",
        at=at,
    )
    fact = Fact(
        id=number,
        subject="user",
        relation="lives_in",
        object="lyon",
        text="…",
        evidence=(said.id,),
        layer="learned",
    )
    memory.remember([said], GraphUpdate(nodes=NODES, added=(fact,)), ANN)


def known(memory: InProcessMemory, **placed: str) -> str:
    return "".join(fact.id for fact in memory.learned(ANN, Sight(**placed)).added)


def test_facts_follow_the_episodes_they_came_from():
    """A fact would else tell a stranger what Bob said, and the child what the woman was told."""
    memory = InProcessMemory()
    learn(memory, "1")
    learn(memory, "2", listener="bob")
    learn(memory, "3", as_of="1843")
    assert known(memory) == "13"
    assert known(memory, listener="bob") == "123"
    assert known(memory, listener="vera") == "13"
    assert known(memory, as_of="1843") == "3"
    assert known(memory, as_of="1830") == ""


def test_one_source_in_sight_is_enough_and_a_fact_without_sources_is_for_all():
    """What was said again to a stranger is no confidence any more."""
    memory = InProcessMemory()
    learn(memory, "2", listener="bob")
    again = replace(memory.learned(ANN, Sight(listener="bob")).added[0], evidence=("e1",))
    given = replace(again, id="9", evidence=())
    memory.remember([], GraphUpdate(merged=(again,), added=(given,)), ANN)
    assert known(memory) == "29"


def test_versions_follow_too():
    """The past of a confidence is one."""
    memory = InProcessMemory()
    learn(memory, "2", listener="bob")
    (fact,) = memory.learned(ANN, Sight(listener="bob")).added
    memory.remember([], GraphUpdate(superseded=(replace(fact, valid_to="2026"),)), ANN)
    assert memory.versions(ANN, STRANGER) == ()
    assert len(memory.versions(ANN, Sight(listener="bob"))) == 1
