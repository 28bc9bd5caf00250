"""Tests of what both memories share: embedders that fail, come late or go, and many people at once."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from roleagent.errors import ModelError
from roleagent.memory import recorded
from roleagent.memory.recorded import RecordedMemory
from roleagent.memory.scope_index import ScopeIndex
from roleagent.store import Store
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import Episode, GraphUpdate, Scope

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ADA = Scope(persona_id="holmes", user_id="ada", thread_id="one")


class BrokenEmbedder(Embeddings):
    """A service that is down."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        raise ConnectionError("down")

    def embed_query(self, text: str) -> list[float]:
        raise ConnectionError("down")


class CountingEmbedder(HashEmbedder):
    """Counts the texts it was given."""

    num_texts = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.num_texts += len(texts)
        return super().embed_documents(texts)


def episode(number: int, text: str, scope: Scope = ADA) -> Episode:
    return Episode(id=f"e{number}", scope=scope, turn_id="t", speaker="user", text=text, at=NOW)


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store(":memory:")
    yield store
    store.close()


def test_an_embedder_that_fails_is_one_clear_error_and_nothing_is_written(store: Store) -> None:
    """What could not be remembered whole is not acknowledged."""
    memory = RecordedMemory(store, BrokenEmbedder())
    with pytest.raises(ModelError, match=r"'BrokenEmbedder:' raised ConnectionError"):
        memory.remember([episode(1, "cat")], GraphUpdate(), ADA)
    assert list(store.episodes(ADA)) == []
    assert memory.recall("", ADA, limit=3) == []


def test_a_retry_does_not_embed_again(store: Store) -> None:
    """An embedder may be a service that is paid by the text."""
    embedder = CountingEmbedder()
    memory = RecordedMemory(store, embedder)
    for _ in range(3):
        memory.remember([episode(1, "cat")], GraphUpdate(), ADA)
    assert embedder.num_texts == 1


def test_an_embedder_may_come_later_and_go_again(store: Store) -> None:
    """Opening a memory without its embedder must not cost the vectors that were made."""
    RecordedMemory(store, None).remember([episode(1, "cats"), episode(2, "dogs")], GraphUpdate(), ADA)
    with_vectors = RecordedMemory(store, HashEmbedder())
    assert with_vectors.recall("a cat", ADA, limit=1)[0].id == "e1"
    made = [None if each is None else each.tolist() for _, each in store.embeddings(ADA)]
    assert made[0] == pytest.approx(np.array(HashEmbedder().embed_query("cats"), np.float32).tolist())
    assert RecordedMemory(store, None).recall("dogs", ADA, limit=1)[0].id == "e2"
    assert [None if each is None else each.tolist() for _, each in store.embeddings(ADA)] == made


def test_vectors_of_another_name_are_made_anew_once(store: Store) -> None:
    """Vectors of two models do not compare, even where they are as wide."""
    RecordedMemory(store, HashEmbedder()).remember([episode(1, "cats")], GraphUpdate(), ADA)
    for num_texts in (2, 1):  # the query and, the first time, the episode
        embedder = CountingEmbedder(name="other")
        assert RecordedMemory(store, embedder).recall("cats", ADA, limit=1)[0].id == "e1"
        assert embedder.num_texts == num_texts


def test_vectors_of_another_width_under_the_same_name_are_made_anew(store: Store) -> None:
    """A user's own embedder may change and keep its name."""
    RecordedMemory(store, HashEmbedder(8)).remember([episode(1, "cats")], GraphUpdate(), ADA)
    memory = RecordedMemory(store, HashEmbedder(16))
    memory.forget(Scope(persona_id="holmes", user_id="bob", thread_id="one"))
    memory.remember([], GraphUpdate(), ADA)  # loads the scope before anything was embedded
    assert memory.recall("cats", ADA, limit=1)[0].id == "e1"


def test_what_must_not_be_told_does_not_move_what_may(store: Store) -> None:
    """Scores are worked out among the episodes in sight: the others leave no trace in them."""
    memory = RecordedMemory(store, HashEmbedder())
    told = [episode(number, f"cat {number}") for number in range(5)]
    memory.remember(told, GraphUpdate(), ADA)
    before = [(each.id, each.score) for each in memory.recall("dog", ADA, limit=9)]
    mary = replace(ADA, listener="mary")
    memory.remember([episode(number, f"bird {number}", mary) for number in range(5, 9)], GraphUpdate(), mary)
    assert [(each.id, each.score) for each in memory.recall("dog", ADA, limit=9)] == before
    assert len(memory.recall("dog", mary, limit=9)) == 9


def test_a_wrong_index_cannot_give_a_secret_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record asks again, whatever searched it."""
    memory = RecordedMemory(store, HashEmbedder())
    mary = replace(ADA, listener="mary")
    memory.remember([episode(1, "cat"), episode(2, "cat", mary)], GraphUpdate(), ADA)
    monkeypatch.setattr(ScopeIndex, "in_sight", lambda self, sight: slice(None))
    assert [each.id for each in memory.recall("cat", ADA, limit=9)] == ["e1"]


def test_more_people_than_are_kept_ready(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server has more users than fit into RAM at once; threads of all of them write together."""
    monkeypatch.setattr(recorded, "_MAX_OPEN_SCOPES", 2)
    memory = RecordedMemory(store, HashEmbedder())
    scopes = [Scope(persona_id="holmes", user_id=str(user), thread_id="one") for user in range(6)]

    def talk(scope: Scope) -> None:
        for number in range(5):
            memory.remember([episode(number, f"cat {number}", scope)], GraphUpdate(), scope)

    threads = [threading.Thread(target=talk, args=(scope,)) for scope in scopes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(memory.recall("cat", scope, limit=9)) == 5 for scope in scopes)
    assert len(memory._slots) == 2
