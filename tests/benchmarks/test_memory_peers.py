"""Tests that memories are compared fairly, on a small conversation."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from langchain_core.embeddings import Embeddings

from benchmarks import memory_peers
from benchmarks.memory_peers import KnownEmbedder, synthetic, texts_of
from benchmarks.peers import PEERS, Peer, Usage
from roleagent.protocols import Cue
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import Episode

SMALL = synthetic(0)
SMALL = replace(SMALL, episodes=SMALL.episodes[:20], questions=SMALL.questions[:20])


class Forgetful:
    """Finds what was said last, and asks a model twice for every second write."""

    def __init__(self) -> None:
        self.usage = Usage()
        self.said: list[str] = []

    def write(self, episode: Episode) -> None:
        self.said.append(episode.id)
        if len(self.said) % 2:
            self.usage.add("abcd" * 10)
            self.usage.add("abcd" * 10)

    def search(self, cue: Cue, episode: Episode, limit: int) -> list[str]:
        return self.said[-limit:]


@contextmanager
def open_forgetful(folder: Path, embedder: Embeddings) -> Iterator[Peer]:
    yield Forgetful()


def test_the_figures_are_what_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted by hand on a memory that can be seen through."""
    monkeypatch.setitem(PEERS, "forgetful", (open_forgetful, "pytest", False))
    row = memory_peers.measure("forgetful", [SMALL], KnownEmbedder(HashEmbedder(), texts_of([SMALL])), 0)
    assert (row["llm_calls_per_write"], row["recall_at_10"], row["on_disk"]) == (1.0, 50.0, "no")
    assert row["llm_tokens_per_write"] == 10
    assert row["version"] == pytest.__version__


@pytest.mark.parametrize("name", ["roleagent", "roleagent MemoryStore", "Chroma", "LangGraph InMemoryStore"])
def test_each_finds_what_it_was_told(tmp_path: Path, name: str) -> None:
    """A peer that is used wrongly would make ours look better than it is."""
    open_peer, _, _ = PEERS[name]
    with open_peer(tmp_path, HashEmbedder()) as peer:
        for episode in SMALL.episodes[:4]:
            peer.write(episode)
        for question in SMALL.questions[:4]:
            found = peer.search(Cue(text=question.text, at=SMALL.ended_at), SMALL.episodes[0], 1)
            assert set(found) == question.evidence


def test_what_is_not_installed_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty row would look like a failure."""
    monkeypatch.setitem(PEERS, "absent", (open_forgetful, "no-such-distribution", False))
    assert memory_peers.measure("absent", [SMALL], KnownEmbedder(HashEmbedder(), ["a"]), 0) == {}
    assert "no-such-distribution is not installed" in capsys.readouterr().out
