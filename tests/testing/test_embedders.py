"""Tests of the published fake embedder."""

import numpy as np
import pytest

from roleagent.testing.embedders import HashEmbedder


def test_vectors_are_of_unit_length_and_the_same_everywhere() -> None:
    """A test that passes on one machine must pass on all: no salted hashes."""
    embedder = HashEmbedder(dim=8)
    assert np.linalg.norm(embedder.embed_query("a cat")) == pytest.approx(1.0)
    assert embedder.embed_query("tea") == [0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0]
    assert embedder.embed_query("…") == [0.0] * 8


def test_shared_words_parts_and_characters_bring_texts_near() -> None:
    """Enough likeness for a test to tell the right episode from the wrong ones."""
    embedder = HashEmbedder()
    query, near, far = map(np.array, embedder.embed_documents(["my cats sleep", "a cat sleeps", "go home"]))
    assert query @ near > 0.3 > query @ far
    query, near, far = map(np.array, embedder.embed_documents(["我的猫", "猫在睡觉", "回家吧"]))
    assert query @ near > 0.2 > query @ far
