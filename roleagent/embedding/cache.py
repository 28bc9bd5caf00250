"""Vectors of texts that come again: those of a persona's facts on disk, those of recent questions in RAM."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roleagent.store.database import Database

Vector = NDArray[np.float32]

_APPLICATION_ID = 0x52414543  # "RAEC"
_MIGRATIONS = [
    [
        """CREATE TABLE vectors (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            embedder TEXT NOT NULL,
            text_sha256 BLOB NOT NULL,
            vector BLOB NOT NULL,
            UNIQUE (embedder, text_sha256)
        )""",
    ]
]
_QUERY_SIZE = 500


class EmbeddingCache:
    """A bounded table from (embedder, sha256 of a text) to the text's vector; texts are not kept.

    Args:
        path: the file, or ``:memory:``.
        max_rows: beyond this the vectors written first go first (50,000 of 512 floats are about 100 MB).

    Raises:
        StoreError: the file cannot be opened, read or written.
    """

    def __init__(self, path: Path | str, *, max_rows: int = 50_000) -> None:
        self._database = Database(
            path, application_id=_APPLICATION_ID, migrations=_MIGRATIONS, synchronous="NORMAL"
        )
        self._max_rows = max_rows

    def cached_embeddings(self, embedder: str, texts: Sequence[str]) -> dict[str, Vector]:
        """The cached vectors, by text; a text without one is left out."""
        by_digest = {_digest(text): text for text in texts}
        digests = list(by_digest)
        found: dict[str, Vector] = {}
        for start in range(0, len(digests), _QUERY_SIZE):
            part = digests[start : start + _QUERY_SIZE]
            marks = ",".join("?" * len(part))
            sql = f"SELECT text_sha256, vector FROM vectors WHERE embedder = ? AND text_sha256 IN ({marks})"  # noqa: S608 - marks only
            with self._database.reading() as connection:
                rows = connection.execute(sql, (embedder, *part)).fetchall()
            for digest, vector in rows:
                found[by_digest[digest]] = np.frombuffer(vector, dtype="<f4")
        return found

    def cache_embeddings(self, embedder: str, vectors: Mapping[str, Vector]) -> None:
        """Keep vectors by text, and drop the oldest if there are too many."""
        rows = [
            (embedder, _digest(text), np.asarray(vector, "<f4").tobytes()) for text, vector in vectors.items()
        ]
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO vectors (embedder, text_sha256, vector) VALUES (?, ?, ?)", rows
            )
            connection.execute(
                "DELETE FROM vectors WHERE number <= "
                "(SELECT number FROM vectors ORDER BY number DESC LIMIT 1 OFFSET ?)",
                (self._max_rows,),
            )

    def forget(self, texts: Collection[str]) -> int:
        """Erase the vectors of some texts, of every embedder, down to the bytes; return their number."""
        digests = [(_digest(text),) for text in texts]
        with self._database.writing() as connection:
            before = connection.total_changes
            connection.executemany(
                # by embedder too, or every row would be read for every text
                "DELETE FROM vectors "
                "WHERE embedder IN (SELECT DISTINCT embedder FROM vectors) AND text_sha256 = ?",
                digests,
            )
            num_erased = connection.total_changes - before
        self._database.erase_traces()
        return num_erased

    def clear(self) -> int:
        """Erase every vector; return their number."""
        with self._database.writing() as connection:
            num_erased = connection.execute("DELETE FROM vectors").rowcount
        self._database.erase_traces()
        return num_erased

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


MAX_TEXTS = 256  # of 512 numbers each: half a megabyte for each persona and user in use

Embed = Callable[[Sequence[str]], NDArray[np.float32]]


class QueryVectors:
    """Embeds texts and keeps the vectors of the last ones that were used. Thread-safe.

    Args:
        embed: returns [num_texts, dim]; dim is 0 if there is no embedder.
        languages: ISO 639-1 codes that it reads; empty for all.
    """

    def __init__(self, embed: Embed, languages: Sequence[str] = ()) -> None:
        self.languages = languages
        self._embed = embed
        self._kept: OrderedDict[str, Vector] = OrderedDict()  # the last used at the end
        self._num_clearings = 0
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Their vectors: [num_texts, dim]."""
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
            for text in known:
                self._kept.move_to_end(text)
            num_clearings = self._num_clearings
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, self._embed(new), strict=True))
            self._keep({text: known[text] for text in new}, num_clearings)
        return np.array([known[text] for text in texts], np.float32)

    def __contains__(self, text: str) -> bool:
        """Whether the vector of a text is kept."""
        with self._lock:
            return text in self._kept

    def clear(self) -> None:
        """Drop all of them, and those being made at this moment, so that nothing forgotten stays."""
        with self._lock:
            self._kept.clear()
            self._num_clearings += 1

    def _keep(self, vectors: dict[str, Vector], num_clearings: int) -> None:
        """Keep vectors, unless all were cleared while these were made."""
        with self._lock:
            if num_clearings != self._num_clearings:
                return
            self._kept.update(vectors)
            while len(self._kept) > MAX_TEXTS:
                self._kept.popitem(last=False)
