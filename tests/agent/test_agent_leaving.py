"""Turns that are cancelled, fail or are left; agents that are shared, forked, or closed in their midst."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from PIL import Image

from roleagent.agent.agent import Agent
from roleagent.concurrency import relay
from roleagent.errors import ModelError, StoreError
from roleagent.home.home import Home
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, ScriptedModel
from roleagent.types import Done, Selection, TextDelta
from tests.parts import in_parts

CANARY = "CANARY"
ANN = {"user_id": "ann"}
LOOK_UP = AIMessage("", tool_calls=[{"name": "look_up_fact", "args": {"about": "Watson"}, "id": "1"}])


class Gate:
    """Holds up what an agent commits, as a remote embedder does, until it may end."""

    def __init__(self) -> None:
        self.begun, self.may_end = threading.Event(), threading.Event()

    async def put_before(self, agent: Agent) -> None:
        memory = (await agent._running.ready()).parts.memory
        keep = memory.remember

        def remember(*args: Any) -> None:
            self.begun.set()
            self.may_end.wait(5)
            keep(*args)

        memory.remember = remember  # type: ignore[method-assign]


def make_agent(home: Path | None, *answers: Any, **options: Any) -> Agent:
    defaults: dict[str, Any] = dict(
        model=ScriptedModel(list(answers)), home=home, on_disk=home is not None, embedder=HashEmbedder(),
        ranker=FirstFacts(), recall="fast", perceptors=[], critics=[], guards=[],
    )  # fmt: skip
    return Agent("holmes", **in_parts(**(defaults | options)))


def picture(colour: str = "red") -> bytes:
    file = BytesIO()
    Image.new("RGB", (2, 2), colour).save(file, "PNG")
    return file.getvalue()


def pictures_in(home: Path) -> int:
    return sum(path.is_file() for path in (home / "media").rglob("*"))


def is_on_disk(home: Path, word: str = CANARY) -> bool:
    return any(word.encode() in path.read_bytes() for path in home.rglob("*") if path.is_file())


async def said(agent: Agent, **options: Any) -> list[str]:
    return [
        each.text for each in await agent.conversation(**ANN | options).history() if each.speaker == "user"
    ]


async def stop(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


# ── cancelled ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", ["run", "resume", "commit", "consolidate"])
async def test_what_is_cancelled_while_it_is_written_is_forgotten_with_the_rest(
    tmp_path: Path, how: str
) -> None:
    """The receipt must hold for good: no thread writes after it."""
    gate = Gate()
    options: dict[str, Any] = {"tools": ["look_up_fact"], "approve": True}
    with make_agent(tmp_path, "Hm.", LOOK_UP if how == "resume" else "Ah.", "Ah.", **options) as agent:
        await agent.run("Hello.", **ANN)
        update = await agent.conversation(**ANN).propose("I live in Oslo.")
        writing: Any
        if how == "run":
            writing = agent.run(f"{CANARY}: I live in Oslo.", attachments=[picture()], **ANN)
        elif how == "resume":
            assert (await agent.run(f"{CANARY}: I live in Oslo.", **ANN)).pending
            writing = agent.conversation(**ANN).resume(approve=True)
        else:
            writing = (
                agent.conversation(**ANN).commit(update)
                if how == "commit"
                else agent.conversation(**ANN).consolidate()
            )
        await gate.put_before(agent)
        task = asyncio.create_task(writing)
        assert await asyncio.to_thread(gate.begun.wait, 5)
        task.cancel()
        forgetting = asyncio.create_task(agent.conversation(**ANN).forget())
        await asyncio.sleep(0.05)
        assert not forgetting.done()
        gate.may_end.set()
        await forgetting
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await said(agent) == []
        assert not [
            fact for fact in (await agent.conversation(**ANN).knowledge()).facts.values() if fact.evidence
        ]
    assert not is_on_disk(tmp_path)
    assert pictures_in(tmp_path) == 0


async def test_the_next_turn_sees_what_was_cancelled_while_it_was_written(tmp_path: Path) -> None:
    """It is written before, in order, or never."""
    gate = Gate()
    with make_agent(tmp_path, "Ah.", "Oh.") as agent:
        await gate.put_before(agent)
        first = asyncio.create_task(agent.run(f"{CANARY}: I live in Oslo.", **ANN))
        assert await asyncio.to_thread(gate.begun.wait, 5)
        first.cancel()
        second = asyncio.create_task(agent.run("I live in Rome.", **ANN))
        await asyncio.sleep(0.02)
        gate.may_end.set()
        await second
        assert CANARY in str(agent._running.model.prompts[-1])  # type: ignore[union-attr]
        assert await said(agent) == [f"{CANARY}: I live in Oslo.", "I live in Rome."]
        await asyncio.gather(first, return_exceptions=True)


async def test_what_is_cancelled_before_leaves_no_trace(tmp_path: Path) -> None:
    """Neither in the record nor among saved states and pictures."""
    with make_agent(tmp_path, "Ah.", "one two three four five") as agent:
        await agent.run("Hello.", **ANN)
        agent._running.model.word_delay_s = 0.05  # type: ignore[union-attr]
        task = asyncio.create_task(agent.run(CANARY, attachments=[picture()], **ANN))
        while len(agent._running.model.prompts) < 2:  # type: ignore[union-attr]
            await asyncio.sleep(0.01)
        await stop(task)
        assert pictures_in(tmp_path) == 0
        assert await said(agent) == ["Hello."]
    assert not is_on_disk(tmp_path)


async def test_forgetting_waits_for_other_agents_of_the_home(tmp_path: Path) -> None:
    """Two characters' servers in one process share what is kept, however they spell where."""
    (tmp_path / "link").symlink_to(tmp_path / "home")
    with (
        make_agent(tmp_path / "home", "Ah.") as one,
        make_agent(tmp_path / "link", "a b c d e f g") as other,
    ):
        await one.run("Hello.", **ANN)
        other._running.model.word_delay_s = 0.02  # type: ignore[union-attr]
        turn = asyncio.create_task(other.run(CANARY, thread_id="elsewhere", **ANN))
        await asyncio.sleep(0.05)
        await one.conversation(**ANN).forget()
        assert turn.done()
    assert not is_on_disk(tmp_path)


