"""Tests of what was said as a LangGraph store shows it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from roleagent.errors import InputError
from roleagent.interop import MemoryStore
from roleagent.memory.in_process import InProcessMemory
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import STRANGER, Episode, GraphUpdate, Owner, Sight, Thread

OWNER = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=OWNER, thread_id="one")
ADA = ("episodes", "holmes", "ada")
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def say(memory: InProcessMemory, number: int, text: str, thread_id: str = "one", listener: str = "") -> None:
    said = Episode(id=f"e{number}", thread=replace(TALK, thread_id=thread_id),
                   sight=Sight(listener=listener), turn_id=f"t{number}", speaker="user", text=text,
                   at=NOW + timedelta(minutes=number))  # fmt: skip
    memory.remember([said], GraphUpdate(), OWNER)


@pytest.fixture
def memory() -> Iterator[InProcessMemory]:
    memory = InProcessMemory(HashEmbedder())
    say(memory, 1, "My cat is called Milo.")
    say(memory, 2, "I live in Lewes.", "v1.2")
    say(memory, 3, "My cat is a spy.", listener="mary")
    yield memory
    memory.close()


def test_what_was_said_can_be_found_and_read(memory: InProcessMemory) -> None:
    """One door to all that is remembered, and the conversations are its namespaces."""
    store = MemoryStore(memory)
    found = store.search(ADA, query="What is the cat called?")
    assert [(item.namespace, item.key) for item in found] == [
        ((*ADA, "one"), "e1"),
        ((*ADA, "v1%2E2"), "e2"),
    ]
    assert found[0].score == memory.recall("What is the cat called?", OWNER, STRANGER, limit=2)[0].score
    item = store.get((*ADA, "one"), "e1")
    assert item is not None
    assert (item.value["text"], item.value["thread"], item.created_at) == (
        "My cat is called Milo.",
        "one",
        NOW + timedelta(minutes=1),
    )
    assert store.list_namespaces(prefix=ADA) == [(*ADA, "one"), (*ADA, "v1%2E2")]


def test_a_conversation_a_filter_and_a_page(memory: InProcessMemory) -> None:
    """As for items, whatever recall would give first."""
    for number in range(10, 140):
        say(memory, number, f"cat {number}", f"t{number % 2}")
    store = MemoryStore(memory)
    assert [item.key for item in store.search((*ADA, "v1%2E2"), query="cat")] == ["e2"]
    assert [item.key for item in store.search(ADA, filter={"text": "I live in Lewes."})] == ["e2"]
    odd = [item.key for item in store.search((*ADA, "t1"), query="cat", limit=200)]
    assert sorted(odd) == sorted(f"e{number}" for number in range(11, 140, 2))
    pages = [store.search((*ADA, "t1"), query="cat", limit=30, offset=start) for start in (0, 30, 60)]
    assert [item.key for page in pages for item in page] == odd
    assert store.search(ADA, limit=1)[0].key == "e139"


def test_what_was_said_in_confidence_stays_so(memory: InProcessMemory) -> None:
    """A store for strangers neither finds it nor gives it by its id, and cannot erase it."""
    stranger, mary = MemoryStore(memory), MemoryStore(memory, sight=Sight(listener="mary"))
    place = (*ADA, "one")
    assert stranger.get(place, "e3") is None
    stranger.delete(place, "e3")
    assert mary.get(place, "e3") is not None
    assert mary.search(ADA, query="spy")[0].key == "e3"
    assert "e3" not in [item.key for item in stranger.search(ADA, query="spy")]
    assert MemoryStore(memory, sight=Sight(as_of="1881")).search(ADA, query="cat") == []


def test_nothing_is_put_there(memory: InProcessMemory) -> None:
    """What somebody is said to have said must have been said."""
    store = MemoryStore(memory)
    with pytest.raises(InputError, match="remember writes"):
        store.put((*ADA, "one"), "e9", {"text": "I owe you a pound."})
    assert len(store.search(ADA)) == 2


def test_an_episode_can_be_erased(memory: InProcessMemory) -> None:
    """By whoever names its conversation and its id."""
    store = MemoryStore(memory)
    store.delete((*ADA, "two"), "e1")
    assert store.get((*ADA, "one"), "e1") is not None
    store.delete((*ADA, "one"), "e1")
    assert store.get((*ADA, "one"), "e1") is None
    assert [item.key for item in store.search(ADA, query="cat")] == ["e2"]
