"""A small world to rank facts of, an embedder that counts, and an untrained network."""

from __future__ import annotations

from pathlib import Path

import pytest
from langchain_core.embeddings import Embeddings

from roleagent.graph.graph import PersonaGraph
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import Fact, Node
from tests.gnn.untrained import write_untrained


class CountingEmbedder(Embeddings):
    """Remembers every text it was asked for."""

    name = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._inner = HashEmbedder()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.asked += texts
        return self._inner.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


@pytest.fixture
def embedder() -> CountingEmbedder:
    return CountingEmbedder()


@pytest.fixture
def graph() -> PersonaGraph:
    """Holmes, whose brother belongs to a club, and a violin."""
    nodes = [
        Node(id="holmes", type="person", label="Sherlock Holmes"),
        Node(id="mycroft", type="person", label="Mycroft"),
        Node(id="club", type="organisation", label="Diogenes Club"),
        Node(id="violin", type="artifact", label="violin"),
        Node(id="london", type="place", label="London"),
    ]
    rows = [
        ("holmes", "sibling_of", "mycroft", "Mycroft is a brother of Sherlock Holmes.", None),
        ("mycroft", "member_of", "club", "Mycroft is a member of the Diogenes Club.", None),
        ("holmes", "plays", "violin", "Sherlock Holmes plays the violin.", None),
        ("holmes", "lives_in", "london", "Sherlock Holmes lives in London.", None),
        ("holmes", "owns", "violin", "Sherlock Holmes owned another violin.", "1880"),
    ]
    facts = [
        Fact(id=f"{s}.{r}.{o}", subject=s, relation=r, object=o, text=text, valid_to=ended)
        for s, r, o, text, ended in rows
    ]
    return PersonaGraph(nodes=nodes, facts=facts, relations={})


@pytest.fixture
def untrained(tmp_path: Path) -> Path:
    """Weights of a small network as they are before training."""
    return write_untrained(tmp_path / "untrained.safetensors")
