"""The last few results are kept, and no more than a few."""

from __future__ import annotations

from roleagent.graph.cache import LastUsed


def test_a_result_is_made_once():
    """It is asked for every turn."""
    made: list[str] = []
    cache = LastUsed(2)
    for key in "aabab":
        cache.get(key, lambda key=key: made.append(key))
    assert made == ["a", "b"]


def test_what_was_used_longest_ago_goes():
    """Memory is bounded, whoever asks."""
    made: list[str] = []
    cache = LastUsed(2)
    for key in "abaca":
        cache.get(key, lambda key=key: made.append(key))
    assert made == ["a", "b", "c"]
    cache.get("b", lambda: made.append("b"))
    assert made == ["a", "b", "c", "b"]
    assert len(cache) == 2
