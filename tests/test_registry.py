"""Names to objects."""

from __future__ import annotations

import pytest

from roleagent import registry
from roleagent.errors import ConfigurationError


def test_an_unknown_name_is_told_with_a_near_match():
    """A typo should cost seconds, not a search through the docs."""
    with pytest.raises(
        ConfigurationError, match=r"No model is called 'lama-cpp'. Did you mean 'llama-cpp'\?"
    ):
        registry.get("model", "lama-cpp:x")


def test_an_object_is_made_once_and_shared(monkeypatch: pytest.MonkeyPatch):
    """Two agents with one model must not load it twice."""
    monkeypatch.setitem(registry.BUILT_IN["embedder"], "listed", "builtins:list")
    monkeypatch.setattr(registry, "_shared", {})
    first = registry.get("embedder", "listed:ab")
    assert first == ["a", "b"]
    assert registry.get("embedder", "listed:ab") is first
    assert registry.get("embedder", "listed:cd") == ["c", "d"]


@pytest.mark.parametrize("kind", list(registry.BUILT_IN))
def test_every_built_in_name_leads_somewhere(kind: str):
    """A table of names is worth what its targets are."""
    for scheme in registry.BUILT_IN[kind]:
        assert callable(registry.find(kind, scheme))
