"""What one user and one persona said: as items of a LangGraph store, and as a LangChain retriever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langgraph.store.base import GetOp, Item, PutOp, SearchItem, SearchOp
from pydantic import ConfigDict, Field

from roleagent.concurrency.blocking import run_blocking
from roleagent.errors import InputError
from roleagent.interop.filters import matches
from roleagent.interop.namespaces import Labels, Place, escape
from roleagent.protocols import Cue, EpisodicMemory, MemoryWithRecord
from roleagent.types import STRANGER, Episode, Owner, Selection, Sight

_FIRST_ASKED = 100  # how many are recalled first if some of them may not match


def episode_value(episode: Episode) -> dict[str, Any]:
    """An episode as plain JSON, without its id and score."""
    seen = [
        {"kind": each.kind, "text": each.text, "attachment": each.attachment_id}
        for each in episode.observations
    ]
    return {
        "text": episode.text,
        "speaker": episode.speaker,
        "speaker_name": episode.speaker_name,
        "at": episode.at.isoformat(),
        "thread": episode.thread.thread_id,
        "turn": episode.turn_id,
        "attachments": [
            {"id": each.id, "media_type": each.media_type, "name": each.name, "path": each.path}
            for each in episode.attachments
        ],
        **({"seen": seen} if seen else {}),
    }


def refuse_values(op: PutOp) -> None:
    """Raise if an operation would write an episode.

    Raises:
        InputError: the operation does not delete.
    """
    if op.value is not None:
        raise InputError(
            f"{op.namespace!r} holds what was said, which EpisodicMemory.remember writes: "
            'put into ("memories", PERSONA, USER, …).'
        )


class EpisodeView:
    """Episodes under ``("episodes", PERSONA, USER, THREAD)``, each under its id."""

    def __init__(self, memory: MemoryWithRecord) -> None:
        self._memory = memory

    def get(self, op: GetOp, place: Place) -> Item | None:
        """One episode, if it is of this conversation and may be seen."""
        for episode in self._memory.store.episodes_of(place.owner, [op.key]):
            if place.sight.may_see(episode.sight) and _is_below(episode, place):
                return Item(**_item_fields(episode, place))
        return None

    def search(self, op: SearchOp, place: Place) -> list[SearchItem]:
        """What recall finds, best first; without a query, the latest first."""
        wanted = op.offset + op.limit
        found: list[Episode] = []
        for found in self._asked_for_more_and_more(op, place):
            if len(found) >= wanted:
                break
        return [
            SearchItem(**_item_fields(episode, place), score=episode.score if op.query else None)
            for episode in found[op.offset : wanted]
        ]

    def _asked_for_more_and_more(self, op: SearchOp, place: Place) -> Iterator[list[Episode]]:
        """Matching episodes, from more and more results of recall."""
        limit = op.offset + op.limit
        if op.filter or place.rest:
            limit = max(limit, _FIRST_ASKED)
        while True:
            recalled = self._memory.recall(op.query or "", place.owner, place.sight, limit=limit)
            yield [
                each
                for each in recalled
                if _is_below(each, place) and (not op.filter or matches(episode_value(each), op.filter))
            ]
            if len(recalled) < limit:
                return
            limit *= 4

    def namespaces(self, place: Place) -> list[Labels]:
        """One namespace for each conversation."""
        threads = self._memory.store.threads(place.owner)
        return sorted((*place.prefix, escape(thread.thread_id)) for thread in threads)

    def erase(self, op: PutOp, place: Place) -> None:
        """Erase an episode and everything that rests only on it."""
        if self.get(GetOp(op.namespace, op.key), place) is not None:
            self._memory.forget(place.owner, Selection(episodes=(op.key,)))


def _is_below(episode: Episode, place: Place) -> bool:
    """Whether an episode is of the place's conversation; a place without one takes all."""
    return not place.rest or place.rest == (escape(episode.thread.thread_id),)


def _item_fields(episode: Episode, place: Place) -> dict[str, Any]:
    return {
        "namespace": (*place.prefix, escape(episode.thread.thread_id)),
        "key": episode.id,
        "value": episode_value(episode),
        "created_at": episode.at,
        "updated_at": episode.at,
    }


class MemoryRetriever(BaseRetriever):
    """What was said to a persona by one user, as documents, best first.

    `k`, `token_budget`, `history` and `at` may also be given with each call, as in
    ``retriever.invoke("my cat", k=3)``. A document's text is what was said; its metadata say who said it,
    when, in which conversation, with which score, and what was shown.

    Args:
        memory: any `EpisodicMemory`, such as that of an agent.
        owner: whose memory; there is no default.
        sight: who asks, and when in the story.
        k: up to how many documents.
        token_budget: how many tokens they may have together; None for any number.
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
