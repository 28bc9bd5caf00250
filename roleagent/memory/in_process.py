"""Episodic memory that lives and dies with the process."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.embeddings import Embeddings

from roleagent.database import MEMORY
from roleagent.memory.recorded import RecordedMemory
from roleagent.store import Store, ThreadSummary
from roleagent.types import Episode, Fact, ForgetReceipt, GraphUpdate, Scope


class InProcessMemory:
    """An `EpisodicMemory` in RAM, for tests and for those who want nothing on disk.

    Args:
        embedder: None for a memory that finds by words and time alone.

    >>> from datetime import UTC, datetime
    >>> memory = InProcessMemory()
    >>> scope = Scope(persona_id="holmes", user_id="ada", thread_id="1")
    >>> said = Episode(id="e1", scope=scope, turn_id="t1", speaker="user", text="My cat is Milo.",
    ...                at=datetime(2026, 1, 1, tzinfo=UTC))
    >>> memory.remember([said], GraphUpdate(), scope)
    >>> memory.recall("Who is my cat?", scope, limit=1)[0].text
    'My cat is Milo.'
    """

    def __init__(self, embedder: Embeddings | None = None) -> None:
        self._memory = RecordedMemory(Store(MEMORY), embedder)

    @property
    def embedder(self) -> Embeddings | None:
        """What makes the vectors; None where words alone are searched."""
        return self._memory.embedder

    def recall(self, query: str, scope: Scope, *, limit: int) -> list[Episode]:
        """Episodes of every thread of this persona and user that bear on a query, best first, with scores."""
        return self._memory.recall(query, scope, limit=limit)

    def remember(self, episodes: Sequence[Episode], update: GraphUpdate, scope: Scope) -> None:
        """Commit both together, once: the same ids written again change nothing."""
        self._memory.remember(episodes, update, scope)

    def recent(self, scope: Scope, *, limit: int) -> list[Episode]:
        """The last utterances of this thread that the scope lets through, oldest first."""
        return self._memory.recent(scope, limit=limit)

    def learned(self, scope: Scope) -> GraphUpdate:
        """What is believed now: learned nodes, and facts as `added`, those that have ended included."""
        return self._memory.learned(scope)

    def versions(self, scope: Scope) -> Sequence[Fact]:
        """What was believed once and was superseded, each with its recorded interval."""
        return self._memory.versions(scope)

    def forget(self, scope: Scope) -> ForgetReceipt:
        """Erase all that is kept of this user with this persona, in every thread."""
        return self._memory.forget(scope)

    def threads(self, persona_id: str, user_id: str) -> list[ThreadSummary]:
        """The conversations of a user with a persona, the latest first."""
        return self._memory.threads(persona_id, user_id)

    def close(self) -> None:
        """Let everything go."""
        self._memory.close()
