"""Tests of filling an index in the background: nobody waits for it, and nothing is lost if it breaks."""

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from roleagent.errors import StoreError
from roleagent.memory.index import keeper as index_keeper
from roleagent.memory.index import vector_index
from roleagent.memory.recorded import RecordedMemory
from roleagent.store import Store
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.vector_indexes import InProcessIndex
from roleagent.types import STRANGER, Episode, GraphUpdate, Owner, Thread

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ADA = Owner(persona_id="holmes", user_id="ada")
ADA_TALK = Thread(owner=ADA, thread_id="one")
BOB = Owner(persona_id="holmes", user_id="bob")
BOB_TALK = Thread(owner=BOB, thread_id="one")
WORDS = ["cat", "dog", "tea", "rain", "violin", "bread", "sea", "night", "song", "letter", "road", "snow"]


def episode(number: int, owner: Owner = ADA) -> Episode:
    text = f"{WORDS[number % 12]} {WORDS[number // 12 % 12]}"
    at = NOW + timedelta(minutes=number)
    thread = Thread(owner=owner, thread_id="one")
    return Episode(id=f"e{number}", thread=thread, turn_id="t", speaker="user", text=text, at=at)


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store(":memory:")
    yield store
    store.close()


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_index, "BATCH", 8)


def make(store: Store, index: InProcessIndex, *, exact_rows: int = 10) -> RecordedMemory:
    return RecordedMemory(store, HashEmbedder(), open_index=lambda _: index, exact_rows=exact_rows)


def write(memory: RecordedMemory, count: int, *, first: int = 0, owner: Owner = ADA) -> None:
    memory.remember([episode(number, owner) for number in range(first, first + count)], GraphUpdate(), owner)


def found(memory: RecordedMemory, query: str = "violin dog") -> list[tuple[str, float]]:
    return [(each.id, round(each.score or 0.0, 3)) for each in memory.recall(query, ADA, STRANGER, limit=5)]


def test_recall_goes_on_exactly_while_the_index_is_filled(store: Store) -> None:
    """Making an index of 100,000 takes a minute, in which people go on talking."""
    index = InProcessIndex()
    index.may_write.clear()
    memory = make(store, index)
    write(memory, 60)
    while_filling = found(memory)
    assert (memory.index_state(ADA).num_indexed, index.held) == (0, {})
    write(memory, 1, first=60)
    index.may_write.set()
    state = memory.wait_for_index(ADA)
    assert (state.num_episodes, state.num_indexed, len(index.held)) == (61, 50, 50)
    assert while_filling[0][0] == "e49"
    assert [id_ for id_, _ in found(memory)] == [id_ for id_, _ in while_filling]


def test_few_episodes_need_no_index(store: Store) -> None:
    """Below some number comparing one by one is faster, and exact."""
    index = InProcessIndex()
    memory = make(store, index, exact_rows=60)
    write(memory, 60)
    assert memory.wait_for_index(ADA).num_indexed == 0
    assert memory.rebuild(ADA) == 0
    assert index.num_added == 0


def test_what_comes_later_is_moved_some_at_a_time(store: Store) -> None:
    """Writing one vector to an index costs nearly as much as some hundreds."""
    index = InProcessIndex()
    memory = make(store, index)
    write(memory, 20)
    assert memory.wait_for_index(ADA).num_indexed == 10
    write(memory, 2, first=20)
    assert memory.wait_for_index(ADA).num_indexed == 10
    write(memory, 1, first=22)
    assert memory.wait_for_index(ADA).num_indexed == 13


def test_closing_stops_a_filling_and_opening_goes_on_with_it(store: Store) -> None:
    """What a kill leaves is the same: a beginning, that is never taken for the whole."""
    index = InProcessIndex()
    index.may_write.clear()
    first = make(store, index)
    write(first, 60)
    slot = first._slots[ADA]
    filling = slot.filling
    assert filling is not None
    letting_go = threading.Timer(0.1, index.may_write.set)  # while `close` waits
    letting_go.start()
    slot.close()
    letting_go.join()
    assert filling.done.is_set()
    assert len(index.held) == 8
    second = make(store, index)
    assert second.wait_for_index(ADA).num_indexed == 50
    assert index.num_added == 50
    assert found(second)[0][0] == "e49"


