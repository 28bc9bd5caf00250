"""Memories behind one interface, ours and others, and a language model that only counts what it is asked.

Each peer is used as its own documentation does it, with the same embedder, and told the same text:
``SPEAKER: what was said``. Ours is told speaker and time apart, as it takes them.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.store.memory import InMemoryStore
from pydantic import Field

from roleagent.interop import MemoryStore, memory_namespace
from roleagent.language.tokens import estimated_tokens
from roleagent.memory.on_disk import OnDiskMemory
from roleagent.memory.recall.profile import FAST
from roleagent.protocols import Cue
from roleagent.types import Episode, GraphUpdate

Open = Callable[[Path, Embeddings], AbstractContextManager["Peer"]]


class Usage:
    """Calls of a language model, and how many tokens it was given, by estimate."""

    def __init__(self) -> None:
        self.num_calls = 0
        self.num_tokens = 0

    def add(self, text: str) -> None:
        """One call."""
        self.num_calls += 1
        self.num_tokens += estimated_tokens(text)


class Peer(Protocol):
    """A memory of one person at a time."""

    usage: Usage

    def write(self, episode: Episode) -> None:
        """Remember one utterance, for good where it can."""

    def search(self, cue: Cue, episode: Episode, limit: int) -> Sequence[str]:
        """Ids of what bears on a question to the person of this episode, best first."""


def told(episode: Episode) -> str:
    """An utterance as one text."""
    return f"{episode.speaker_name}: {episode.text}"


# ── ours ─────────────────────────────────────────────────────────────────────────────────────────


class Ours:
    """Episodic memory on disk with the fast profile."""

    def __init__(self, memory: OnDiskMemory) -> None:
        self.usage = Usage()
        self._memory = memory

    def write(self, episode: Episode) -> None:
        """One commit."""
        self._memory.remember([episode], GraphUpdate(), episode.owner)

    def search(self, cue: Cue, episode: Episode, limit: int) -> list[str]:
        """One recall."""
        return [found.id for found in self._memory.recall(cue, episode.owner, episode.sight, limit=limit)]


@contextmanager
def open_ours(folder: Path, embedder: Embeddings) -> Iterator[Peer]:
    """In a home of its own."""
    memory = OnDiskMemory(folder, embedder, profile=FAST)
    try:
        yield Ours(memory)
    finally:
        memory.close()


# ── stores of LangGraph's kind ───────────────────────────────────────────────────────────────────


class InStore:
    """Utterances as items of a LangGraph store."""

    def __init__(self, store: InMemoryStore | MemoryStore) -> None:
        self.usage = Usage()
        self._store = store

    def write(self, episode: Episode) -> None:
        """One put."""
        self._store.put(_namespace(episode), episode.id, {"text": told(episode)})

    def search(self, cue: Cue, episode: Episode, limit: int) -> list[str]:
        """One search."""
        return [item.key for item in self._store.search(_namespace(episode), query=cue.text, limit=limit)]


def _namespace(episode: Episode) -> tuple[str, ...]:
    return memory_namespace(episode.owner.persona_id, episode.owner.user_id)


@contextmanager
def open_our_store(folder: Path, embedder: Embeddings) -> Iterator[Peer]:
    """Our LangGraph store, on disk."""
    memory = OnDiskMemory(folder, embedder)
    store = MemoryStore(memory, fields=["text"])
    try:
        yield InStore(store)
    finally:
        store.close()
        memory.close()


def _langgraph_store(embedder: Embeddings, field: str) -> InMemoryStore:
    width = len(embedder.embed_query("width"))
    return InMemoryStore(index={"dims": width, "embed": embedder, "fields": [field]})


@contextmanager
def open_langgraph(folder: Path, embedder: Embeddings) -> Iterator[Peer]:
    """LangGraph's own store, in RAM."""
    yield InStore(_langgraph_store(embedder, "text"))


# ── Chroma alone ─────────────────────────────────────────────────────────────────────────────────


class InChroma:
    """Utterances in a Chroma collection for each person."""

    def __init__(self, client: Any, embedder: Embeddings) -> None:  # Any: chromadb is untyped
        self.usage = Usage()
        self._client = client
        self._embedder = embedder
        self._collections: dict[str, Any] = {}

    def _collection(self, episode: Episode) -> Any:
        name = "conversation-" + re.sub(r"\W", "-", episode.owner.persona_id)
        if name not in self._collections:
            self._collections[name] = self._client.get_or_create_collection(
                name, embedding_function=None, metadata={"hnsw:space": "cosine"}
            )
        return self._collections[name]

    def write(self, episode: Episode) -> None:
        """One add."""
        text = told(episode)
        vectors = self._embedder.embed_documents([text])
        self._collection(episode).add(ids=[episode.id], embeddings=vectors, documents=[text])

    def search(self, cue: Cue, episode: Episode, limit: int) -> list[str]:
        """One query."""
        vector = self._embedder.embed_query(cue.text)
        found: list[str] = self._collection(episode).query(
            query_embeddings=[vector], n_results=limit, include=[]
        )["ids"][0]
        return found


@contextmanager
def open_chroma(folder: Path, embedder: Embeddings) -> Iterator[Peer]:
    """A client with a folder."""
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    yield InChroma(chromadb.PersistentClient(str(folder), settings=settings), embedder)


# ── mem0 ─────────────────────────────────────────────────────────────────────────────────────────


class _Mem0Embedder:
    """Our embedder as mem0 calls one."""

    def __init__(self, embedder: Embeddings) -> None:
        self._embedder = embedder

    def embed(self, text: str, memory_action: str | None = None) -> list[float]:
        return self._embedder.embed_query(text)

    def embed_batch(self, texts: list[str], memory_action: str | None = None) -> list[list[float]]:
        return self._embedder.embed_documents(texts)


