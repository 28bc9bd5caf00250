"""Tests of the postings: whatever lies sorted and whatever in the tail, the same is found."""

from collections import Counter

import numpy as np
import pytest

from roleagent.language import bm25 as postings
from roleagent.language.bm25 import Postings


@pytest.mark.parametrize("short_tail", [0, 7, 10_000])
def test_texts_are_found_by_their_terms(monkeypatch: pytest.MonkeyPatch, short_tail: int) -> None:
    """Against counting, asked in between as they come: sorted at once, now and then, or never."""
    monkeypatch.setattr(postings, "_SHORT_TAIL", short_tail)
    rng = np.random.default_rng(0)
    made = Postings()
    texts: list[list[int]] = []
    for _ in range(60):
        text = rng.integers(0, 12, rng.integers(0, 9)).tolist()
        texts.append(text)
        made.add(text)
        for term in (0, 5, 11, 99):
            places, counts = made.of(term)
            wanted = {place: Counter(each)[term] for place, each in enumerate(texts) if term in each}
            assert dict(zip(places.tolist(), counts.tolist(), strict=True)) == wanted
            assert places.tolist() == sorted(places.tolist())
    assert made.lengths.tolist() == [len(text) for text in texts]
    assert len(made) == 60
