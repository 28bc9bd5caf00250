"""Tests that any LangChain `Embeddings` serves: of any width, of plain floats, awaited or not."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings

from roleagent.interop import MemoryRetriever, MemoryStore
from roleagent.memory.on_disk import OnDiskMemory
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import Episode, GraphUpdate, Owner, Thread

ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")
NOW = datetime(2026, 5, 1, tzinfo=UTC)


class Awaited(Embeddings):
    """As the client of a service may be: numbers in double precision, of no unit length, to be awaited."""

    model = "service-3"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        raise NotImplementedError("await aembed_documents")

    def embed_query(self, text: str) -> list[float]:
        raise NotImplementedError("await aembed_query")

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        await asyncio.sleep(0)
        return [[100.0 * number for number in row] for row in HashEmbedder(96).embed_documents(texts)]

    async def aembed_query(self, text: str) -> list[float]:
        return (await self.aembed_documents([text]))[0]


@pytest.mark.parametrize("embedder", [DeterministicFakeEmbedding(size=33), Awaited()])
async def test_a_strangers_embedder_serves_throughout(tmp_path: Path, embedder: Embeddings) -> None:
    """Written, closed, opened, found: as documents and as items, awaited and not."""
    memory = OnDiskMemory(tmp_path, embedder)
    said = [
        Episode(id=f"e{n}", thread=TALK, turn_id="t", speaker="user", text=text, at=NOW)
        for n, text in enumerate(["My cat is Milo.", "I live in Lewes."])
    ]
    memory.remember(said, GraphUpdate(), ADA)
    MemoryStore(memory).put(("memories", "holmes", "ada"), "k", {"text": "tea"})
    memory.close()
    memory = OnDiskMemory(tmp_path, embedder)
    retriever = MemoryRetriever(memory=memory, owner=ADA, k=1)
    assert retriever.invoke("My cat is Milo.")[0].id == "e0"
    assert (await retriever.ainvoke("I live in Lewes."))[0].id == "e1"
    found = await MemoryStore(memory).asearch(("memories", "holmes", "ada"), query="tea")
    assert [(item.key, item.score is None) for item in found] == [("k", False)]
    memory.close()
