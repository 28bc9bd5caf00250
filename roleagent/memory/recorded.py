"""Episodic memory on the store of record: the part that `OnDiskMemory` and `InProcessMemory` share.

Everything that is searched is built from the record and updated before every use, so that the two never
disagree. All vectors are compared one by one, until there are many and a vector index has been filled in the
background. If that breaks, they are compared one by one again.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from roleagent.embedding.cache import QueryVectors
from roleagent.embedding.embedders import embed, embed_queries, embedder_name
from roleagent.errors import StoreError
from roleagent.memory.index.keeper import IndexKeeper, IndexState, OpenIndex, Slot
from roleagent.memory.index.owner_index import OwnerIndex, OwnerPool
from roleagent.memory.index.vector_index import IndexFailure, OnProgress
from roleagent.memory.recall.pipeline import Recall
from roleagent.memory.recall.pool import index_text, within_budget
from roleagent.memory.recall.profile import QUALITY, RecallProfile
from roleagent.memory.summaries.keeper import SummaryKeeper
from roleagent.protocols import Cue, Reranker
from roleagent.store import IndexRow, Store, ThreadSummary, UserRecord, Vector
from roleagent.types import (
    EVERYTHING,
    Episode,
    Fact,
    ForgetReceipt,
    GraphUpdate,
    Owner,
    Selection,
    Sight,
    Thread,
)
from roleagent.types.receipt import asked_for

MAX_QUERY_CHARS = 4_000

_log = logging.getLogger(__name__)

_MAX_OPEN_OWNERS = 32  # persona-user pairs kept ready in RAM; others are read again when they come back
_EMBED_BATCH = 64


class RecordedMemory:
    """An `EpisodicMemory` over a `Store`.

    Args:
        store: the record; closed together with the memory.
        embedder: None for a memory that searches only by words and time.
        open_index: returns the vector index of a persona and user; None if everything is searched exactly.
        exact_rows: up to this many episodes of a persona and user, all vectors are compared one by one.
        reranker: reads the best episodes again; None for no reranking.
        profile: which stages recall runs, with which weights.
    """

    def __init__(
        self,
        store: Store,
        embedder: Embeddings | None,
        *,
        open_index: OpenIndex | None = None,
        exact_rows: int = 0,
        reranker: Reranker | None = None,
        profile: RecallProfile = QUALITY,
    ) -> None:
        self.store = store
        self.embedder = embedder
        self.reranker = reranker
        self.profile = profile
        self.embedder_name = embedder_name(embedder) if embedder else ""
        # without vectors there is never an index to fill, and maybe one of earlier days to erase
        exact_rows = exact_rows if embedder else sys.maxsize
        self._keeper = IndexKeeper(open_index, exact_rows=exact_rows) if open_index else None
        self._summaries = SummaryKeeper(store, embedder)
        self._slots: OrderedDict[Owner, Slot] = OrderedDict()
        self._lock = threading.Lock()
        self._dim: int | None = None  # known once something has been embedded

    # ── the protocol ─────────────────────────────────────────────────────────────────────────

    def recall(
        self,
        cue: Cue | str,
        owner: Owner,
        sight: Sight,
        *,
        limit: int,
        token_budget: int | None = None,
        profile: RecallProfile | None = None,
        reranker: Reranker | None = None,
    ) -> list[Episode]:
        """Episodes of every thread of this persona and user that fit a cue, best first, with scores.

        Only those that may be seen: see `Sight.may_see`.

        Args:
            cue: what is asked.
            owner: whose episodes.
            sight: who asks, and when in the story.
            limit: how many at most.
            token_budget: how many tokens they may take together; None for any.
            profile: in place of the memory's own, for several that share it.
            reranker: the same.
        """
        cue = Cue(text=cue) if isinstance(cue, str) else cue
        cue = replace(cue, text=cue.text[:MAX_QUERY_CHARS])
        with self._slot(owner) as slot:
            # embedding and reranking are slow: they run without the lock, so that other calls do not wait
            slot.queries([cue.text] if cue.text.strip() else [])
            with slot.lock:
                recall = self._search(slot, cue, owner, sight, limit, profile or self.profile)
            ranked = recall.ranked(reranker or self.reranker)
            with slot.lock:
                ranked = recall.amended(ranked)
            episodes = recall.pool.episodes([place for place, _ in ranked])
        found = [replace(episodes[place], score=score) for place, score in ranked if place in episodes]
        return found if token_budget is None else within_budget(found, token_budget)

    def remember(self, episodes: Sequence[Episode], update: GraphUpdate, owner: Owner) -> None:
        """Commit both durably in one transaction. Writing the same ids again changes nothing."""
        known = self.store.known(owner, [episode.id for episode in episodes])
        new = [episode for episode in episodes if episode.id not in known]
        vectors: Sequence[Vector | None] = [None] * len(new)
        if self.embedder and new:
            vectors = list(self._embed([index_text(each.text_and_seen, each.speaker_name) for each in new]))
        pairs = list(zip(new, vectors, strict=True))
        self.store.commit(owner, pairs, update, embedder=self.embedder_name)
        with self._held(owner) as slot:
            self._ready(slot, owner)  # now, after the reply, and not before the next one

    def recent(self, thread: Thread, sight: Sight, *, limit: int) -> list[Episode]:
        """The last utterances of this thread that may be seen, oldest first."""
        return self.store.recent(thread, sight, limit=limit)

    def learned(self, owner: Owner, sight: Sight) -> GraphUpdate:
        """What is believed now (see `Store.learned`), as far as one of its sources may be seen."""
        update = self.store.learned(owner)
        return replace(update, added=self._in_sight(update.added, owner, sight))

    def versions(self, owner: Owner, sight: Sight) -> Sequence[Fact]:
        """Superseded versions of facts: see `Store.versions`."""
        return self._in_sight(self.store.versions(owner), owner, sight)

    def _in_sight(self, facts: Sequence[Fact], owner: Owner, sight: Sight) -> tuple[Fact, ...]:
        """The facts without those that rest only on episodes which may not be seen."""
        sources = dict.fromkeys(source for fact in facts for source in fact.evidence)
        hidden = self.store.hidden(owner, sight, [*sources]) if sources else set()
        return tuple(fact for fact in facts if not fact.evidence or not hidden.issuperset(fact.evidence))

    def forget(self, owner: Owner, what: Selection = EVERYTHING) -> ForgetReceipt:
        """Erase the selected data of this user with this persona, and everything that rests only on it.

        If a vector in the index is erased, the whole index is, because deleted vectors would stay in its
        files.
        """
        with self._held(owner) as slot:
            num_indexed = 0
            if what.is_everything or self.store.select(owner, what):
                num_indexed = self._ready(slot, owner).num_indexed
                if self._keeper:
                    # first, so that a kill in between leaves no vector behind
                    self._keeper.erase(slot, owner)
            removed = self.store.forget(owner, what)
            slot.close()
        return ForgetReceipt(
            owner=owner,
            removed={**removed, "index": num_indexed},
            asked=asked_for(what),
            at=datetime.now(UTC),
        )

    def vectors_of(self, texts: Sequence[str], owner: Owner) -> NDArray[np.float32]:
        """Vectors of utterances, [num_texts, dim], those of the last ones from RAM.

        The dim is 0 if the memory has no embedder.
        """
        with self._slot(owner) as slot:
            return slot.queries(texts)

    def export(self, owner: Owner) -> UserRecord:
        """Everything that is kept of this user with this persona, in every thread and for every listener."""
        return self.store.dump(owner)

    @property
    def summaries(self) -> SummaryKeeper:
        """The summaries of this memory."""
        return self._summaries

    def threads(self, owner: Owner) -> list[ThreadSummary]:
        """The conversations of a user with a persona, the latest first."""
        return self.store.threads(owner)

    def rebuild(self, owner: Owner, on_progress: OnProgress | None = None) -> int:
        """Rebuild the vector index of a persona and user; recall works without it until then.

        Args:
            owner: whose.
            on_progress: called with the numbers of vectors that are in, and that will be.

        Returns:
            How many vectors are in it; 0 if there are so few episodes that no index is needed.

        Raises:
            StoreError: the index cannot be written; the record is still searched.
        """
        if self._keeper is None:
            return 0
        with self._held(owner) as slot:
            self._keeper.erase(slot, owner)
            slot.ready = self._load(owner, self.store.state(owner))
            filling = self._keeper.rebuild(slot, owner, on_progress or (lambda *_: None))
        if filling is None:
            return 0
        filling.run()
        if filling.failure is not None:
            raise StoreError(
                f"The vector index of {owner} could not be made: {filling.failure}. "
                "The record is whole and is searched in its place."
            ) from filling.failure
        return self.index_state(owner).num_indexed

    def index_state(self, owner: Owner) -> IndexState:
        """The progress of the vector index of a persona and user."""
        with self._held(owner) as slot:
            ready = self._ready(slot, owner)
            filling = slot.filling
            return IndexState(
                num_episodes=len(ready),
                num_indexed=ready.num_indexed,
                num_filled=filling.num_filled if filling else 0,
                num_to_fill=filling.num_to_fill if filling else 0,
                is_down=slot.is_down,
            )

    def wait_for_index(self, owner: Owner, *, timeout_s: float = 60.0) -> IndexState:
        """Wait until the background work for a persona and user is done, or until the time limit."""
        with self._held(owner) as slot:
            self._ready(slot, owner)
            filling = slot.filling
        if filling is not None:
            filling.done.wait(timeout_s)
        return self.index_state(owner)

    def close(self) -> None:
        """Close everything; closing twice does nothing."""
        with self._lock:
            for slot in self._slots.values():
                slot.cancel()
            for slot in self._slots.values():
                slot.close()
            self._slots.clear()
        self.store.close()

    # ── what is ready in RAM ─────────────────────────────────────────────────────────────────

    @contextmanager
    def _held(self, owner: Owner) -> Iterator[Slot]:
        with self._slot(owner) as slot, slot.lock:
            yield slot

    @contextmanager
    def _slot(self, owner: Owner) -> Iterator[Slot]:
        """The slot of a persona and user, kept open as long as it is used; other threads may use it too."""
        with self._lock:
            if owner not in self._slots:
                languages = getattr(self.embedder, "languages", ())
                self._slots[owner] = Slot(QueryVectors(self._embed_queries, languages))
            slot = self._slots[owner]
            self._slots.move_to_end(owner)
            slot.num_users += 1
            idle = [key for key, each in self._slots.items() if each.is_idle]  # the longest unused first
            for key in idle[: max(len(self._slots) - _MAX_OPEN_OWNERS, 0)]:
                self._slots.pop(key).close()
        try:
            yield slot
        finally:
            with self._lock:
                slot.num_users -= 1

    def _ready(self, slot: Slot, owner: Owner) -> OwnerIndex:
        """The index of a persona and user, updated from the record."""
        state = self.store.state(owner)
        if slot.ready is not None and slot.ready.state != state:
            slot.close()  # something was forgotten, by another process maybe
        if slot.ready is None:
            slot.ready = self._load(owner, state)
        else:
            slot.ready.extend(self._rows(owner, after=slot.ready.last_seq))
        if self._keeper:
            self._keeper.bring_up(slot, owner)
        return slot.ready

    def _load(self, owner: Owner, state: int | None) -> OwnerIndex:
        ready = OwnerIndex(state)
        ready.extend(self._rows(owner, after=0))
        return ready

    def _rows(self, owner: Owner, *, after: int) -> Iterator[IndexRow]:
        """Rows of the record with vectors of this embedder; missing ones are made and written back."""
        if self.embedder is None:
            yield from (replace(row, embedding=None) for row in self.store.index_rows(owner, after=after))
            return
        num_stale, rows = 0, self.store.index_rows(owner, after=after)
        while batch := list(islice(rows, _EMBED_BATCH)):
            stale = [row for row in batch if self._is_stale(row)]
            vectors = self._embed([_row_text(row) for row in stale])
            fresh: dict[int, Vector] = dict(zip((row.seq for row in stale), vectors, strict=True))
            if fresh:
                self.store.set_embeddings(owner, fresh, embedder=self.embedder_name)
            num_stale += len(stale)
            yield from (replace(row, embedding=fresh[row.seq]) if row.seq in fresh else row for row in batch)
        if num_stale:
            _log.warning("Embedded %d episodes of %s again with %r.", num_stale, owner, self.embedder_name)

    def _is_stale(self, row: IndexRow) -> bool:
        if row.embedding is None or row.embedder != self.embedder_name:
            return True
        if self._dim is None:
            self._embed([_row_text(row)])
        return len(row.embedding) != self._dim

    # ── searching ────────────────────────────────────────────────────────────────────────────

    def _search(
        self, slot: Slot, cue: Cue, owner: Owner, sight: Sight, limit: int, profile: RecallProfile
    ) -> Recall:
        """A recall after its search; if the index broke, made without it."""

        def search(ready: OwnerIndex) -> Recall:
            pool = OwnerPool(ready, self.store, owner, sight, slot.queries)
            recall = Recall(pool, cue, limit=limit, profile=profile)
            recall.search()
            return recall

        try:
            return search(self._ready(slot, owner))
        except IndexFailure as failure:
            if self._keeper:
                self._keeper.broke(slot, owner, failure)
            return search(self._ready(slot, owner))

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.embedder is None or not texts:
            return np.zeros((len(texts), 0), np.float32)
        rows = embed(self.embedder, texts)
        self._dim = rows.shape[1]
        return rows

    def _embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.embedder is None or not texts:
            return np.zeros((len(texts), 0), np.float32)
        rows = embed_queries(self.embedder, texts)
        self._dim = rows.shape[1]
        return rows


def _row_text(row: IndexRow) -> str:
    return index_text(row.text, row.speaker_name)
