"""Episodic memory in RAM, which ends with the process."""

from __future__ import annotations

from langchain_core.embeddings import Embeddings

from roleagent.memory.recall.profile import QUALITY, RecallProfile
from roleagent.memory.recorded import RecordedMemory
from roleagent.protocols import Reranker
from roleagent.store import Store
from roleagent.store.database import MEMORY


class InProcessMemory(RecordedMemory):
    """An `EpisodicMemory` in RAM, for tests and for applications that keep nothing on disk.

    Args:
        embedder: None for a memory that searches only by words and time.
        reranker: reads the best episodes again; None for no reranking.
        profile: which stages recall runs, with which weights.

    >>> from datetime import UTC, datetime
    >>> from roleagent.types import STRANGER, Episode, GraphUpdate, Owner, Thread
    >>> memory = InProcessMemory()
    >>> ada = Owner(persona_id="holmes", user_id="ada")
    >>> said = Episode(id="e1", thread=Thread(owner=ada, thread_id="1"), turn_id="t1",
    ...                speaker="user", text="My cat is Milo.", at=datetime(2026, 1, 1, tzinfo=UTC))
    >>> memory.remember([said], GraphUpdate(), ada)
    >>> memory.recall("Who is my cat?", ada, STRANGER, limit=1)[0].text
    'My cat is Milo.'
    """

    def __init__(
        self,
        embedder: Embeddings | None = None,
        *,
        reranker: Reranker | None = None,
        profile: RecallProfile = QUALITY,
    ) -> None:
        super().__init__(Store(MEMORY), embedder, reranker=reranker, profile=profile)
