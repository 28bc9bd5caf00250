"""A LangChain retriever over episodic memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from roleagent.concurrency.blocking import run_blocking
from roleagent.interop.episodes import episode_value
from roleagent.protocols import Cue, EpisodicMemory
from roleagent.types import STRANGER, Episode, Owner, Sight


class MemoryRetriever(BaseRetriever):
    """What was said to a persona by one user, as documents, best first.

    `k`, `token_budget`, `history` and `at` may also be given with each call, as in
    ``retriever.invoke("my cat", k=3)``. A document's text is what was said; its metadata say who said it,
    when, in which conversation, with which score, and what was shown.

    Args:
        memory: any `EpisodicMemory`, such as that of an agent.
        owner: whose memory; there is no default.
        sight: who asks, and when in the story.
        k: how many documents at most.
        token_budget: and in how many tokens; None for any number.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    memory: EpisodicMemory
    owner: Owner
    sight: Sight = STRANGER
    k: int = Field(default=10, ge=0)
    token_budget: int | None = Field(default=None, ge=0)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **options: Any
    ) -> list[Document]:
        return self._recall(query, **options)

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **options: Any
    ) -> list[Document]:
        return await run_blocking(lambda: self._recall(query, **options))

    def _recall(
        self,
        query: str,
        *,
        k: int | None = None,
        token_budget: int | None = None,
        history: Sequence[str] = (),
        at: datetime | None = None,
    ) -> list[Document]:
        episodes = self.memory.recall(
            Cue(text=query, history=tuple(history), at=at),
            self.owner,
            self.sight,
            limit=self.k if k is None else k,
            token_budget=self.token_budget if token_budget is None else token_budget,
        )
        return [episode_document(episode) for episode in episodes]


def episode_document(episode: Episode) -> Document:
    """An episode as a document; the metadata are plain JSON."""
    metadata = episode_value(episode)
    text = metadata.pop("text")
    return Document(id=episode.id, page_content=text, metadata={**metadata, "score": episode.score})
