"""Vectors of sentences, each computed once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from roleagent.embedding.embedders import embed, embedder_name
from roleagent.types import content_id

Vector = NDArray[np.float32]
Matrix = NDArray[np.float32]


class VectorStore(Protocol):
    """Keeps vectors longer than the process, as `roleagent.embedding.cache.EmbeddingCache` does."""

    def cached_embeddings(self, embedder: str, texts: Sequence[str]) -> dict[str, Vector]:
        """The stored vectors, by text; a text that is not stored is missing."""

    def cache_embeddings(self, embedder: str, vectors: Mapping[str, Vector]) -> None:
        """Keep vectors by text."""


class TextVectors:
    """Unit vectors by text, kept in memory under a hash of the text, and in a store if one is given.

    Args:
        embedder: any langchain-core embedder; vectors are filed under its `embedder_name`.
        max_kept: how many vectors are kept in memory; the least recently used go first.
    """

    def __init__(
        self, embedder: Embeddings, store: VectorStore | None = None, *, max_kept: int = 20_000
    ) -> None:
        self._embedder = embedder
        self._name = embedder_name(embedder)
        self._store = store
        self._max_kept = max_kept
        self._kept: OrderedDict[str, Vector] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, texts: Sequence[str], *, store: bool = False) -> Matrix:
        """Vectors of some texts, [num_texts, dim], unit rows (zero for a text without meaning).

        Args:
            texts: at least one.
            store: also keep new ones in the store: for a persona's texts, not for what a user said.

        Raises:
            ModelError: the embedder raised, or did not return one finite row for each text.
        """
        with self._lock:
            vectors = self._remembered(texts)
            missing = [text for text in dict.fromkeys(texts) if text not in vectors]
            if missing:
                found = (
                    self._store.cached_embeddings(self._name, missing)
                    if store and self._store is not None
                    else {}
                )
                vectors |= found | self._embed([text for text in missing if text not in found], store)
                self._remember({text: vectors[text] for text in missing})
        return np.stack([vectors[text] for text in texts])

    def _remembered(self, texts: Sequence[str]) -> dict[str, Vector]:
        found = {}
        for text in texts:
            key = content_id(text)
            if key in self._kept:
                self._kept.move_to_end(key)
                found[text] = self._kept[key]
        return found

    def _remember(self, vectors: Mapping[str, Vector]) -> None:
        for text, vector in vectors.items():
            self._kept[content_id(text)] = vector
        while len(self._kept) > self._max_kept:
            self._kept.popitem(last=False)

    def _embed(self, texts: list[str], store: bool) -> dict[str, Vector]:
        if not texts:
            return {}
        vectors = dict(zip(texts, embed(self._embedder, texts), strict=True))
        if store and self._store is not None:
            self._store.cache_embeddings(self._name, vectors)
        return vectors
