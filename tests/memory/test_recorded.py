"""Tests of what both memories share: embedders that fail, come late or go, and many people at once."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from roleagent.errors import ModelError
from roleagent.memory import recorded
from roleagent.memory.index.owner_index import OwnerIndex
from roleagent.memory.recorded import RecordedMemory
from roleagent.protocols import Cue
from roleagent.store import Store
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.rerankers import OverlapReranker
from roleagent.types import STRANGER, Episode, GraphUpdate, Owner, Selection, Sight, Thread

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")


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


def episode(number: int, text: str, sight: Sight = STRANGER, owner: Owner = ADA) -> Episode:
    thread = replace(TALK, owner=owner)
    return Episode(
        id=f"e{number}", thread=thread, sight=sight, turn_id="t", speaker="user", text=text, at=NOW
    )


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
    assert memory.recall("", ADA, STRANGER, limit=3) == []


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
    assert with_vectors.recall("a cat", ADA, STRANGER, limit=1)[0].id == "e1"
    made = [None if each is None else each.tolist() for _, each in store.embeddings(ADA)]
    assert made[0] == pytest.approx(np.array(HashEmbedder().embed_query("cats"), np.float32).tolist())
    assert RecordedMemory(store, None).recall("dogs", ADA, STRANGER, limit=1)[0].id == "e2"
    assert [None if each is None else each.tolist() for _, each in store.embeddings(ADA)] == made


def test_vectors_of_another_name_are_made_anew_once(store: Store) -> None:
    """Vectors of two models do not compare, even where they are as wide."""
    RecordedMemory(store, HashEmbedder()).remember([episode(1, "cats")], GraphUpdate(), ADA)
    for num_texts in (2, 1):  # the query and, the first time, the episode
        embedder = CountingEmbedder(name="other")
        assert RecordedMemory(store, embedder).recall("cats", ADA, STRANGER, limit=1)[0].id == "e1"
        assert embedder.num_texts == num_texts


def test_vectors_of_another_width_under_the_same_name_are_made_anew(store: Store) -> None:
    """A user's own embedder may change and keep its name."""
    RecordedMemory(store, HashEmbedder(8)).remember([episode(1, "cats")], GraphUpdate(), ADA)
    memory = RecordedMemory(store, HashEmbedder(16))
    memory.forget(Owner(persona_id="holmes", user_id="bob"))
    memory.remember([], GraphUpdate(), ADA)  # loads the owner's index before anything was embedded
    assert memory.recall("cats", ADA, STRANGER, limit=1)[0].id == "e1"


def test_what_must_not_be_told_does_not_move_what_may(store: Store) -> None:
    """Scores are worked out among the episodes in sight: the others leave no trace in them."""
    memory = RecordedMemory(store, HashEmbedder())
    told = [episode(number, f"cat {number}") for number in range(5)]
    memory.remember(told, GraphUpdate(), ADA)
    before = [(each.id, each.score) for each in memory.recall("dog", ADA, STRANGER, limit=9)]
    mary = Sight(listener="mary")
    memory.remember([episode(number, f"bird {number}", mary) for number in range(5, 9)], GraphUpdate(), ADA)
    assert [(each.id, each.score) for each in memory.recall("dog", ADA, STRANGER, limit=9)] == before
    assert len(memory.recall("dog", ADA, mary, limit=9)) == 9


def test_a_wrong_index_cannot_give_a_secret_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record asks again, whatever searched it."""
    memory = RecordedMemory(store, HashEmbedder())
    mary = Sight(listener="mary")
    memory.remember([episode(1, "cat"), episode(2, "cat", mary)], GraphUpdate(), ADA)
    monkeypatch.setattr(OwnerIndex, "in_sight", lambda self, sight: slice(None))
    assert [each.id for each in memory.recall("cat", ADA, STRANGER, limit=9)] == ["e1"]


def test_more_people_than_are_kept_ready(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server has more users than fit into RAM at once; threads of all of them write together."""
    monkeypatch.setattr(recorded, "_MAX_OPEN_OWNERS", 2)
    memory = RecordedMemory(store, HashEmbedder())
    owners = [Owner(persona_id="holmes", user_id=str(user)) for user in range(6)]

    def talk(owner: Owner) -> None:
        for number in range(5):
            memory.remember([episode(number, f"cat {number}", owner=owner)], GraphUpdate(), owner)

    threads = [threading.Thread(target=talk, args=(owner,)) for owner in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(memory.recall("cat", owner, STRANGER, limit=9)) == 5 for owner in owners)
    assert len(memory._slots) == 2


