"""What is done when nobody talks: after a quiet time, never during a turn, and stopped at the end."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from roleagent.agent.agent import Agent
from roleagent.agent.idle import Held, Housekeeping, Idle, make_housekeeping
from roleagent.errors import ConfigurationError, StoreError
from roleagent.formats.load import load_persona
from roleagent.memory.in_process import InProcessMemory
from roleagent.protocols import Scene
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, FixedUpdater, ScriptedModel
from roleagent.types import STRANGER, Episode, Fact, GraphUpdate, Node, Owner, Sight, Thread, Verdict
from roleagent.workflow.parts import Parts
from tests.parts import in_parts

ANN = Owner(persona_id="holmes", user_id="ann")
TALK = Thread(owner=ANN, thread_id="one")
BOB = replace(ANN, user_id="bob")
LONG_AGO = datetime(2026, 3, 2, 9, tzinfo=UTC)
THINGS = ("my sister Clara", "the violin")
HOLMES = load_persona("holmes")


def quiet(idle: Idle, thread: Thread = TALK) -> None:
    """A turn that takes no time."""
    with idle.interrupted(thread.owner) as held:
        held.append((thread, STRANGER))


class Work:
    """Remembers what it was given, and tells when it was called."""

    def __init__(self) -> None:
        self.done: list[tuple[Thread, ...]] = []
        self.called = threading.Event()

    def __call__(self, owner: Owner, held: Sequence[Held], stop: Any) -> None:
        self.done.append(tuple(thread for thread, _ in held))
        self.called.set()


# ── when ─────────────────────────────────────────────────────────────────────────────────────────


def test_by_default_nothing_is_done() -> None:
    """Not even a thread is started."""
    idle = Idle(Work(), after_s=None)
    quiet(idle)
    assert "roleagent-idle" not in {thread.name for thread in threading.enumerate()}
    idle.close()


def test_after_a_quiet_time_each_user_is_served_once_with_all_their_conversations() -> None:
    """Two conversations of Ann are one piece of work, Bob's another."""
    work = Work()
    idle = Idle(work, after_s=0.05)
    other, bob = replace(TALK, thread_id="two"), replace(TALK, owner=BOB)
    for thread in (TALK, other, TALK, bob):
        quiet(idle, thread)
    assert work.done == []
    deadline = time.monotonic() + 5
    while len(work.done) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    idle.close()
    assert work.done == [(TALK, other), (bob,)]


def test_nothing_begins_while_a_turn_runs() -> None:
    """A turn goes before, whoever's it is."""
    work = Work()
    idle = Idle(work, after_s=0.0)
    with idle.interrupted(BOB):
        quiet(idle)
        assert not work.called.wait(0.1)
    assert work.called.wait(5)
    idle.close()


def test_a_turn_interrupts_the_work_which_goes_on_later() -> None:
    """It stops between two steps and is not lost."""
    begun, stopped, went_on = threading.Event(), threading.Event(), threading.Event()

    def work(owner: Owner, held: Sequence[Held], stop: Any) -> None:
        if begun.is_set():
            went_on.set()
            return
        begun.set()
        while not stop():
            time.sleep(0.005)
        stopped.set()

    idle = Idle(work, after_s=0.0)
    quiet(idle)
    assert begun.wait(5)
    with idle.interrupted(BOB):
        assert stopped.wait(5)
        assert not went_on.is_set()
    assert went_on.wait(5)
    idle.close()


class SlowUpdater(FixedUpdater):
    """Reads until it is told that it may end, apart from the first few times."""

    def __init__(self, update: GraphUpdate, *, num_quick: int = 0) -> None:
        super().__init__(update)
        self.num_quick = num_quick
        self.begun, self.may_end = threading.Event(), threading.Event()

    def propose(self, *args: Any) -> GraphUpdate:
        self.num_quick -= 1
        if self.num_quick < 0:
            self.begun.set()
            self.may_end.wait(5)
        return super().propose(*args)


