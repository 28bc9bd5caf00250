"""Chroma as a vector index: a collection for each persona and user, in a folder of its own or on a server.

In a folder of its own, so that forgetting removes every byte of it. Chroma is never the record: if the
process is killed while Chroma writes, its files can be lost (chroma issues 7510, 7678, 7090).
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from roleagent.errors import ConfigurationError
from roleagent.memory.index.vector_index import IndexFailure

_log = logging.getLogger(__name__)

_ROWS_A_CALL = 2_000  # Chroma takes at most 5,461
# For new collections; an existing one keeps its own. With Chroma's defaults (100, 16, 100) many of the true
# neighbours are missed if vectors lie in dense clusters: see the figures in docs/memory.md.
_HNSW = {"space": "cosine", "ef_construction": 300, "max_neighbors": 48, "ef_search": 800}
_PREFIX = "roleagent-"
SEAL_NAME = "roleagent-seal.json"
_METADATA_NAME = "index_metadata.pickle"  # Chroma's own; a graph without it was never written out
_TIMEOUT_S = 10.0


class CollectionPlace(Protocol):
    """The place of a collection: a folder, or a server."""

    def exists(self) -> bool: ...  # noqa: D102

    def open(self) -> Any: ...  # noqa: D102 - Any: chromadb is untyped here

    def searched(self) -> None: ...  # noqa: D102 - called after the first search

    def unseal(self) -> None: ...  # noqa: D102

    def seal(self) -> None: ...  # noqa: D102

    def erase(self) -> None: ...  # noqa: D102

    def close(self) -> None: ...  # noqa: D102


class ChromaIndex:
    """One Chroma collection, created when the first vector is added.

    Every method raises `IndexFailure` if Chroma fails.
    """

    def __init__(self, place: CollectionPlace) -> None:
        self._place = place
        self._collection: Any = None
        self._is_sealed = True
        self._was_searched = False

    def seqs(self) -> set[int]:
        """The store's numbers of the vectors in the index."""
        with self._errors():
            if not self._place.exists():
                return set()
            collection = self._open()
            pages = (
                collection.get(include=[], limit=_ROWS_A_CALL, offset=start)["ids"]
                for start in range(0, collection.count(), _ROWS_A_CALL)
            )
            return {int(id_) for page in pages for id_ in page}

    def add(self, seqs: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Add vectors of unit length under the store's numbers."""
        with self._errors():
            collection = self._open()
            if self._is_sealed:
                self._is_sealed = False
                self._place.unseal()
            for start in range(0, len(seqs), _ROWS_A_CALL):
                part = slice(start, start + _ROWS_A_CALL)
                collection.upsert(ids=[str(seq) for seq in seqs[part]], embeddings=vectors[part])

    def vectors(self, seqs: Sequence[int]) -> NDArray[np.float32]:
        """The vectors under some of the store's numbers, in their order: [num_seqs, dim]."""
        with self._errors():
            found = self._open().get(ids=[str(seq) for seq in seqs], include=["embeddings"])
            by_id = dict(zip(found["ids"], found["embeddings"], strict=True))
            return np.array([by_id[str(seq)] for seq in seqs], np.float32)

    def nearest(self, vector: NDArray[np.float32], limit: int) -> dict[int, float]:
        """The nearest vectors: the store's number -> cosine."""
        with self._errors():
            found = self._open().query(query_embeddings=vector[None], n_results=limit, include=["distances"])
            if not self._was_searched:
                self._place.searched()
                self._was_searched = True
            return {
                int(id_): 1.0 - distance
                for id_, distance in zip(found["ids"][0], found["distances"][0], strict=True)
            }

    def seal(self) -> None:
        """Mark the written files as complete; files without this mark are not read later."""
        with self._errors():
            if not self._is_sealed:
                self._place.seal()
                self._is_sealed = True

    def erase(self) -> None:
        """Remove the collection and everything in it."""
        self._collection, self._was_searched, self._is_sealed = None, False, True
        with self._errors():
            self._place.erase()

    def close(self) -> None:
        """Close what is open; the next use opens it again."""
        self._collection, self._was_searched = None, False
        self._place.close()

    def _open(self) -> Any:
        if self._collection is None:
            self._collection = self._place.open()
        return self._collection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # a damaged index may raise anything; the record is searched instead
            raise IndexFailure(f"{self._place}: {error!r}") from error


class Folder:
    """A folder that holds one collection and nothing else.

    Chroma reads its files at the first search, and a damaged one can crash the process. So the files are
    sealed with their hashes after writing, and not read if a hash differs. A mark next to the folder
    says that reading is under way: if reading crashes the process after all, the next one rebuilds the index.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files = path
        self._mark = path.with_name(f"{path.name}.unread")
        self._client: Any = None

    def __str__(self) -> str:
        """For messages."""
        return str(self.path)

    def exists(self) -> bool:
        """Whether there is a written index that can be read."""
        if self._mark.exists() and self._client is None:
            _log.warning("%s: a process ended while it read this index: it is rebuilt.", self.path)
            self.erase()
        return self.path.exists()

    def open(self) -> Any:
        """The collection, created if missing."""
        import chromadb
        from chromadb.config import Settings

        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._mark.touch(mode=0o600)
        # a new name after each erasure: a path at which Chroma failed once stays broken for the process
        files = next(self.path.iterdir(), None)
        if files is not None:
            check_seal(files)
        self._files = files = files or self.path / secrets.token_hex(4)
        self._client = chromadb.PersistentClient(str(files), settings=Settings(anonymized_telemetry=False))
        return _collection(self._client, "episodes")

    def searched(self) -> None:
        """Note that the index could be read."""
        self._mark.unlink(missing_ok=True)

    def unseal(self) -> None:
        """Remove the seal, since the files are about to change."""
        remove_seal(self._files)

    def seal(self) -> None:
        """Seal the files as they are now, so that they can be read again."""
        write_seal(self._files)

    def erase(self) -> None:
        """Remove the folder and everything in it."""
        self.close()
        if self.path.exists():
            shutil.rmtree(self.path)

    def close(self) -> None:
        """Close the files."""
        self._mark.unlink(missing_ok=True)
        client, self._client = self._client, None
        if client is not None:
            client.close()


def write_seal(folder: Path) -> None:
    """Seal the files in a folder as they are."""
    path = folder / SEAL_NAME
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(_hashes(folder)), encoding="utf-8")
    os.replace(draft, path)


def remove_seal(folder: Path) -> None:
    """Remove the seal, because the files may change from now on."""
    (folder / SEAL_NAME).unlink(missing_ok=True)


def check_seal(folder: Path) -> None:
    """Check that the files are the sealed ones.

    Raises:
        ValueError: they are not, or were never sealed.
    """
    try:
        sealed = json.loads((folder / SEAL_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError("it was left while it was written") from None
    found = _hashes(folder)
    if sealed != found:
        differing = sorted(name for name in {*sealed, *found} if sealed.get(name) != found.get(name))
        raise ValueError(f"damaged files: {', '.join(differing)}")


def _hashes(folder: Path) -> dict[str, str]:
    """Name -> sha256 of every graph file that Chroma will read; it rewrites the others."""
    return {
        file.relative_to(folder).as_posix(): _hash(file)
        for graph in sorted(folder.glob(f"*/{_METADATA_NAME}"))
        for file in sorted(graph.parent.iterdir())
    }


def _hash(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


class Server:
    """A Chroma server (``chroma run``), which any number of processes may share.

    Args:
        url: ``http://HOST:PORT`` or ``https://TOKEN@HOST``; the token is sent as ``Authorization: Bearer
            TOKEN``, for a proxy in front of the server; Chroma's own server needs no token.

    Raises:
        ConfigurationError: the URL has another form.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
            raise ConfigurationError(  # without the URL: it may hold a token
                "The address of the index server cannot be read: write http://HOST:PORT, "
                "or https://TOKEN@HOST:PORT."
            )
        self._host, self._is_https = parts.hostname, parts.scheme == "https"
        self._port = parts.port or (443 if self._is_https else 80)
        self._token = parts.password or parts.username
        self._lock = threading.Lock()
        self._client: Any = None

    def __str__(self) -> str:
        """The address without the token, with advice, for messages."""
        return (
            f"{'https' if self._is_https else 'http'}://{self._host}:{self._port} "
            f"(does it run? chroma run --host {self._host} --port {self._port})"
        )

    def client(self) -> Any:
        """The connection that this memory uses."""
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            for each in (client, client._admin_client):
                each._server._session.close()  # Chroma's own `close` leaves its sockets open
            client.close()

    def _connect(self) -> Any:
        import chromadb
        from chromadb.config import Settings

        client: Any = chromadb.HttpClient(
            self._host,
            self._port,
            self._is_https,
            headers={"Authorization": f"Bearer {self._token}"} if self._token else {},
            settings=Settings(anonymized_telemetry=False),
        )
        # Chroma offers no option for it, and without one a server that hangs would hold a turn for ever
        client._server._session.timeout = _TIMEOUT_S
        return client


class OnServer:
    """One collection of a server."""

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = _PREFIX + name

    def __str__(self) -> str:
        """For messages."""
        return str(self._server)

    def exists(self) -> bool:
        """Always true, since asking the server would cost as much as creating the collection."""
        return True

    def open(self) -> Any:
        """The collection, created if missing."""
        return _collection(self._server.client(), self._name)

    def unseal(self) -> None:
        """Nothing: the server manages its own files."""

    def seal(self) -> None:
        """Nothing, as above."""

    def erase(self) -> None:
        """Delete the collection; the server's owner decides when its bytes are overwritten."""
        from chromadb.errors import NotFoundError

        try:
            self._server.client().delete_collection(self._name)
        except NotFoundError:
            return

    def searched(self) -> None:
        """Nothing: a server that crashes does not crash this process."""

    def close(self) -> None:
        """Nothing: the server's connection is shared."""


def _collection(client: Any, name: str) -> Any:
    return client.get_or_create_collection(name, embedding_function=None, configuration={"hnsw": _HNSW})