class SlowReranker(OverlapReranker):
    """Reads only once it may, and tells when it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked, self.may_read = threading.Event(), threading.Event()

    def score(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        self.is_asked.set()
        assert self.may_read.wait(10), "whoever remembers waits for a reranker"
        return super().score(query, texts)


def test_nobody_waits_while_a_reranker_reads(store: Store) -> None:
    """It may take a second; the same person's next turn is written meanwhile, and does not count yet."""
    reranker = SlowReranker()
    memory = RecordedMemory(store, HashEmbedder(), reranker=reranker)
    memory.remember([episode(number, f"cat {number}") for number in range(5)], GraphUpdate(), ADA)
    found: list[tuple[str, float | None]] = []

    def ask() -> None:
        found.extend((each.id, each.score) for each in memory.recall("which cat 3", ADA, STRANGER, limit=3))

    asking = threading.Thread(target=ask)
    asking.start()
    assert reranker.is_asked.wait(10)
    undisturbed = RecordedMemory(store, HashEmbedder(), reranker=OverlapReranker())
    wanted = [(each.id, each.score) for each in undisturbed.recall("which cat 3", ADA, STRANGER, limit=3)]
    memory.remember([episode(9, "which cat 3")], GraphUpdate(), ADA)
    reranker.may_read.set()
    asking.join()
    assert found == wanted
    assert memory.recall("which cat 3", ADA, STRANGER, limit=1)[0].id == "e9"


def test_what_is_forgotten_while_a_reranker_reads_is_not_given(store: Store) -> None:
    """Its receipt says that it is gone."""
    reranker = SlowReranker()
    memory = RecordedMemory(store, HashEmbedder(), reranker=reranker)
    memory.remember([episode(number, f"cat {number}") for number in range(5)], GraphUpdate(), ADA)
    found: list[str] = []
    asking = threading.Thread(
        target=lambda: found.extend(each.id for each in memory.recall("which cat 3", ADA, STRANGER, limit=9))
    )
    asking.start()
    assert reranker.is_asked.wait(10)
    memory.forget(ADA, Selection(matching="3"))
    reranker.may_read.set()
    asking.join()
    assert sorted(found) == ["e0", "e1", "e2", "e4"]


def test_utterances_are_embedded_once_in_a_conversation(store: Store) -> None:
    """Each turn asks with the last ones; all but one were asked with in the turn before."""
    embedder = CountingEmbedder()
    memory = RecordedMemory(store, embedder)
    memory.remember([episode(1, "cats"), episode(2, "dogs")], GraphUpdate(), ADA)
    said = ["I saw it.", "Where was it?", "At home.", "Oh!"]
    memory.recall(Cue(text="And when?", history=tuple(said)), ADA, STRANGER, limit=1)
    embedder.num_texts = 0
    memory.recall(Cue(text="And why?", history=(*said[2:], "And when?", "Today.")), ADA, STRANGER, limit=1)
    assert embedder.num_texts == 2  # "And why?" and "Today."


def test_forgetting_drops_what_was_asked_too(store: Store) -> None:
    """A question may hold the very word that is to be forgotten."""
    embedder = CountingEmbedder()
    memory = RecordedMemory(store, embedder)
    memory.remember([episode(1, "Zanzibar"), episode(2, "dogs")], GraphUpdate(), ADA)
    for _ in range(2):
        memory.recall("Where is Zanzibar?", ADA, STRANGER, limit=1)
    assert embedder.num_texts == 3
    memory.forget(ADA, Selection(matching="Zanzibar"))
    memory.recall("Where is Zanzibar?", ADA, STRANGER, limit=1)
    assert embedder.num_texts == 4


def test_what_another_process_forgets_is_dropped_at_the_next_use(store: Store) -> None:
    """It sees only that something was forgotten, not what."""
    memory, other = RecordedMemory(store, HashEmbedder()), RecordedMemory(store, HashEmbedder())
    memory.remember([episode(1, "Zanzibar")], GraphUpdate(), ADA)
    memory.recall("Where is Zanzibar?", ADA, STRANGER, limit=1)
    slot = memory._slots[ADA]
    assert "Where is Zanzibar?" in slot.queries
    other.forget(ADA)
    memory.remember([], GraphUpdate(), ADA)
    assert "Where is Zanzibar?" not in slot.queries
