"""Episodic memory on the store of record: the part that `ChromaMemory` and `InProcessMemory` share.

Whatever is searched is made from the record and brought up to it before every use, so that the two never
disagree. All vectors are compared one by one, until there are many and a vector index has been filled in the
background; where that breaks, they are again.
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

from roleagent.embedding.embedders import embed, embed_queries, embedder_name
from roleagent.embedding.query_vectors import QueryVectors
from roleagent.errors import StoreError
from roleagent.memory.index.keeper import IndexKeeper, IndexState, OpenIndex, Slot, whose
from roleagent.memory.index.scope_index import ScopeIndex
from roleagent.memory.index.scope_pool import ScopePool
from roleagent.memory.index.vector_index import IndexFailure, OnProgress
from roleagent.memory.recall.pipeline import Recall
from roleagent.memory.recall.profile import QUALITY, RecallProfile
from roleagent.memory.recall.text_form import index_text, within_budget
from roleagent.memory.summaries.keeper import SummaryKeeper
from roleagent.protocols import Cue, Reranker
from roleagent.store import IndexRow, Store, ThreadSummary, UserRecord, Vector
from roleagent.types import EVERYTHING, Episode, Fact, ForgetReceipt, GraphUpdate, Scope, Selection
from roleagent.types.receipt import asked_for

MAX_QUERY_CHARS = 4_000

_log = logging.getLogger(__name__)

_MAX_OPEN_SCOPES = 32  # persona-user pairs kept ready in RAM; others are read again when they come back
_EMBED_BATCH = 64


class RecordedMemory:
    """An `EpisodicMemory` over a `Store`.

    Args:
        store: the record; closed together with the memory.
        embedder: None for a memory that finds by words and time alone.
        open_index: gives the vector index of a persona and user; None where all is searched exactly.
        exact_rows: up to how many episodes of a persona and user are all compared one by one.
        reranker: reads the best a second time; None where nothing does.
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
        self._slots: OrderedDict[tuple[str, str], Slot] = OrderedDict()
        self._lock = threading.Lock()
        self._dim: int | None = None  # known once something has been embedded

    # ── the protocol ─────────────────────────────────────────────────────────────────────────

    def recall(
        self,
        cue: Cue | str,
        scope: Scope,
        *,
        limit: int,
        token_budget: int | None = None,
        profile: RecallProfile | None = None,
        reranker: Reranker | None = None,
    ) -> list[Episode]:
        """Episodes of every thread of this persona and user that bear on a cue, best first, with scores.

        Only those that the scope's listener and moment let through: see `store.owners`.

        Args:
            cue: what is asked.
            scope: whose episodes, and what of them.
            limit: how many at most.
            token_budget: how many tokens they may take together; None for any.
            profile: in place of the memory's own, for several that share it.
            reranker: the same.
        """
        cue = Cue(text=cue) if isinstance(cue, str) else cue
        cue = replace(cue, text=cue.text[:MAX_QUERY_CHARS])
        with self._slot(scope) as slot:
            # two things that take long are done where nobody waits for the scope: embedding and reading again
            slot.queries([cue.text] if cue.text.strip() else [])
            with slot.lock:
                recall = self._search(slot, cue, scope, limit, profile or self.profile)
            found = _found(recall, reranker or self.reranker)
        return found if token_budget is None else within_budget(found, token_budget)

    def remember(self, episodes: Sequence[Episode], update: GraphUpdate, scope: Scope) -> None:
        """Commit both together, durably, once: the same ids written again change nothing."""
        known = self.store.known(scope, [episode.id for episode in episodes])
        new = [episode for episode in episodes if episode.id not in known]
        vectors: Sequence[Vector | None] = [None] * len(new)
        if self.embedder and new:
            vectors = list(self._embed([_text_of(episode) for episode in new]))
        pairs = list(zip(new, vectors, strict=True))
        self.store.commit(scope, pairs, update, embedder=self.embedder_name)
        with self._held(scope) as slot:
            self._ready(slot, scope)  # now, after the reply, and not before the next one

    def recent(self, scope: Scope, *, limit: int) -> list[Episode]:
        """The last utterances of this thread that the scope lets through, oldest first."""
        return self.store.recent(scope, limit=limit)

    def learned(self, scope: Scope) -> GraphUpdate:
        """What is believed now (see `Store.learned`), as far as a source of it is in the scope's sight."""
        update = self.store.learned(scope)
        return replace(update, added=self._in_sight(update.added, scope))

    def versions(self, scope: Scope) -> Sequence[Fact]:
        """What was believed once and was superseded: see `Store.versions`."""
        return self._in_sight(self.store.versions(scope), scope)

    def _in_sight(self, facts: Sequence[Fact], scope: Scope) -> tuple[Fact, ...]:
        """Facts without those all of whose sources are episodes that the scope does not let through."""
        sources = dict.fromkeys(source for fact in facts for source in fact.evidence)
        hidden = self.store.hidden(scope, [*sources]) if sources else set()
        return tuple(fact for fact in facts if not fact.evidence or not hidden.issuperset(fact.evidence))

    def forget(self, scope: Scope, what: Selection = EVERYTHING) -> ForgetReceipt:
        """Erase what is meant of this user with this persona, and all that rests on it alone.

        The index goes as a whole where a vector in it does: what is deleted in it stays in its files.
        """
        with self._held(scope) as slot:
            num_indexed = 0
            if what.is_everything or self.store.select(scope, what):
                num_indexed = self._ready(slot, scope).num_indexed
                if self._keeper:
                    # first: were we killed in between, no vector would be left
                    self._keeper.erase(slot, scope)
            removed = self.store.forget(scope, what)
            slot.close()
        return ForgetReceipt(
            scope=scope,
            removed={**removed, "index": num_indexed},
            asked=asked_for(what),
            at=datetime.now(UTC),
        )

    def export(self, scope: Scope) -> UserRecord:
        """All that is kept of this user with this persona, in every thread and for every listener."""
        return self.store.dump(scope.persona_id, scope.user_id)

    @property
    def summaries(self) -> SummaryKeeper:
        """What was made of many episodes when nobody was waiting."""
        return self._summaries

    def threads(self, persona_id: str, user_id: str) -> list[ThreadSummary]:
        """The conversations of a user with a persona, the latest first."""
        return self.store.threads(persona_id, user_id)

    def rebuild(self, scope: Scope, on_progress: OnProgress | None = None) -> int:
        """Make the vector index of a persona and user anew, while recall goes on without it.

        Args:
            scope: whose.
            on_progress: called with the numbers of vectors that are in, and that will be.

        Returns:
            How many vectors are in it: none where there are so few that no index is needed.

        Raises:
            StoreError: the index cannot be written; the record serves on.
        """
        if self._keeper is None:
            return 0
        with self._held(scope) as slot:
            self._keeper.erase(slot, scope)
            slot.ready = self._load(scope, self.store.owner(scope))
            filling = self._keeper.rebuild(slot, scope, on_progress or _no_progress)
        if filling is None:
            return 0
        filling.run()
        if filling.failure is not None:
            raise StoreError(
                f"The vector index of {whose(scope)} could not be made: {filling.failure}. "
                "The record is whole and is searched in its place."
            ) from filling.failure
        return self.index_state(scope).num_indexed

    def index_state(self, scope: Scope) -> IndexState:
        """How far the vector index of a persona and user is."""
        with self._held(scope) as slot:
            ready = self._ready(slot, scope)
            filling = slot.filling
            return IndexState(
                num_episodes=len(ready),
                num_indexed=ready.num_indexed,
                num_filled=filling.num_filled if filling else 0,
                num_to_fill=filling.num_to_fill if filling else 0,
                is_down=slot.is_down,
            )

    def wait_for_index(self, scope: Scope, *, timeout_s: float = 60.0) -> IndexState:
        """Wait until what goes on behind a persona and user is done, or the time is over."""
        with self._held(scope) as slot:
            self._ready(slot, scope)
            filling = slot.filling
        if filling is not None:
            filling.done.wait(timeout_s)
        return self.index_state(scope)

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
    def _held(self, scope: Scope) -> Iterator[Slot]:
        with self._slot(scope) as slot, slot.lock:
            yield slot

    @contextmanager
    def _slot(self, scope: Scope) -> Iterator[Slot]:
        """Where a persona and user stand; kept as long as it is used, and not held against others."""
        key = (scope.persona_id, scope.user_id)
        with self._lock:
            if key not in self._slots:
                languages = getattr(self.embedder, "languages", ())
                self._slots[key] = Slot(QueryVectors(self._embed_queries, languages))
            slot = self._slots[key]
            self._slots.move_to_end(key)
            slot.num_users += 1
            self._let_go_of_old_ones()
        try:
            yield slot
        finally:
            with self._lock:
                slot.num_users -= 1

    def _let_go_of_old_ones(self) -> None:
        idle = [key for key, slot in self._slots.items() if slot.is_idle]
        for key in idle[: max(len(self._slots) - _MAX_OPEN_SCOPES, 0)]:
            self._slots.pop(key).close()

    def _ready(self, slot: Slot, scope: Scope) -> ScopeIndex:
        """The scope's index, brought up to the record."""
        owner = self.store.owner(scope)
        if slot.ready is not None and slot.ready.owner != owner:
            slot.close()  # something was forgotten, by another process maybe
        if slot.ready is None:
            slot.ready = self._load(scope, owner)
        else:
            slot.ready.extend(self._rows(scope, after=slot.ready.last_seq))
        if self._keeper:
            self._keeper.bring_up(slot, scope)
        return slot.ready

    def _load(self, scope: Scope, owner: int | None) -> ScopeIndex:
        ready = ScopeIndex(owner)
        ready.extend(self._rows(scope, after=0))
        return ready

    def _without_index(self, slot: Slot, scope: Scope, failure: IndexFailure) -> ScopeIndex:
        if self._keeper:
            self._keeper.broke(slot, scope, failure)
        return self._ready(slot, scope)

    def _rows(self, scope: Scope, *, after: int) -> Iterator[IndexRow]:
        """Rows of the record with vectors of this embedder; others are made anew and written back."""
        if self.embedder is None:
            yield from (replace(row, embedding=None) for row in self.store.index_rows(scope, after=after))
            return
        num_stale = 0
        for batch in _batches(self.store.index_rows(scope, after=after)):
            stale = [row for row in batch if self._is_stale(row)]
            anew = self._embed_anew(scope, stale)
            num_stale += len(stale)
            yield from (replace(row, embedding=anew[row.seq]) if row.seq in anew else row for row in batch)
        if num_stale:
            _log.warning(
                "Embedded %d episodes of %s anew with %r.", num_stale, whose(scope), self.embedder_name
            )

    def _is_stale(self, row: IndexRow) -> bool:
        if row.embedding is None or row.embedder != self.embedder_name:
            return True
        if self._dim is None:
            self._embed([_row_text(row)])
        return len(row.embedding) != self._dim

    def _embed_anew(self, scope: Scope, rows: Sequence[IndexRow]) -> dict[int, Vector]:
        vectors = dict(
            zip((row.seq for row in rows), self._embed([_row_text(row) for row in rows]), strict=True)
        )
        if vectors:
            self.store.set_embeddings(scope, vectors, embedder=self.embedder_name)
        return vectors

    # ── searching ────────────────────────────────────────────────────────────────────────────

    def _search(self, slot: Slot, cue: Cue, scope: Scope, limit: int, profile: RecallProfile) -> Recall:
        """A recall after its search, made without the index where this broke."""

        def search(ready: ScopeIndex) -> Recall:
            pool = ScopePool(ready, self.store, scope, slot.queries)
            recall = Recall(pool, cue, limit=limit, profile=profile)
            recall.search()
            return recall

        try:
            return search(self._ready(slot, scope))
        except IndexFailure as failure:
            return search(self._without_index(slot, scope, failure))

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


def _found(recall: Recall, reranker: Reranker | None) -> list[Episode]:
    ranked = recall.ranked(reranker)
    episodes = recall.pool.episodes([place for place, _ in ranked])
    return [replace(episodes[place], score=score) for place, score in ranked if place in episodes]


def _text_of(episode: Episode) -> str:
    return index_text(episode.text_and_seen, episode.speaker_name)


def _row_text(row: IndexRow) -> str:
    return index_text(row.text, row.speaker_name)


def _no_progress(_num_filled: int, _num_to_fill: int) -> None: ...


def _batches(rows: Iterator[IndexRow]) -> Iterator[list[IndexRow]]:
    while batch := list(islice(rows, _EMBED_BATCH)):
        yield batch
