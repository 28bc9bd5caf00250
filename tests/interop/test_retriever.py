"""Tests of the LangChain retriever, with LangChain's own suite."""

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_tests.integration_tests import RetrieversIntegrationTests
from pydantic import ValidationError

from roleagent.interop import MemoryRetriever
from roleagent.memory.in_process import InProcessMemory
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import STRANGER, Attachment, Episode, GraphUpdate, Owner, Sight, Thread

ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")
NOW = datetime(2026, 5, 1, tzinfo=UTC)
PICTURE = Attachment(id="a1", media_type="image/png", path="a.png", name="cat.png", num_bytes=3)
SAID = ("My cat is called Milo.", "I live in Lewes.", "I play the violin.", "My sister is a doctor.")


def filled(sight: Sight = STRANGER) -> InProcessMemory:
    memory = InProcessMemory(HashEmbedder())
    episodes = [
        Episode(id=f"e{n}", thread=TALK, sight=sight, turn_id=f"t{n}", speaker="user", text=text,
                at=NOW + timedelta(minutes=n), attachments=(PICTURE,) if n == 0 else ())
        for n, text in enumerate(SAID)
    ]  # fmt: skip
    memory.remember(episodes, GraphUpdate(), ADA)
    return memory


class TestAgainstLangChain(RetrieversIntegrationTests):
    """What every LangChain retriever must do."""

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return MemoryRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"memory": filled(), "owner": ADA}

    @property
    def retriever_query_example(self) -> str:
        return "What is my cat called?"


def test_a_document_says_all_that_its_reader_needs() -> None:
    """Who said it, when and where decide what an answer may rest on."""
    (found,) = MemoryRetriever(memory=filled(), owner=ADA).invoke("What is my cat called?", k=1)
    score = found.metadata.pop("score")
    assert isinstance(score, float)
    assert found == Document(
        id="e0",
        page_content=SAID[0],
        metadata={
            "speaker": "user",
            "speaker_name": "",
            "at": "2026-05-01T00:00:00+00:00",
            "thread": "one",
            "turn": "t0",
            "attachments": [{"id": "a1", "media_type": "image/png", "name": "cat.png", "path": "a.png"}],
        },
    )


def test_it_finds_what_the_memory_recalls() -> None:
    """It is a view: order and scores are the memory's own."""
    memory = filled()
    found = MemoryRetriever(memory=memory, owner=ADA, k=3).invoke("violin")
    assert [(each.id, each.metadata["score"]) for each in found] == [
        (each.id, each.score) for each in memory.recall("violin", ADA, STRANGER, limit=3)
    ]


def test_an_owner_is_required_and_kept() -> None:
    """A retriever without an owner would search everybody."""
    memory = filled()
    with pytest.raises(ValidationError, match="owner"):
        MemoryRetriever(memory=memory)  # type: ignore[call-arg]
    for other in (replace(ADA, user_id="bob"), replace(ADA, persona_id="watson")):
        assert MemoryRetriever(memory=memory, owner=other).invoke("cat") == []
    assert MemoryRetriever(memory=memory, owner=ADA, sight=Sight(as_of="1881")).invoke("cat") == []
    told_mary = filled(Sight(listener="mary"))
    assert MemoryRetriever(memory=told_mary, owner=ADA).invoke("cat") == []


def test_a_budget_of_tokens_holds() -> None:
    """A prompt has room for so much."""
    retriever = MemoryRetriever(memory=filled(), owner=ADA, token_budget=8)
    assert len(retriever.invoke("cat")) == 1
    assert len(retriever.invoke("cat", token_budget=1_000)) == 4


def test_an_unknown_option_is_refused() -> None:
    """A word misspelt would otherwise be ignored for ever."""
    retriever = MemoryRetriever(memory=filled(), owner=ADA)
    with pytest.raises(TypeError, match="limit"):
        retriever.invoke("cat", limit=3)


async def test_async_calls_leave_the_loop_free() -> None:
    """An embedder that takes its time must not stop everybody else."""
    in_thread: list[bool] = []
    may_go = threading.Event()

    class SlowEmbedder(HashEmbedder):
        def embed_query(self, text: str) -> list[float]:
            in_thread.append(threading.current_thread() is not threading.main_thread())
            assert may_go.wait(timeout=10)
            return super().embed_query(text)

    memory = filled()
    memory.embedder = SlowEmbedder()
    call = asyncio.create_task(MemoryRetriever(memory=memory, owner=ADA).ainvoke("What is my cat called?"))
    while not in_thread and not call.done():
        await asyncio.sleep(0.001)  # runs only if the loop is free
    may_go.set()
    assert (await call)[0].id == "e0"
    assert all(in_thread)
