"""A published fake: an embedder without a model, the same on every machine."""

from __future__ import annotations

import hashlib
import re

import numpy as np
from langchain_core.embeddings import Embeddings

from roleagent.language.scripts import HAN

_WORD = re.compile(rf"[a-z0-9]+|[{HAN}]")


class HashEmbedder(Embeddings):
    """An embedder for which texts that share words, parts of words or Chinese characters are alike.

    Each word and each of its runs of three letters is hashed to one of `dim` places with a sign (the hashing
    trick, Weinberger et al., arXiv:0902.2206). A text without words gets the zero vector.

    >>> embedder = HashEmbedder()
    >>> one, two, other = map(np.array, embedder.embed_documents(["a black cat", "black cats", "so it goes"]))
    >>> bool(one @ two > one @ other)
    True
    """

    is_symmetric = True

    def __init__(self, dim: int = 256, *, name: str = "hash") -> None:
        self.dim = dim
        self.name = name

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of unit length."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        words = _WORD.findall(text.casefold())
        parts = [word[start : start + 3] for word in words for start in range(len(word) - 2)]
        vector = np.zeros(self.dim)
        for feature in words + parts:
            digest = hashlib.blake2b(feature.encode(), digest_size=8).digest()
            vector[int.from_bytes(digest[:7]) % self.dim] += 1.0 if digest[7] & 1 else -1.0
        norm = float(np.linalg.norm(vector))
        unit: list[float] = (vector / norm if norm else vector).tolist()
        return unit
