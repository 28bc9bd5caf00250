"""An embedder that embeds each text once, and counts: data are drawn several times from the same texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from roleagent.embedding.embedders import embedder_name


class RememberingEmbedder(Embeddings):
    """Another embedder, under its name, with a memory of all its rows.

    Args:
        embedder: what embeds.
        on_texts: told how many texts have been embedded so far.
    """

    is_symmetric = True  # the network's questions are embedded as texts are

    def __init__(self, embedder: Embeddings, on_texts: Callable[[int], None] = lambda _: None) -> None:
        self.name = embedder_name(embedder)
        self._embedder, self._on_texts = embedder, on_texts
        self._rows: dict[str, NDArray[np.float32]] = {}

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Rows of some texts."""
        missing = self._missing(texts)
        return self._remembered(texts, missing, self._embedder.embed_documents(missing) if missing else [])

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """The same from an embedder that has only asynchronous methods."""
        missing = self._missing(texts)
        rows = await self._embedder.aembed_documents(missing) if missing else []
        return self._remembered(texts, missing, rows)

    def embed_query(self, text: str) -> list[float]:
        """The row of one text."""
        return self.embed_documents([text])[0]

    def _missing(self, texts: Sequence[str]) -> list[str]:
        return [text for text in dict.fromkeys(texts) if text not in self._rows]

    def _remembered(
        self, texts: Sequence[str], missing: Sequence[str], rows: Sequence[Sequence[float]]
    ) -> list[list[float]]:
        self._rows |= {text: np.asarray(row, np.float32) for text, row in zip(missing, rows, strict=True)}
        self._on_texts(len(self._rows))
        return [self._rows[text].tolist() for text in texts]
