"""Each text is embedded once, under the embedder's own name, in the same bits."""

from __future__ import annotations

import numpy as np
from langchain_core.embeddings import Embeddings

from roleagent.embedding.embedders import embed
from roleagent.gnn.training.remembering import RememberingEmbedder
from roleagent.testing.embedders import HashEmbedder


class Listening(HashEmbedder):
    """Notes what it is asked for."""

    def __init__(self) -> None:
        super().__init__(16)
        self.asked: list[list[str]] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.asked.append(texts)
        return super().embed_documents(texts)


def test_a_text_is_embedded_once():
    """Five seeds share most of their texts."""
    inner, counted = Listening(), list[int]()
    embedder = RememberingEmbedder(inner, counted.append)
    embedder.embed_documents(["a cat", "a dog"])
    embedder.embed_documents(["a dog", "a bird", "a bird"])
    assert inner.asked == [["a cat", "a dog"], ["a bird"]]
    assert counted == [2, 3]


def test_the_vectors_and_the_name_are_those_of_the_embedder():
    """Weights carry the name, and the same seed must train the same network."""
    inner = HashEmbedder(16)
    texts = ["a cat sat", "on a mat", "a cat sat"]
    embedder = RememberingEmbedder(inner)
    assert embedder.name == "hash"
    assert np.array_equal(embed(embedder, texts), embed(inner, texts))
    assert np.array_equal(embed(embedder, texts), embed(inner, texts))


def test_an_embedder_with_only_asynchronous_methods_serves():
    """Some clients of a service have no others."""

    class Later(Embeddings):
        name = "later"

        def embed_documents(self, texts):
            raise NotImplementedError

        def embed_query(self, text):
            raise NotImplementedError

        async def aembed_documents(self, texts):
            return [[1.0, 0.0] for _ in texts]

    assert embed(RememberingEmbedder(Later()), ["a", "b"]).tolist() == [[1, 0], [1, 0]]