async def test_a_tool_may_talk_elsewhere_while_somebody_forgets() -> None:
    """Neither waits for the other; in its own conversation it is told plainly."""
    forgetting: list[asyncio.Task[Any]] = []

    async def ask_elsewhere(thread: str) -> str:
        """Ask in another conversation."""
        return (await agent.run("Well?", thread_id=thread, **ANN)).text

    def call(thread: str) -> AIMessage:
        return AIMessage("", tool_calls=[{"name": "ask_elsewhere", "args": {"thread": thread}, "id": thread}])

    agent = make_agent(None, call("other"), "Yes.", call("main"), "So be it.", tools=[ask_elsewhere])
    turn = asyncio.create_task(agent.run("Hello.", **ANN))
    await asyncio.sleep(0)
    forgetting.append(asyncio.create_task(agent.conversation(**ANN).forget()))
    reply = await asyncio.wait_for(turn, 10)
    first, second = reply.tool_uses
    assert (first.result, first.ok, second.ok) == ("Yes.", True, False)
    assert "wait for itself" in (second.result or "")
    await asyncio.wait_for(forgetting[0], 10)
    assert await said(agent) == []


# ── left ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("forgets", [False, True])
async def test_a_stream_that_is_left_open_ends_by_itself_when_others_wait(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, forgets: bool
) -> None:
    """One who barges in is answered, and what the stream still had to say is not lost."""
    monkeypatch.setattr(relay, "_AWAY_S", 0.05)
    agent = make_agent(None, "One. Two. Three.", "Second.")
    stream = agent.stream("Count.", **ANN)
    async for event in stream:
        if isinstance(event, TextDelta):
            break
    if forgets:
        await asyncio.wait_for(agent.conversation(**ANN).forget(), 5)
        assert await said(agent) == []
    else:
        assert (await asyncio.wait_for(agent.run("Again.", **ANN), 5)).text == "Second."
        assert await said(agent) == ["Count.", "Again."]
    assert "left without being closed" in caplog.text
    rest = [event async for event in stream]
    assert isinstance(rest[-1], Done)
    assert rest[-1].reply.text == "One. Two. Three."


