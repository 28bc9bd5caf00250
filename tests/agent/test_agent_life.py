"""What an agent keeps, how it opens and ends, and many conversations at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from roleagent.errors import InputError, StoreError
from roleagent.settings import get_settings
from roleagent.store import Store
from roleagent.testing.fakes import FixedUpdater, ScriptedModel
from roleagent.types import (
    GraphUpdate,
)
from tests.agent.ada import LIVES_IN_LONDON, USER, make_agent


async def test_reopening_brings_everything_back_and_forgetting_removes_it(tmp_path: Path):
    """Memory outlives the process, until it is asked to go."""
    options: dict[str, Any] = dict(
        on_disk=True, home=tmp_path, updater=FixedUpdater(GraphUpdate(added=(LIVES_IN_LONDON,)))
    )
    agent, _ = make_agent("Milo, then.", **options)
    await agent.run("My cat is called Milo.", **USER)
    agent.close()
    agent, _ = make_agent("Milo.", **options)
    reply = await agent.run("What is my cat called?", thread_id="other", **USER)
    assert "My cat is called Milo." in [episode.text for episode in reply.grounds.episodes]
    assert "user.lives_in.london" in (await agent.conversation(**USER).knowledge()).facts
    receipt = await agent.conversation(**USER).forget()
    assert receipt.removed["episodes"] == 4
    assert "user.lives_in.london" not in (await agent.conversation(**USER).knowledge()).facts
    agent.close()
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"Milo" not in left


@pytest.mark.parametrize("is_opened", [True, False])
async def test_a_closed_agent_says_so_and_opens_nothing(tmp_path: Path, is_opened: bool):
    """A conversation that outlives its agent would open the home again, and nobody would close it."""
    agent, _ = make_agent("Ah.", on_disk=True, home=tmp_path / "home")
    ann = agent.conversation(**USER)
    if is_opened:
        await ann.say("Hello")
    agent.close()
    agent.close()
    before = sorted(tmp_path.rglob("*"))
    calls = (ann.say("Hello"), ann.history(), ann.forget(), ann.resume(approve=True), agent.warm_up())
    for each in calls:
        with pytest.raises(StoreError, match=r"This agent is closed\. Make a new one"):
            await each
    with pytest.raises(StoreError, match="This agent is closed"):
        agent.run_sync("Hello", **USER)
    assert sorted(tmp_path.rglob("*")) == before


async def test_committing_what_is_no_update_is_refused():
    """A caller that passes None believes that something was written."""
    agent, _ = make_agent("Ah.")
    with pytest.raises(InputError, match="update is None: pass a GraphUpdate, such as `propose` returns"):
        await agent.conversation(**USER).commit(None)  # type: ignore[arg-type]


async def test_the_record_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Several homes share one record; whoever set it must not find an empty one in the home."""
    monkeypatch.setenv("ROLEAGENT_RECORD", str(tmp_path / "shared.sqlite3"))
    get_settings.cache_clear()
    try:
        agent, _ = make_agent("Good day.", on_disk=True, home=tmp_path / "home")
        with agent:
            await agent.run("Hello", **USER)
    finally:
        get_settings.cache_clear()
    store = Store(tmp_path / "shared.sqlite3")
    assert store.users("ada") == ["ann"]
    store.close()
    assert not (tmp_path / "home" / "memory.sqlite3").exists()


def test_sync_code_can_talk_too():
    """A script needs no event loop."""
    agent, _ = make_agent("One.", "Two.")
    assert [agent.run_sync(text, **USER).text for text in ("a", "b")] == ["One.", "Two."]


async def test_sync_calls_work_inside_a_running_loop():
    """A notebook already runs one."""
    agent, _ = make_agent("One.")
    assert agent.run_sync("a", **USER).text == "One."


async def test_turns_of_one_conversation_wait_for_each_other():
    """Two messages sent at once must not be woven into each other."""
    agent, _ = make_agent("One.", "Two.")
    await asyncio.gather(agent.run("a", **USER), agent.run("b", **USER))
    assert [episode.text for episode in await agent.conversation(**USER).history()] == [
        "a",
        "One.",
        "b",
        "Two.",
    ]


async def test_fifty_people_at_once_keep_apart():
    """An agent serves many; nobody reads another's words."""
    agent, _ = make_agent(*["Noted."] * 50)
    await asyncio.gather(*(agent.run(f"My number is {n}.", user_id=f"user-{n}") for n in range(50)))
    for n in (0, 49):
        history = await agent.conversation(user_id=f"user-{n}").history()
        assert [episode.text for episode in history] == [f"My number is {n}.", "Noted."]


async def test_warming_up_lets_the_model_read_the_persona_and_remembers_nothing():
    """The first turn should not pay for loading."""
    agent, model = make_agent("…", "Fine.")
    await agent.warm_up()
    assert "You are Ada." in model.prompts[0][0].text
    assert await agent.conversation(user_id="warm-up", thread_id="warm-up").history() == []


async def test_warming_up_a_model_that_reads_ahead_asks_it_for_no_answer():
    """It can do more with the persona than forget it at the end of the process."""
    read: list[list[BaseMessage]] = []

    class Reader(ScriptedModel):
        async def read_ahead(self, messages: list[BaseMessage]) -> None:
            read.append(messages)

    model = Reader([])
    agent, _ = make_agent(model=model)
    await agent.warm_up()
    assert model.prompts == []
    assert "You are Ada." in read[0][0].text
