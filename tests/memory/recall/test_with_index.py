"""An index of the nearest vectors must not change what recall thinks of them."""

import numpy as np
import pytest

from roleagent.memory.recorded import RecordedMemory
from roleagent.store import Store
from roleagent.store.database import MEMORY
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.vector_indexes import InProcessIndex
from roleagent.types import STRANGER, GraphUpdate
from tests.memory.recall.talk import ADA, said

NUM_EPISODES = 600
SUBJECTS = ["boats", "cats", "tea", "rain", "chess", "maps", "bread", "trains", "violins", "gardens"]
DEEDS = ["saw", "bought", "painted", "lost", "found", "liked", "drew", "sold", "carried", "dreamt-of"]


@pytest.fixture(scope="module")
def memories() -> tuple[RecordedMemory, RecordedMemory]:
    """One that compares all vectors, and one whose index tells the nearest 100 and no more."""
    rng = np.random.default_rng(0)
    episodes = [
        said(f"I {rng.choice(DEEDS)} {rng.choice(SUBJECTS)} number {rng.integers(300)}.", number)
        for number in range(NUM_EPISODES)
    ]
    exact = RecordedMemory(Store(MEMORY), HashEmbedder())
    indexed = RecordedMemory(
        Store(MEMORY), HashEmbedder(), open_index=lambda _: InProcessIndex(), exact_rows=10
    )
    for memory in (exact, indexed):
        memory.remember(episodes, GraphUpdate(), ADA)
    indexed.rebuild(ADA)
    return exact, indexed


def test_recall_finds_the_same_with_an_index_as_without(
    memories: tuple[RecordedMemory, RecordedMemory],
) -> None:
    """The index tells the best cosines alone: what is usual must be known from elsewhere."""
    exact, indexed = memories
    queries = [f"Who {deed} {subject}?" for deed in DEEDS[:4] for subject in SUBJECTS[:5]]
    same = []
    for query in queries:
        wanted = [episode.id for episode in exact.recall(query, ADA, STRANGER, limit=10)]
        found = [episode.id for episode in indexed.recall(query, ADA, STRANGER, limit=10)]
        same.append(len({*wanted} & {*found}) / 10)
    assert np.mean(same) > 0.96


def test_scores_are_nearly_those_of_an_exact_search(
    memories: tuple[RecordedMemory, RecordedMemory],
) -> None:
    """So that one set of weights serves both."""
    exact, indexed = memories
    (wanted,) = exact.recall("Who painted cats?", ADA, STRANGER, limit=1)
    (found,) = indexed.recall("Who painted cats?", ADA, STRANGER, limit=1)
    assert wanted.score is not None
    assert found.score == pytest.approx(wanted.score, rel=0.1)
