"""Tests of forgetting through an agent: nothing comes back, and no turn runs at the same time."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from PIL import Image

from roleagent.home.home import Home
from roleagent.language.unicode import folded
from roleagent.types import (
    ForgetReceipt,
    Owner,
    Selection,
)
from tests.home.agents import holding, make_agent


async def test_an_agent_forgets_some_words_and_what_it_learned_from_them(tmp_path: Path) -> None:
    """Said, learned, shown and in a state that waits: gone after a restart; the rest is still known."""
    png = tmp_path / "Zanzibar.png"
    Image.new("RGB", (2, 2)).save(png)
    home = tmp_path / "home"
    call = AIMessage("", tool_calls=[{"name": "look_up_fact", "args": {"query": "Zanzibar"}, "id": "1"}])
    with make_agent(home, "Fine.", "Ah.", call, tools=["look_up_fact"], approve=True) as agent:
        await agent.run("I live in Zanzibar.", user_id="ann", attachments=[png])
        await agent.run("My cat is called Milo.", user_id="ann")
        waiting = await agent.run("Where do I live?", user_id="ann", thread_id="other")
        assert waiting.pending
        assert holding(home, "Zanzibar", "Milo") == {"Zanzibar", "Milo"}
        assert "Zanzibar" in json.dumps(await agent.conversation(user_id="ann").export())
        receipt = await agent.conversation(user_id="ann").forget(what=Selection(matching="zanzibar"))
        assert receipt.removed["media"] == 1
    with make_agent(home) as agent:
        learned = [
            fact.text
            for fact in (await agent.conversation(user_id="ann").knowledge()).facts.values()
            if fact.evidence
        ]
        said = [each.text for each in await agent.conversation(user_id="ann").history()]
    assert holding(home, "Zanzibar", "zanzibar", "Milo") == {"Milo"}
    assert learned
    assert not any("Zanzibar" in text for text in learned)
    assert said[-2:] == ["My cat is called Milo.", "Ah."]


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("My landlord is O’Brien.", "o'brien"),
        ("I live in İstanbul.", "istanbul"),
        ("My pass\u200bword is hunter2.", "password"),
        ("I live in 哈利・波特 street.", "哈利·波特"),
        ("My name is Zoe\u0308.", "Zoë"),
    ],
)
async def test_what_looks_like_the_words_is_in_no_byte_of_the_home(
    tmp_path: Path, said: str, asked: str
) -> None:
    """In the record, in what was learned, in states that wait, and in names of files."""
    png = tmp_path / f"{said}.png"
    Image.new("RGB", (2, 2)).save(png)
    home, call = tmp_path / "home", {"name": "look_up_fact", "args": {"about": said}, "id": "1"}
    options: dict[str, Any] = {"tools": ["look_up_fact"], "approve": True}
    with make_agent(home, f"So: {said}", "Ah.", AIMessage("", tool_calls=[call]), **options) as agent:
        await agent.run(said, user_id="ann", attachments=[png])
        await agent.run("My cat is called Milo.", user_id="ann")
        assert (await agent.run("Well?", user_id="ann", thread_id="other")).pending
        assert holding_folded(home, asked, "Milo") == {asked, "Milo"}
        await agent.conversation(user_id="ann").forget(what=Selection(matching=asked))
    assert holding_folded(home, asked, "Milo") == {"Milo"}


def holding_folded(home: Path, *words: str) -> set[str]:
    """Which of the words stand in a file of the home, as a reader sees them."""
    contents = [path.read_bytes().decode(errors="ignore") for path in home.rglob("*") if path.is_file()]
    return {word for word in words if any(folded(word) in folded(content) for content in contents)}


async def test_a_turn_that_begins_meanwhile_waits_and_keeps_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its saved state would hold what it had recalled, in a conversation that was not there before."""
    erase, begun, may_end = Home.forget, threading.Event(), threading.Event()

    def slowly(home: Home, owner: Owner, what: Selection) -> ForgetReceipt:
        begun.set()
        may_end.wait(5)
        return erase(home, owner, what)

    monkeypatch.setattr(Home, "forget", slowly)
    with make_agent(tmp_path, "Ah.", "No.") as agent:
        await agent.run("My secret is Zanzibar.", user_id="ann")
        forgetting = asyncio.create_task(
            agent.conversation(user_id="ann").forget(what=Selection(matching="zanzibar"))
        )
        assert await asyncio.to_thread(begun.wait, 5)
        turn = asyncio.create_task(agent.run("What is my secret?", user_id="ann", thread_id="new"))
        await asyncio.sleep(0.05)
        may_end.set()
        await forgetting
        assert "Zanzibar" not in str((await turn).grounds)
    assert holding(tmp_path, "Zanzibar") == set()


async def test_an_agent_forgets_only_after_the_turn_that_runs(tmp_path: Path) -> None:
    """A turn that were remembered after the erasure would bring it back."""
    agent = make_agent(tmp_path, "A b c d e f g.")
    agent._running.model.word_delay_s = 0.02  # type: ignore[union-attr]
    with agent:
        turn = asyncio.create_task(agent.run("Zanzibar!", user_id="ann"))
        await asyncio.sleep(0.05)
        assert not turn.done()
        await agent.conversation(user_id="ann").forget()
        assert turn.done()
    assert holding(tmp_path, "Zanzibar") == set()