def test_an_index_that_breaks_is_told_of_once_and_tried_again(
    store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is down must not stop a conversation, nor fill the log."""
    monkeypatch.setattr(index_keeper, "RETRY_S", 0.0)
    index = InProcessIndex()
    memory = make(store, index)
    write(memory, 60)
    memory.wait_for_index(ADA)
    before = [id_ for id_, _ in found(memory)]
    index.is_broken = True
    for _ in range(3):
        assert [id_ for id_, _ in found(memory)] == before
        assert memory.wait_for_index(ADA).is_down
    assert caplog.text.count("broke (told to break). Nothing is lost") == 1
    index.is_broken = False
    write(memory, 1, first=60)
    memory.wait_for_index(ADA)
    state = memory.wait_for_index(ADA)
    assert (state.is_down, state.num_indexed) == (False, 51)
    assert "serves again" in caplog.text
    assert index.num_added == 51


def test_one_that_was_tried_is_left_alone_for_a_while(store: Store) -> None:
    """Else every turn would wait for a server that does not answer."""
    index = InProcessIndex()
    index.is_broken = True
    memory = make(store, index)
    write(memory, 60)
    assert memory.wait_for_index(ADA).is_down
    index.is_broken = False
    assert memory.wait_for_index(ADA).num_indexed == 0
    assert memory.rebuild(ADA) == 50
    assert not memory.index_state(ADA).is_down


def test_rebuilding_says_how_far_it_is(store: Store) -> None:
    """A bar that does not move looks like a program that hangs."""
    memory = make(store, InProcessIndex())
    write(memory, 60)
    steps: list[tuple[int, int]] = []
    assert memory.rebuild(ADA, lambda done, total: steps.append((done, total))) == 50
    assert steps == [(done, 50) for done in (8, 16, 24, 32, 40, 48, 50)]


def test_rebuilding_that_fails_says_so_and_the_record_serves(store: Store) -> None:
    """The one who asked for it must know."""
    index = InProcessIndex()
    memory = make(store, index)
    write(memory, 60)
    memory.wait_for_index(ADA)

    def break_it(_done: int, _total: int) -> None:
        index.is_broken = True

    with pytest.raises(StoreError, match=r"could not be made: told to break\. The record is whole"):
        memory.rebuild(ADA, break_it)
    assert found(memory)[0][0] == "e49"


def test_forgetting_stops_a_filling_and_leaves_nothing(store: Store) -> None:
    """No vector may be written after its owner is gone."""
    index = InProcessIndex()
    index.may_write.clear()
    memory = make(store, index)
    write(memory, 60)
    letting_go = threading.Timer(0.1, index.may_write.set)
    letting_go.start()
    memory.forget(ADA)
    letting_go.join()
    assert index.held == {}
    assert memory.recall("cat", ADA, STRANGER, limit=1) == []
    write(memory, 3)
    assert len(found(memory)) == 3


def test_an_index_that_cannot_be_erased_keeps_all(store: Store) -> None:
    """Half forgotten, with the vectors left somewhere, would be worse than an error."""
    index = InProcessIndex()
    memory = make(store, index)
    write(memory, 60)
    memory.wait_for_index(ADA)
    index.is_broken = True
    with pytest.raises(StoreError, match="Nothing was erased"):
        memory.forget(ADA)
    index.is_broken = False
    assert len(found(memory)) == 5


def test_a_memory_closes_while_indexes_are_filled(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """One after another they are filled; those that wait give up at once."""
    caplog.set_level(logging.WARNING)
    indexes = {"ada": InProcessIndex(), "bob": InProcessIndex()}
    memory = RecordedMemory(
        store, HashEmbedder(), open_index=lambda owner: indexes[owner.user_id], exact_rows=10
    )
    for owner in (ADA, BOB):
        indexes[owner.user_id].may_write.clear()
        write(memory, 30, owner=owner)
    letting_go = threading.Timer(0.1, indexes["ada"].may_write.set)
    letting_go.start()
    memory.close()
    letting_go.join()
    assert not [each for each in threading.enumerate() if each.name == "roleagent-index"]
    assert [len(index.held) for index in indexes.values()] == [8, 0]
    assert caplog.text == ""
