"""What the interfaces need of a memory: `ChromaMemory` and `InProcessMemory` have it."""

from __future__ import annotations

from typing import Protocol

from langchain_core.embeddings import Embeddings

from roleagent.protocols import EpisodicMemory
from roleagent.store import Store


class MemoryWithRecord(EpisodicMemory, Protocol):
    """An `EpisodicMemory` over a store of record.

    Attributes:
        store: the record.
        embedder: None where words alone find.
    """

    @property
    def store(self) -> Store: ...  # noqa: D102

    @property
    def embedder(self) -> Embeddings | None: ...  # noqa: D102
