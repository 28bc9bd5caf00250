"""Vectors of sentences, each computed once."""

from __future__ import annotations

import numpy as np
import pytest

from roleagent.embedding.cache import EmbeddingCache
from roleagent.embedding.text_vectors import TextVectors
from roleagent.errors import ModelError
from roleagent.testing.embedders import HashEmbedder


def test_rows_come_in_order_and_at_unit_length(embedder):
    """A cosine is a dot product only for unit rows."""
    rows = TextVectors(embedder).of(["one two", "three", "one two"])
    assert rows.shape == (3, 256)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    assert np.array_equal(rows[0], rows[2])
    assert embedder.asked == ["one two", "three"]


def test_the_cache_on_disk_serves_the_next_process(tmp_path, embedder):
    """Opening a persona again embeds nothing."""
    cache = EmbeddingCache(tmp_path / "vectors.db")
    first = TextVectors(embedder, cache).of(["the violin"], store=True)
    again = TextVectors(embedder, cache).of(["the violin"], store=True)
    cache.close()
    assert embedder.asked == ["the violin"]
    assert np.array_equal(first, again)


def test_memory_is_bounded(embedder):
    """A server runs for months."""
    vectors = TextVectors(embedder, max_kept=2)
    for text in ("a", "b", "c", "c", "b", "a"):
        vectors.of([text])
    assert embedder.asked == ["a", "b", "c", "a"]


@pytest.mark.parametrize("rows", [[[1.0], [2.0]], [1.0], [[float("nan")]]])
def test_rows_that_do_not_fit_are_refused(rows):
    """A wrong shape must not become a wrong ranking."""

    class Odd(HashEmbedder):
        def embed_documents(self, texts):
            return rows

    with pytest.raises(ModelError, match="one row of finite numbers"):
        TextVectors(Odd()).of(["a"])
