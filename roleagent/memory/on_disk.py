"""Episodic memory on disk: SQLite keeps the record, Chroma finds the older episodes by meaning.

The vectors of a persona and user are compared one by one, which is exact and, up to some number, faster than
any index. Beyond that, all except about the newest 2,000 are in a Chroma collection: see `index.keeper`. It
is in the home or on a server, so that several processes can share a record in Postgres and one index.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from roleagent.embedding.embedders import embedder_name
from roleagent.errors import StoreError
from roleagent.memory.index.chroma_index import ChromaIndex, Folder, OnServer, Server
from roleagent.memory.index.keeper import IndexState
from roleagent.memory.index.vector_index import OnProgress
from roleagent.memory.recall.profile import QUALITY, RecallProfile
from roleagent.memory.recorded import RecordedMemory
from roleagent.memory.summaries.keeper import SummaryKeeper
from roleagent.protocols import Cue, Reranker
from roleagent.store import Store, ThreadSummary, UserRecord
from roleagent.store.database import HomeLock
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

EXACT_ROWS = 20_000  # here numpy and Chroma are equally fast; it takes 40 MB of RAM a persona and user
STORE_NAME = "memory.sqlite3"
INDEX_NAME = "index"
_LEFT = {"an index": INDEX_NAME, "a folder of pictures": "media"}  # signs that there was a record

_log = logging.getLogger(__name__)


class OnDiskMemory:
    """An `EpisodicMemory` in a folder.

    Several in one process may share a home, if they share the embedder. A second process is refused, unless
    neither the record nor the index is in the home.

    Args:
        home: the folder, created if missing.
        embedder: makes the vectors; vectors of another embedder are replaced, with a warning in the log. None
            to maintain the memory without loading a model; recall then uses only words.
        exact_rows: up to this many episodes of a persona and user, all vectors are compared one by one.
        record: where the record is, if not in the home: a path, or
            ``postgresql://USER:PASSWORD@HOST/DATABASE``, which several homes may share.
        index: the Chroma server that holds the index if the home does not: ``http://HOST:PORT``, or
            ``https://TOKEN@HOST:PORT``. While it does not answer, the record is searched instead.
        profile: which stages recall runs, with which weights; memories that share a home may differ.
        reranker: reads the best episodes again; None for no reranking.

    Raises:
        StoreError: the home is in use by another process, or cannot be read or written.
        ConfigurationError: a URL cannot be read.
    """

    def __init__(
        self,
        home: Path | str,
        embedder: Embeddings | None,
        *,
        exact_rows: int = EXACT_ROWS,
        record: Path | str | None = None,
        index: str | None = None,
        profile: RecallProfile = QUALITY,
        reranker: Reranker | None = None,
    ) -> None:
        self.profile, self.reranker = profile, reranker
        self.home = Path(home).expanduser().resolve()
        self._memory = _enter(self.home, embedder, _Places(record=record, index=index), exact_rows)
        self._is_open, self._opened_in = True, os.getpid()

    @property
    def embedder(self) -> Embeddings | None:
        """What makes the vectors; None if only words are searched."""
        return self._memory.embedder

    @property
    def store(self) -> Store:
        """The record."""
        return self._memory.store

    def recall(
        self, cue: Cue | str, owner: Owner, sight: Sight, *, limit: int, token_budget: int | None = None
    ) -> list[Episode]:
        """Episodes of every thread of this persona and user that fit a cue, best first, with scores."""
        return self._memory.recall(
            cue,
            owner,
            sight,
            limit=limit,
            token_budget=token_budget,
            profile=self.profile,
            reranker=self.reranker,
        )

    def remember(self, episodes: Sequence[Episode], update: GraphUpdate, owner: Owner) -> None:
        """Commit both in one transaction, on disk when this returns. The same ids again change nothing."""
        self._memory.remember(episodes, update, owner)

    def recent(self, thread: Thread, sight: Sight, *, limit: int) -> list[Episode]:
        """The last utterances of this thread that may be seen, oldest first."""
        return self._memory.recent(thread, sight, limit=limit)

    def learned(self, owner: Owner, sight: Sight) -> GraphUpdate:
        """What is believed now: learned nodes, and facts as `added`, including ended ones."""
        return self._memory.learned(owner, sight)

    def versions(self, owner: Owner, sight: Sight) -> Sequence[Fact]:
        """Superseded versions of facts, each with its recorded interval."""
        return self._memory.versions(owner, sight)

    def forget(self, owner: Owner, what: Selection = EVERYTHING) -> ForgetReceipt:
        """Erase the selected data of this user with this persona, down to the bytes: see `RecordedMemory`."""
        return self._memory.forget(owner, what)

    def vectors_of(self, texts: Sequence[str], owner: Owner) -> NDArray[np.float32]:
        """Vectors of questions or utterances: see `RecordedMemory`."""
        return self._memory.vectors_of(texts, owner)

    def export(self, owner: Owner) -> UserRecord:
        """Everything that is kept of this user with this persona, in every thread and for every listener."""
        return self._memory.export(owner)

    @property
    def summaries(self) -> SummaryKeeper:
        """The summaries of this memory."""
        return self._memory.summaries

    def threads(self, owner: Owner) -> list[ThreadSummary]:
        """The conversations of a user with a persona, the latest first."""
        return self._memory.threads(owner)

    def rebuild(self, owner: Owner, on_progress: OnProgress | None = None) -> int:
        """Rebuild the vector index and return how many vectors are in it; 0 if no index is needed."""
        return self._memory.rebuild(owner, on_progress)

    def index_state(self, owner: Owner) -> IndexState:
        """The progress of the vector index of a persona and user."""
        return self._memory.index_state(owner)

    def wait_for_index(self, owner: Owner, *, timeout_s: float = 60.0) -> IndexState:
        """Wait until the index is up to date, or until the time limit; other calls do not wait."""
        return self._memory.wait_for_index(owner, timeout_s=timeout_s)

    def close(self) -> None:
        """Release the home when the last memory that shares it is closed; closing twice does nothing."""
        if self._is_open and self._opened_in == os.getpid():
            self._is_open = False
            _leave(self.home)


# ── one home, one process ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)  # each may hold a password
class _Places:
    """What is kept outside the home."""

    record: Path | str | None
    index: str | None

    @property
    def is_all_on_servers(self) -> bool:
        return self.index is not None and "://" in str(self.record)


class _OpenHome:
    """A home that this process has open, and how many memories share it."""

    def __init__(self, home: Path, embedder: Embeddings | None, places: _Places, exact_rows: int) -> None:
        self.num_users = 0
        self.places = places
        self.server = Server(places.index) if places.index else None
        self.lock = None if places.is_all_on_servers else HomeLock(home)
        try:
            if places.record is None:
                _tell_of_a_lost_record(home)
            store = Store(home / STORE_NAME if places.record is None else places.record)
        except BaseException:
            self._unlock()
            raise

        def open_index(owner: Owner) -> ChromaIndex:
            return ChromaIndex(
                OnServer(self.server, owner.name) if self.server else Folder(home / INDEX_NAME / owner.name)
            )

        self.memory = RecordedMemory(store, embedder, open_index=open_index, exact_rows=exact_rows)

    def close(self) -> None:
        """Release the home."""
        self.memory.close()
        if self.server:
            self.server.close()
        self._unlock()

    def _unlock(self) -> None:
        if self.lock:
            self.lock.close()


def _tell_of_a_lost_record(home: Path) -> None:
    """Warn if the record is new although an index or pictures exist: then its file was lost."""
    record = home / STORE_NAME
    left = [what for what, name in _LEFT.items() if any((home / name).glob("*/*"))]
    if left and (not record.exists() or not record.stat().st_size):
        _log.warning(
            "%s is missing or empty, although the home still has %s. A new, empty record was started. "
            "If you did not remove the file, put back a copy before anything is said.",
            record,
            left[0],
        )


_homes: dict[Path, _OpenHome] = {}
_homes_lock = threading.Lock()
_of_the_parent: list[dict[Path, _OpenHome]] = []


def _reset_in_child() -> None:
    """Forget all homes in a forked process: they are its parent's and must not be closed here."""
    global _homes_lock
    _of_the_parent.append(dict(_homes))
    _homes.clear()
    _homes_lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_in_child)


def _enter(home: Path, embedder: Embeddings | None, places: _Places, exact_rows: int) -> RecordedMemory:
    with _homes_lock:
        if home not in _homes:
            _homes[home] = _OpenHome(home, embedder, places, exact_rows)
        memory = _homes[home].memory
        if embedder is not None and memory.embedder_name != embedder_name(embedder):
            opened_with = f"the embedder {memory.embedder_name!r}" if memory.embedder else "no embedder"
            raise StoreError(
                f"{home} is open in this process with {opened_with}, "
                f"not {embedder_name(embedder)!r}: use the same, or another home."
            )
        if _homes[home].places != places:
            raise StoreError(
                f"{home} is open in this process with another record or index: use the same, or another home."
            )
        _homes[home].num_users += 1
        return memory


def _leave(home: Path) -> None:
    with _homes_lock:
        opened = _homes[home]
        opened.num_users -= 1
        if not opened.num_users:
            del _homes[home]
            opened.close()
