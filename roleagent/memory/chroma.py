"""Episodic memory on disk: SQLite keeps the record, Chroma finds the older episodes by meaning.

The newest 2,000 or so episodes of a persona and user are compared one by one, which is exact and, in RAM,
quicker than any index; older ones are moved to a Chroma collection, some hundreds at a time. Chroma is never
the record: it is compared with it when the memory of a persona and user is opened, and made anew where it
disagrees (a kill in the midst of its writing can destroy it: chroma issues 7510, 7678, 7090).
Each persona and user has a collection in a folder of its own, so that forgetting removes every byte of it.
"""

from __future__ import annotations

import secrets
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from roleagent.errors import StoreError
from roleagent.home_lock import HomeLock
from roleagent.memory.embedders import embedder_name
from roleagent.memory.recorded import RecordedMemory
from roleagent.memory.scope_index import IndexFailure
from roleagent.protocols import Cue
from roleagent.store import Store, ThreadSummary
from roleagent.types import Episode, Fact, ForgetReceipt, GraphUpdate, Scope, content_id

EXACT_ROWS = 2_000  # 4 MB of RAM a persona and user; up to 20,000 numpy was no slower than Chroma
STORE_NAME = "memory.sqlite3"
INDEX_NAME = "index"
_ROWS_A_CALL = 2_000  # Chroma takes at most 5,461
_COLLECTION = "episodes"
_HNSW = {"space": "cosine", "ef_search": 200}  # Chroma's own 100 misses more of the true neighbours


class ChromaMemory:
    """An `EpisodicMemory` in a folder.

    Several in one process may share a home, as long as they share the embedder; a second process is refused.

    Args:
        home: the folder, made when absent.
        embedder: makes the vectors; those of another one are made anew, with a warning in the log.
        exact_rows: how many of the newest episodes of a persona and user are compared one by one.
        record: where the record lies if not in the home: a path, or ``postgresql://USER:PASSWORD@HOST/DATABASE``,
            which several homes may share. The index is always in the home.

    Raises:
        StoreError: the home is in use by another process, or cannot be read or written.
    """

    def __init__(
        self,
        home: Path | str,
        embedder: Embeddings,
        *,
        exact_rows: int = EXACT_ROWS,
        record: Path | str | None = None,
    ) -> None:
        self.home = Path(home).expanduser().resolve()
        self._memory = _enter(self.home, embedder, exact_rows, record)
        self._is_open = True

    @property
    def embedder(self) -> Embeddings | None:
        """What makes the vectors; None where words alone are searched."""
        return self._memory.embedder

    def recall(
        self, cue: Cue | str, scope: Scope, *, limit: int, token_budget: int | None = None
    ) -> list[Episode]:
        """Episodes of every thread of this persona and user that bear on a cue, best first, with scores."""
        return self._memory.recall(cue, scope, limit=limit, token_budget=token_budget)

    def remember(self, episodes: Sequence[Episode], update: GraphUpdate, scope: Scope) -> None:
        """Commit both together, once: on the disk when this returns; the same ids again change nothing."""
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
        """Erase all that is kept of this user with this persona, in every thread, down to the bytes."""
        return self._memory.forget(scope)

    def threads(self, persona_id: str, user_id: str) -> list[ThreadSummary]:
        """The conversations of a user with a persona, the latest first."""
        return self._memory.threads(persona_id, user_id)

    def close(self) -> None:
        """Give the home free once all who share it have closed; closing twice does nothing."""
        if self._is_open:
            self._is_open = False
            _leave(self.home)


# ── one home, one process ────────────────────────────────────────────────────────────────────────


class _OpenHome:
    """A home that this process holds, and how many memories share it."""

    def __init__(self, home: Path, embedder: Embeddings, exact_rows: int, record: Path | str | None) -> None:
        self.num_users = 0
        self.record = record
        self.lock = HomeLock(home)
        try:
            store = Store(home / STORE_NAME if record is None else record)
        except BaseException:
            self.lock.close()
            raise

        def open_index(scope: Scope) -> ChromaIndex:
            return ChromaIndex(home / INDEX_NAME / content_id(scope.persona_id, scope.user_id))

        self.memory = RecordedMemory(store, embedder, open_index=open_index, exact_rows=exact_rows)


