"""Tests of the cache of embeddings."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from roleagent.embedding.cache import EmbeddingCache


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[EmbeddingCache]:
    cache = EmbeddingCache(tmp_path / "cache.sqlite3", max_rows=5)
    yield cache
    cache.close()


def vector(number: float) -> np.ndarray:
    return np.array([number, 0.5], np.float32)


def test_vectors_come_back_by_text_and_embedder(cache: EmbeddingCache) -> None:
    """Another embedder's vector of the same text would be nonsense."""
    cache.cache_embeddings("one", {"tea": vector(1), "茶": vector(2)})
    cache.cache_embeddings("other", {"tea": vector(3)})
    found = cache.cached_embeddings("one", ["tea", "茶", "coffee"])
    assert {text: each.tolist() for text, each in found.items()} == {"tea": [1.0, 0.5], "茶": [2.0, 0.5]}
    assert cache.cached_embeddings("other", ["tea"])["tea"].tolist() == [3.0, 0.5]


def test_the_oldest_go_where_there_are_too_many(cache: EmbeddingCache) -> None:
    """A cache that only grows fills the disk in the end."""
    for number in range(8):
        cache.cache_embeddings("one", {f"text {number}": vector(number)})
    kept = cache.cached_embeddings("one", [f"text {number}" for number in range(8)])
    assert sorted(kept) == [f"text {number}" for number in range(3, 8)]


def test_texts_are_not_kept_and_clearing_leaves_nothing(cache: EmbeddingCache, tmp_path: Path) -> None:
    """A learned fact may be private."""
    cache.cache_embeddings("one", {"Zanzibar": vector(0.123)})
    assert not any(b"Zanzibar" in file.read_bytes() for file in tmp_path.iterdir())
    assert cache.clear() == 1
    assert not any(vector(0.123).tobytes() in file.read_bytes() for file in tmp_path.iterdir())


def test_more_texts_than_one_query_takes(cache: EmbeddingCache) -> None:
    """A large persona has thousands of facts."""
    cache.cache_embeddings("one", {"text 1999": vector(1)})
    assert list(cache.cached_embeddings("one", [f"text {n}" for n in range(2_000)])) == ["text 1999"]