async def test_who_forgets_waits_for_the_step_of_any_agent_of_the_home(tmp_path: Path) -> None:
    """A step that has read what goes must not write of it after the receipt."""
    options: dict[str, Any] = {"home": tmp_path, "embedder": HashEmbedder(), "perceptors": [], "critics": []}
    options["ranker"] = FirstFacts()
    updater = SlowUpdater(GraphUpdate(), num_quick=1)  # within the turn
    with (
        Agent("holmes", model=ScriptedModel(["Ah."]), **in_parts(**options)) as talked_to,
        Agent(
            "holmes", model=ScriptedModel(["Oh."]), idle_after_s=0.0, **in_parts(updater=updater, **options)
        ) as idle,
    ):
        await talked_to.run("My cat is called Milo.", user_id="ann")
        await idle.run("He is black.", user_id="ann")
        assert await asyncio.to_thread(updater.begun.wait, 5)
        forgetting = asyncio.create_task(talked_to.conversation(user_id="ann").forget())
        await asyncio.sleep(0.05)
        assert not forgetting.done()
        updater.may_end.set()
        await forgetting
        assert await talked_to.conversation(user_id="ann").history() == []


def test_closing_stops_the_work_and_ends_the_thread() -> None:
    """No thread outlives the agent to write into a closed store."""
    begun = threading.Event()

    def work(owner: Owner, held: Sequence[Held], stop: Any) -> None:
        begun.set()
        while not stop():
            time.sleep(0.005)

    idle = Idle(work, after_s=0.0)
    quiet(idle)
    assert begun.wait(5)
    idle.close()
    assert idle._thread is not None
    assert not idle._thread.is_alive()


def test_work_that_fails_is_told_in_the_log_and_others_are_served(caplog: pytest.LogCaptureFixture) -> None:
    """One user's trouble is not another's."""
    served = threading.Event()

    def work(owner: Owner, held: Sequence[Held], stop: Any) -> None:
        if owner == ANN:
            raise StoreError("the disk is full")
        served.set()

    idle = Idle(work, after_s=0.0)
    quiet(idle)
    quiet(idle, replace(TALK, owner=BOB))
    assert served.wait(5)
    idle.close()
    assert "the disk is full" in caplog.text


# ── what ─────────────────────────────────────────────────────────────────────────────────────────


def talked(memory: InProcessMemory, *, days: int = 3) -> None:
    """Sessions of two exchanges on following days, long over."""
    for day in range(days):
        episodes = [
            Episode(
                id=f"{day}/{place}",
                thread=TALK,
                turn_id=f"{day}/{place // 2}",
                speaker="persona" if place % 2 else "user",
                text=f"On day {day} we spoke of boats and of {THINGS[place % 2]}.",
                at=LONG_AGO + timedelta(days=day, minutes=place),
            )
            for place in range(4)
        ]
        memory.remember(episodes, GraphUpdate(), ANN)


def agent_with(memory: InProcessMemory, **options: Any) -> Agent:
    offline: dict[str, Any] = {"perceptors": [], "guards": [], "critics": [], "ranker": FirstFacts()}
    return Agent(
        HOLMES,
        model=ScriptedModel(["Quite so."] * 9),
        on_disk=False,
        **in_parts(embedder=HashEmbedder(), memory=memory, **{**offline, **options}),
    )


async def test_an_agent_sums_up_when_asked_and_shows_the_model_what_fits() -> None:
    """Asked twice, it changes nothing; the notes stand in the prompt of a later conversation."""
    memory = InProcessMemory(HashEmbedder())
    talked(memory)
    agent = agent_with(memory)
    made = await agent.conversation(user_id="ann").summarise()
    assert sorted(each.level for each in made) == ["period", "session", "session", "session"]
    assert await agent.conversation(user_id="ann").summarise() == []
    reply = await agent.run("How is my sister Clara?", user_id="ann", thread_id="two")
    assert reply.grounds.summaries
    model: Any = agent._running.model
    assert "Your notes on earlier talk" in str(model.prompts[-1][-1].content)
    assert "Notes on earlier talk (derived, no evidence)" in reply.explain().as_markdown()
    agent.close()


async def test_nobody_else_is_told_of_it() -> None:
    """Another user, and a listener whom it was not said to."""
    memory = InProcessMemory(HashEmbedder())
    at = LONG_AGO
    said = [
        Episode(
            id=f"c{place}",
            thread=TALK,
            sight=Sight(listener="watson"),
            turn_id="c",
            speaker="user",
            text=f"Between us, the jewels lie under stone number {place}.",
            at=at + timedelta(minutes=place),
        )
        for place in range(6)
    ]
    memory.remember(said, GraphUpdate(), ANN)
    agent = agent_with(memory)
    await agent.conversation(user_id="ann").summarise()
    cue = {"text": "Where are the jewels?", "thread_id": "two"}
    assert (await agent.run(**cue, user_id="ann")).grounds.summaries == ()
    assert (await agent.run(**cue, user_id="bob", listener="watson")).grounds.summaries == ()
    assert len((await agent.run(**cue, user_id="ann", listener="watson")).grounds.summaries) == 1
    agent.close()


