"""Tests of keeping the vectors of what was asked."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from roleagent.embedding import cache as query_vectors
from roleagent.embedding.cache import QueryVectors


def lengths(texts: Sequence[str]) -> NDArray[np.float32]:
    return np.array([[len(text), 1] for text in texts], np.float32)


def test_each_text_gets_its_vector_in_order_and_once() -> None:
    """Known ones, new ones and repeated ones come mixed."""
    given: list[str] = []

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        given.extend(texts)
        return lengths(texts)

    queries = QueryVectors(embed)
    queries(["aa"])
    assert queries(["bbb", "aa", "c", "bbb"]).tolist() == [[3, 1], [2, 1], [1, 1], [3, 1]]
    assert given == ["aa", "bbb", "c"]


def test_the_last_used_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A memory that is open for months must not grow with every question."""
    monkeypatch.setattr(query_vectors, "MAX_TEXTS", 2)
    queries = QueryVectors(lengths)
    for text in ("a", "b", "a", "c"):
        queries([text])
    assert ["a" in queries, "b" in queries, "c" in queries] == [True, False, True]
    assert queries(["d", "e", "f"]).shape == (3, 2)


def test_what_is_made_while_all_is_cleared_is_not_kept() -> None:
    """It may be what somebody wants forgotten."""

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        queries.clear()
        return lengths(texts)

    queries = QueryVectors(embed)
    assert queries(["a"]).tolist() == [[1, 1]]
    assert "a" not in queries