async def test_a_slow_reader_loses_nothing_while_nobody_waits() -> None:
    agent = make_agent(None, "One. Two.")
    stream, events = agent.stream("Count.", **ANN), []
    async for event in stream:
        await asyncio.sleep(0.02)
        events.append(event)
        if isinstance(event, TextDelta) and len(events) < 5:
            assert await said(agent) == []  # it goes on only as it is read
    assert isinstance(events[-1], Done)
    assert await said(agent) == ["Count."]


async def test_whoever_stops_at_the_end_has_left_nothing_open() -> None:
    agent = make_agent(None, "One.", "Two.")
    stream = agent.stream("Count.", **ANN)
    async for event in stream:
        if isinstance(event, Done):
            break
    started = time.monotonic()
    await agent.run("Again.", **ANN)
    assert time.monotonic() - started < 1.0


# ── pictures ─────────────────────────────────────────────────────────────────────────────────


async def test_pictures_of_failed_turns_go_and_those_of_others_stay(tmp_path: Path) -> None:
    """Nothing of a turn that ends in an error is stored, and nothing else is touched."""
    failing = RuntimeError("down")
    with make_agent(tmp_path, "Ah.", failing, failing, "Oh.") as agent:
        await agent.run("Look.", attachments=[picture("red")], **ANN)
        for colours in (["blue"], ["red", "green"]):
            with pytest.raises(ModelError):
                await agent.run("And?", attachments=[picture(each) for each in colours], **ANN)
            assert pictures_in(tmp_path) == 1
        with pytest.raises(ValueError, match="neither a picture"):
            await agent.run("And?", attachments=[picture("blue"), b"nothing"], **ANN)
        assert pictures_in(tmp_path) == 1
        assert (await agent.run("Still there?", attachments=[picture("red")], **ANN)).text == "Oh."


async def test_a_failed_turn_takes_no_picture_that_another_is_about_to_show(tmp_path: Path) -> None:
    """The same picture, in two conversations, by two agents of one home."""
    gate = Gate()
    with make_agent(tmp_path, "Ah.") as one, make_agent(tmp_path, RuntimeError("down")) as other:
        await gate.put_before(one)
        running = asyncio.create_task(one.run(CANARY, thread_id="elsewhere", attachments=[picture()], **ANN))
        assert await asyncio.to_thread(gate.begun.wait, 5)
        with pytest.raises(ModelError):
            await other.run("Look.", attachments=[picture(), picture("blue")], **ANN)
        assert pictures_in(tmp_path) == 2
        gate.may_end.set()
        await running
        assert pictures_in(tmp_path) == 1  # whoever ends last puts away what is left


async def test_a_turn_that_waits_keeps_its_picture_until_another_takes_its_place(tmp_path: Path) -> None:
    options: dict[str, Any] = {"tools": ["look_up_fact"], "approve": True}
    with make_agent(tmp_path, "Hm.", LOOK_UP, RuntimeError("down"), **options) as agent:
        await agent.run("Hello.", **ANN)
        assert (await agent.run("Look.", attachments=[picture()], **ANN)).pending
        with pytest.raises(ModelError):
            await agent.run("And?", thread_id="elsewhere", attachments=[picture("blue")], **ANN)
        assert pictures_in(tmp_path) == 1
    with make_agent(tmp_path, "Ah.", "Oh.", **options) as agent:
        await agent.conversation(**ANN).history()
        assert pictures_in(tmp_path) == 1
        await agent.run("Never mind.", **ANN)
        assert pictures_in(tmp_path) == 0