async def test_after_a_quiet_time_an_agent_tidies_by_itself() -> None:
    """In the background: the loop goes on, and closing ends it."""
    memory = InProcessMemory(HashEmbedder())
    talked(memory)
    agent = agent_with(memory, idle_after_s=0.05)
    await agent.run("Good evening.", user_id="ann", thread_id="one")
    for _ in range(500):
        if len(memory.summaries.find(ANN, STRANGER)) == 4:
            break
        await asyncio.sleep(0.01)
    assert len(memory.summaries.find(ANN, STRANGER)) == 4
    agent.close()


async def test_no_summary_is_ever_evidence() -> None:
    """Critics are not shown any, what is read again is what was said, and facts name episodes."""
    scenes: list[Scene] = []

    class Watching:
        name = "watching"

        def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
            scenes.append(scene)
            return Verdict(critic=self.name, ok=True)

    memory = InProcessMemory(HashEmbedder())
    talked(memory)
    agent = agent_with(memory, critics=[Watching()])
    made = await agent.conversation(user_id="ann").summarise()
    await agent.run("I live in Lyon. My sister is called Clara.", user_id="ann", thread_id="one")
    shown = "\n".join(map(str, scenes))
    assert scenes
    assert all(scene.grounds.summaries == () for scene in scenes)
    assert all(each.text not in shown and each.id not in shown for each in made)
    read: list[str] = []

    class Reading(FixedUpdater):
        def propose(self, graph: Any, said: str, at: datetime, evidence: tuple[str, ...]) -> GraphUpdate:
            read.append(said)
            return GraphUpdate()

    await agent.conversation(user_id="ann", thread_id="one").consolidate(updater=Reading(GraphUpdate()))
    said = {each.text for each in memory.recent(TALK, STRANGER, limit=99)}
    assert read
    assert set(read) <= said
    ids = {each.id for each in memory.recent(TALK, STRANGER, limit=99)}
    facts = memory.learned(ANN, STRANGER).added
    assert facts
    assert all(set(fact.evidence) <= ids for fact in facts)
    agent.close()


def test_a_turn_that_comes_before_the_writing_has_precedence() -> None:
    """What was read again before it is not written over what it taught."""
    memory = InProcessMemory()
    talked(memory, days=1)
    writes: list[object] = []
    taught = GraphUpdate(
        nodes=(
            Node(id="user", type="person", label="the user"),
            Node(id="lyon", type="place", label="Lyon"),
        ),
        added=(
            Fact(
                id="user.lives_in.lyon",
                subject="user",
                relation="lives_in",
                object="lyon",
                text="The user lives in Lyon.",
                layer="learned",
            ),
        ),
    )
    house = Housekeeping(persona=HOLMES, memory=memory, updater=FixedUpdater(taught))
    memory.remember = lambda *args: writes.append(args)  # type: ignore[method-assign,assignment]
    house.tidy(ANN, [(TALK, STRANGER)], lambda: True)
    assert writes == []
    house.tidy(ANN, [(TALK, STRANGER)], lambda: False)
    assert len(writes) == 1


def test_of_one_who_was_forgotten_nothing_is_written() -> None:
    """Not even that there was such a user."""
    memory = InProcessMemory()
    talked(memory)
    memory.forget(ANN)
    Housekeeping(persona=HOLMES, memory=memory, updater=FixedUpdater(GraphUpdate())).tidy(
        ANN, [(TALK, STRANGER)], lambda: False
    )
    assert memory.store.users("holmes") == []


def test_a_memory_without_summaries_is_told_plainly() -> None:
    """Whoever calls `summarise` learns what is missing; the background goes on without."""

    class Plain:
        def learned(self, owner: Owner, sight: Sight) -> GraphUpdate:
            return GraphUpdate()

        def recent(self, thread: Thread, sight: Sight, *, limit: int) -> list[Episode]:
            return []

        def remember(self, episodes: object, update: object, owner: Owner) -> None: ...

    memory: Any = Plain()
    house = Housekeeping(persona=HOLMES, memory=memory, updater=FixedUpdater(GraphUpdate()))
    with pytest.raises(ConfigurationError, match="Plain keeps no summaries"):
        house.sum_up(ANN)
    house.tidy(ANN, [(TALK, STRANGER)], lambda: False)
    with pytest.raises(StoreError, match="closed"):
        make_housekeeping(HOLMES, Parts(), None)