_homes: dict[Path, _OpenHome] = {}
_homes_lock = threading.Lock()


def _enter(home: Path, embedder: Embeddings, exact_rows: int, record: Path | str | None) -> RecordedMemory:
    with _homes_lock:
        if home not in _homes:
            _homes[home] = _OpenHome(home, embedder, exact_rows, record)
        memory = _homes[home].memory
        if memory.embedder_name != embedder_name(embedder):
            raise StoreError(
                f"{home} is open in this process with the embedder {memory.embedder_name!r}, "
                f"not {embedder_name(embedder)!r}: use the same, or another home."
            )
        if _homes[home].record != record:  # which may hold a password
            raise StoreError(f"{home} is open in this process with another record: use one, or another home.")
        _homes[home].num_users += 1
        return memory


def _leave(home: Path) -> None:
    with _homes_lock:
        opened = _homes[home]
        opened.num_users -= 1
        if not opened.num_users:
            del _homes[home]
            opened.memory.close()
            opened.lock.close()


# ── the index ────────────────────────────────────────────────────────────────────────────────────


class ChromaIndex:
    """One Chroma collection in a folder of its own; nothing is made before the first vector comes.

    Every method raises `IndexFailure` when Chroma does not do its work.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._client: Any = None  # Any: chromadb is untyped here
        self._collection: Any = None

    def seqs(self) -> set[int]:
        """The store's numbers of the vectors that are here."""
        if not self.folder.exists():
            return set()
        with _chroma_errors():
            collection = self._open()
            pages = (
                collection.get(include=[], limit=_ROWS_A_CALL, offset=start)["ids"]
                for start in range(0, collection.count(), _ROWS_A_CALL)
            )
            return {int(id_) for page in pages for id_ in page}

    def add(self, seqs: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Add vectors of unit length under the store's numbers."""
        with _chroma_errors():
            collection = self._open()
            for start in range(0, len(seqs), _ROWS_A_CALL):
                part = slice(start, start + _ROWS_A_CALL)
                collection.upsert(ids=[str(seq) for seq in seqs[part]], embeddings=vectors[part])

    def vectors(self, seqs: Sequence[int]) -> NDArray[np.float32]:
        """The vectors under some of the store's numbers, in their order: [num_seqs, dim]."""
        with _chroma_errors():
            found = self._open().get(ids=[str(seq) for seq in seqs], include=["embeddings"])
            by_id = dict(zip(found["ids"], found["embeddings"], strict=True))
            return np.array([by_id[str(seq)] for seq in seqs], np.float32)

    def nearest(self, vector: NDArray[np.float32], limit: int) -> dict[int, float]:
        """The nearest vectors: the store's number -> cosine."""
        with _chroma_errors():
            found = self._open().query(query_embeddings=vector[None], n_results=limit, include=["distances"])
            return {
                int(id_): 1.0 - distance
                for id_, distance in zip(found["ids"][0], found["distances"][0], strict=True)
            }

    def erase(self) -> None:
        """Remove the folder and everything in it."""
        self.close()
        try:
            if self.folder.exists():
                shutil.rmtree(self.folder)
        except OSError as error:
            raise IndexFailure(f"{self.folder}: {error}") from error

    def close(self) -> None:
        """Let the files go; the next use opens them again."""
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            client.close()

    def _open(self) -> Any:
        if self._collection is None:
            import chromadb
            from chromadb.config import Settings

            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            settings = Settings(anonymized_telemetry=False)
            self._client = chromadb.PersistentClient(str(self._place()), settings=settings)
            self._collection = self._client.get_or_create_collection(
                _COLLECTION, embedding_function=None, configuration={"hnsw": _HNSW}
            )
        return self._collection

    def _place(self) -> Path:
        # a new name after each erasure: a path at which Chroma failed once stays broken for the process
        return next(self.folder.iterdir(), self.folder / secrets.token_hex(4))


@contextmanager
def _chroma_errors() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # whatever a damaged index brings about: the record serves in its place
        raise IndexFailure(repr(error)) from error