async def test_what_a_kill_left_behind_goes_when_the_home_is_opened(tmp_path: Path) -> None:
    """Pictures that no episode shows; those of a record that was lost stay, for whoever puts it back."""
    with make_agent(tmp_path, "Ah.") as agent:
        await agent.run("Look.", attachments=[picture("red")], **ANN)
    (folder,) = (tmp_path / "media").iterdir()
    nobody = tmp_path / "media" / "of-one-who-said-nothing"
    for place in (folder, nobody):
        place.mkdir(exist_ok=True)
        (place / f"{'ab' * 32}.png").write_bytes(picture("blue"))
    with Home(tmp_path):
        assert pictures_in(tmp_path) == 1
        assert not nobody.exists()
    (tmp_path / "memory.sqlite3").unlink()
    with Home(tmp_path):
        assert pictures_in(tmp_path) == 1


async def test_forgetting_takes_the_picture_of_a_turn_that_waits(tmp_path: Path) -> None:
    """Its state goes, so nothing can show the picture any more."""
    with make_agent(tmp_path, "Hm.", LOOK_UP, tools=["look_up_fact"], approve=True) as agent:
        await agent.run("Hello.", **ANN)
        assert (await agent.run("Look.", attachments=[picture()], **ANN)).pending
        await agent.conversation(**ANN).forget(what=Selection(matching="Hello"))
        assert pictures_in(tmp_path) == 0


# ── threads, processes, closing ──────────────────────────────────────────────────────────────


def test_one_loop_serves_first_calls_that_come_at_once() -> None:
    def loops() -> int:
        return sum(thread.name == "roleagent-loop" for thread in threading.enumerate())

    before, together = loops(), threading.Barrier(8)
    agent = make_agent(None, *["Ah."] * 8)

    def talk(number: int) -> str:
        together.wait()
        return agent.run_sync("Hello.", user_id=f"user-{number}").text

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(talk, range(8))) == ["Ah."] * 8
    assert loops() == before + 1
    agent.close()
    assert loops() == before


async def test_closing_in_the_midst_writes_all_or_nothing(tmp_path: Path) -> None:
    agent = make_agent(tmp_path, "a b c d e f")
    agent._running.model.word_delay_s = 0.02  # type: ignore[union-attr]
    turn = asyncio.create_task(agent.run(CANARY, attachments=[picture()], **ANN))
    while not agent._running.model.prompts:  # type: ignore[union-attr]
        await asyncio.sleep(0.01)
    agent.close()
    with pytest.raises(StoreError):
        await turn
    with make_agent(tmp_path, "Ah.") as agent:
        assert await said(agent) == []
        await agent.run("Hello.", **ANN)
    with Home(tmp_path):
        assert pictures_in(tmp_path) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_answers_or_says_why_not(tmp_path: Path) -> None:
    """Of a server that forks: an agent that was made before, one of its own, and one that is open."""
    waiting = make_agent(tmp_path / "waiting", "Ah.")
    closed = make_agent(tmp_path / "closed", "Ah.")
    with closed:
        closed.run_sync("Hello.", **ANN)
    opened = make_agent(tmp_path / "open", "Ah.", "Oh.")
    opened.run_sync("Hello.", **ANN)

    def raises(talk: Callable[[], object], message: str) -> bool:
        with pytest.raises(StoreError, match=message):
            talk()
        return True

    children: Sequence[Callable[[], bool]] = (
        lambda: waiting.run_sync("Hello.", **ANN).text == "Ah.",
        lambda: make_agent(tmp_path / "own", "Ah.").run_sync("Hello.", **ANN).text == "Ah.",
        lambda: make_agent(tmp_path / "closed", "Ah.").run_sync("Hello.", **ANN).text == "Ah.",
        lambda: raises(lambda: opened.run_sync("Hello.", **ANN), "before the process forked"),
        lambda: raises(lambda: make_agent(tmp_path / "open").run_sync("Hello.", **ANN), "in use by another"),
        lambda: opened.close() is None,
    )
    assert [answer_of_child(child) for child in children] == [True] * len(children)
    assert opened.run_sync("Still there?", **ANN).text == "Oh."
    opened.close()
    waiting.close()


def answer_of_child(function: Callable[[], bool]) -> bool | str:
    """Whether a function gives True in a forked process."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if function() else 1)
        except BaseException as error:
            print(repr(error), flush=True)
            os._exit(2)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "hung"