class _Mem0Model:
    """Answers that the utterance itself is the one thing to remember, and counts."""

    def __init__(self, usage: Usage) -> None:
        self.text = ""
        self._usage = usage

    def generate_response(self, messages: list[dict[str, str]], **options: Any) -> str:
        import json

        self._usage.add("\n".join(message["content"] for message in messages))
        return json.dumps({"memory": [{"id": "0", "text": self.text}]})


class InMem0:
    """Utterances as mem0's memories of a user."""

    def __init__(self, memory: Any, *, infer: bool) -> None:  # Any: mem0 need not be installed
        self.usage = Usage()
        self._model = memory.llm = _Mem0Model(self.usage)
        self._memory = memory
        self._infer = infer

    def write(self, episode: Episode) -> None:
        """One add."""
        self._model.text = told(episode)
        self._memory.add(
            told(episode),
            user_id=episode.owner.persona_id,
            metadata={"episode": episode.id},
            infer=self._infer,
        )

    def search(self, cue: Cue, episode: Episode, limit: int) -> list[str]:
        """One search."""
        filters = {"user_id": episode.owner.persona_id}
        found = self._memory.search(cue.text, filters=filters, top_k=limit, threshold=0.0)
        return [each["metadata"]["episode"] for each in found["results"]]


def open_mem0(folder: Path, embedder: Embeddings, *, infer: bool) -> AbstractContextManager[Peer]:
    """With its local Qdrant in a folder, our embedder, and a model that only counts."""
    os.environ["MEM0_TELEMETRY"] = "False"
    os.environ["MEM0_DIR"] = str(folder)
    return _mem0(folder, embedder, infer)


@contextmanager
def _mem0(folder: Path, embedder: Embeddings, infer: bool) -> Iterator[Peer]:
    from mem0 import Memory

    width = len(embedder.embed_query("width"))
    place = {"path": str(folder / "qdrant"), "on_disk": True, "embedding_model_dims": width}
    nobody = {"api_key": "none", "model": "none"}  # both are replaced before anything is asked
    memory = Memory.from_config(
        {
            "vector_store": {"provider": "qdrant", "config": place},
            "embedder": {"provider": "openai", "config": nobody},
            "llm": {"provider": "openai", "config": nobody},
            "history_db_path": str(folder / "history.db"),
        }
    )
    memory.embedding_model = _Mem0Embedder(embedder)
    yield InMem0(memory, infer=infer)


# ── LangMem ──────────────────────────────────────────────────────────────────────────────────────


class _LangMemModel(BaseChatModel):
    """Calls the tool that it is given to remember the utterance itself, and counts."""

    usage: Any = Field(default_factory=Usage)
    text: str = ""

    @property
    def _llm_type(self) -> str:
        return "counting"

    def bind_tools(self, tools: Sequence[Any], **options: Any) -> Any:
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools])

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **options: Any
    ) -> ChatResult:
        tools = options.get("tools", [])
        self.usage.add("\n".join([*(message.text for message in messages), str(tools)]))
        names = [tool["function"]["name"] for tool in tools]
        call = {"name": "Memory", "args": {"content": self.text}, "id": f"c{self.usage.num_calls}"}
        calls = [call] if "Memory" in names else []
        return ChatResult(generations=[ChatGeneration(message=AIMessage("", tool_calls=calls))])


class InLangMem(InStore):
    """Utterances through LangMem's manager of memories, over LangGraph's store in RAM."""

    def __init__(self, embedder: Embeddings) -> None:
        from langmem import create_memory_store_manager

        store = _langgraph_store(embedder, "content.content")
        super().__init__(store)
        self._model = _LangMemModel(usage=self.usage)
        self._manager: Any = create_memory_store_manager(
            self._model, namespace=("memories", "{persona}", "{user}"), store=store
        )
        self._ids: dict[str, str] = {}

    def write(self, episode: Episode) -> None:
        """One run of the manager."""
        self._model.text = told(episode)
        self._ids[self._model.text] = episode.id
        who = {"persona": _namespace(episode)[1], "user": _namespace(episode)[2]}
        message = {"role": "user", "content": self._model.text}
        self._manager.invoke({"messages": [message]}, config={"configurable": who})

    def search(self, cue: Cue, episode: Episode, limit: int) -> list[str]:
        """One search of the store."""
        items = self._store.search(_namespace(episode), query=cue.text, limit=limit)
        texts = (str(item.value["content"]["content"]) for item in items)
        return [self._ids[text] for text in texts if text in self._ids]


@contextmanager
def open_langmem(folder: Path, embedder: Embeddings) -> Iterator[Peer]:
    """Its manager with a model that only counts."""
    yield InLangMem(embedder)


# ── which are there ──────────────────────────────────────────────────────────────────────────────

PEERS: dict[str, tuple[Open, str, bool]] = {  # how to open it, its distribution, whether it writes to disk
    "roleagent": (open_ours, "roleagent", True),
    "roleagent MemoryStore": (open_our_store, "roleagent", True),
    "Chroma": (open_chroma, "chromadb", True),
    "LangGraph InMemoryStore": (open_langgraph, "langgraph", False),
    "mem0 infer=False": (lambda folder, embedder: open_mem0(folder, embedder, infer=False), "mem0ai", True),
    "mem0 infer=True": (lambda folder, embedder: open_mem0(folder, embedder, infer=True), "mem0ai", True),
    "LangMem manager": (open_langmem, "langmem", False),
}


def version_of(distribution: str) -> str | None:
    """Its version, None where it is not installed."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
