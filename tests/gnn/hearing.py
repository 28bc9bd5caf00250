"""An affect head made by hand, and an embedder whose vectors it understands."""

from __future__ import annotations

import numpy as np
from langchain_core.embeddings import Embeddings

from roleagent.embedding.word_codes import codes_of
from roleagent.gnn.affect import CONDUCT, EMOTIONS, SPREAD, AffectHead

_WORDS = ("thank", "idiot", "sorry")  # in the order of CONDUCT


class WordEmbedder(Embeddings):
    """Gives a text the direction of the first of three words that it holds, or a fourth one."""

    name = "words"
    is_symmetric = True

    def __init__(self) -> None:
        self.num_texts = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.num_texts += len(texts)
        places = [next((i for i, word in enumerate(_WORDS) if word in text), 3) for text in texts]
        return np.eye(len(CONDUCT))[places].tolist()

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def hearing(version: str = "one", *, kindness: float = 20.0) -> AffectHead:
    """A head that is sure of what `WordEmbedder` tells it, and hears no emotion but neutral."""
    dim, num = len(CONDUCT), len(EMOTIONS)
    conduct = np.zeros((dim, dim + num), np.float32)
    conduct[:, :dim] = np.diag([kindness, 20.0, 20.0, 20.0]) / SPREAD
    bias = np.full(num, -20.0, np.float32)
    bias[-1] = 20.0
    weights = {
        "enter.weight": np.zeros((1, dim), np.float32),
        "enter.bias": np.zeros(1, np.float32),
        "leave.weight": np.zeros((num, 1), np.float32),
        "leave.bias": bias,
        "words.codes": np.array(sorted(codes_of("well")), np.float32),
        "words.table": np.zeros((2, 1), np.float32),
        "words.enter.weight": np.zeros((1, 1), np.float32),
        "words.leave.weight": np.zeros((num, 1), np.float32),
        "conduct.weight": conduct,
        "conduct.bias": np.zeros(dim, np.float32),
        "thresholds": np.full(num, 0.5, np.float32),
    }
    return AffectHead(weights=weights, embedder="words", version=version)
