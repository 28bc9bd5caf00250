"""Tests of the LangGraph store: beside LangGraph's own, and where it promises more."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langgraph.store.base import (
    GetOp,
    InvalidNamespaceError,
    ListNamespacesOp,
    Op,
    PutOp,
    SearchOp,
)
from langgraph.store.memory import InMemoryStore

from roleagent.errors import InputError
from roleagent.interop import MemoryStore, memory_namespace
from roleagent.interop import items as item_search
from roleagent.memory.in_process import InProcessMemory
from roleagent.memory.on_disk import OnDiskMemory
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import Owner, Sight, Thread

ADA = ("memories", "holmes", "ada")
BOB = ("memories", "holmes", "bob")
OWNER = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=OWNER, thread_id="one")
NOW = datetime(2026, 5, 1, tzinfo=UTC)


class Clock:
    """A time that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def wait(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


@pytest.fixture
def memory() -> Iterator[InProcessMemory]:
    memory = InProcessMemory(HashEmbedder())
    yield memory
    memory.close()


@pytest.fixture
def store(memory: InProcessMemory) -> Iterator[MemoryStore]:
    store = MemoryStore(memory)
    yield store
    store.close()


# ── beside LangGraph's store in RAM ──────────────────────────────────────────────────────────────

labels = st.sampled_from(["likes", "work", "a", "a-b", "字"])
namespaces = st.builds(
    lambda owner, rest: (*owner, *rest), st.sampled_from([ADA, BOB]), st.lists(labels, max_size=3)
)
keys = st.sampled_from(["k1", "k2", "k 3"])
values = st.dictionaries(
    st.sampled_from(["text", "kind", "n"]),
    st.one_of(st.integers(0, 3), st.sampled_from(["book", "a black cat", ""]), st.lists(st.integers(0, 2))),
)
filters = st.one_of(
    st.none(),
    st.dictionaries(st.sampled_from(["kind", "n"]), st.one_of(st.integers(0, 3), st.just("book"))),
    st.builds(lambda op, n: {"n": {op: n}}, st.sampled_from(["$eq", "$ne"]), st.integers(0, 3)),
)
puts = st.builds(
    PutOp,
    namespaces,
    keys,
    st.one_of(st.none(), values),
    st.sampled_from([None, False, ["text"], ["text", "kind"]]),
    st.none(),
)
reads = st.one_of(
    st.builds(GetOp, namespaces, keys),
    st.builds(
        SearchOp,
        namespaces,
        filters,
        st.just(100),
        st.just(0),
        st.sampled_from([None, "black cats"]),
        st.booleans(),
    ),
)
batches = st.lists(st.lists(st.one_of(puts, reads), min_size=1, max_size=6), min_size=1, max_size=5)


def comparable(result: Any) -> Any:
    """What both stores must agree on: not times, nor the order and the scores of a search."""
    if isinstance(result, list):
        return sorted((item.namespace, item.key, repr(item.value)) for item in result)
    return result and (result.namespace, result.key, result.value)


@given(batches)
def test_it_does_what_the_store_in_ram_does(batches: list[list[Op]]) -> None:
    """Whoever knows LangGraph's store knows this one."""
    memory = InProcessMemory(HashEmbedder())
    ours = MemoryStore(memory)
    theirs = InMemoryStore()  # without an index, for with one it fails on a batch with one text twice
    for batch in batches:
        found, expected = ours.batch(batch), theirs.batch(batch)
        for op, mine, other in zip(batch, found, expected, strict=True):
            assert comparable(mine) == comparable(other), op
    memory.close()


@given(
    st.sets(namespaces, max_size=8),
    st.lists(st.one_of(labels, st.just("*")), max_size=2),
    st.lists(st.one_of(labels, st.just("*")), max_size=2),
    st.one_of(st.none(), st.integers(3, 5)),
    st.integers(1, 4),
    st.integers(0, 2),
)
def test_namespaces_are_listed_as_there(
    filled: set[tuple[str, ...]], prefix: list[str], suffix: list[str], max_depth: int | None, limit: int,
    offset: int,
) -> None:  # fmt: skip
    """Prefixes, suffixes, stars, depth and pages."""
    memory = InProcessMemory()
    ours, theirs = MemoryStore(memory), InMemoryStore()
    for namespace in filled:
        ours.put(namespace, "k", {})
        theirs.put(namespace, "k", {})
    asked = {"prefix": (*ADA, *prefix), "suffix": tuple(suffix), "max_depth": max_depth}
    page = {"limit": limit, "offset": offset}
    assert ours.list_namespaces(**asked, **page) == theirs.list_namespaces(**asked, **page)  # type: ignore[arg-type]
    memory.close()


# ── whose it is ──────────────────────────────────────────────────────────────────────────────────

OWNERLESS: list[Callable[[MemoryStore], Any]] = [
    lambda store: store.put(("notes",), "k", {}),
    lambda store: store.put(("memories", "holmes"), "k", {}),
    lambda store: store.get(("users", "ada", "x"), "k"),
    lambda store: store.search(()),
    lambda store: store.search(("memories",), query="cat"),
    lambda store: store.delete(("memories", "holmes"), "k"),
    lambda store: store.list_namespaces(),
    lambda store: store.list_namespaces(prefix=("memories", "*", "ada")),
    lambda store: store.list_namespaces(suffix=("memories", "holmes", "ada")),
    lambda store: store.batch([PutOp(ADA, "k", {}), SearchOp(("memories",))]),
    lambda store: store.batch([PutOp((*ADA, "a.b"), "k", {})]),
    lambda store: store.batch([ListNamespacesOp()]),
]


@pytest.mark.parametrize("number", range(len(OWNERLESS)))
def test_a_namespace_without_an_owner_reaches_no_store(store: MemoryStore, number: int) -> None:
    """Refused before anything is read or written: an application's mistake must not become a leak."""
    store.put(ADA, "kept", {"text": "a black cat"})

    class Untouched:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"{name} was reached")

    store._items = store._episodes = Untouched()  # type: ignore[assignment]
    with pytest.raises((InputError, InvalidNamespaceError)):
        OWNERLESS[number](store)


def test_people_are_apart(store: MemoryStore, memory: InProcessMemory) -> None:
    """The same words under the same key, and each finds their own."""
    for owner in (ADA, BOB, ("memories", "watson", "ada"), ("memories", "holmes", "ad")):
        store.put((*owner, "likes"), "k", {"text": f"tea of {owner[1]} and {owner[2]}"})
    found = store.search(ADA, query="tea")
    assert [item.value["text"] for item in found] == ["tea of holmes and ada"]
    memory.forget(OWNER)
    assert store.search(ADA, query="tea") == []
    assert store.list_namespaces(prefix=ADA) == []
    assert len(store.search(BOB, query="tea")) == 1


def test_more_people_than_are_kept_ready(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server has more users than fit into RAM at once, and each still finds their own."""
    monkeypatch.setattr(item_search, "_MAX_OPEN_OWNERS", 2)
    for _ in range(2):
        for user in ("ada", "bob", "cem", "dora"):
            store.put(("memories", "holmes", user), "k", {"text": f"tea of {user}"})
            found = store.search(("memories", "holmes", user), query="tea")
            assert [item.value["text"] for item in found] == [f"tea of {user}"]
    assert len(store._search._owners) == 2


def test_an_item_is_for_every_listener(memory: InProcessMemory) -> None:
    """It was put there by the application, and told to nobody."""
    stranger, mary = MemoryStore(memory), MemoryStore(memory, sight=Sight(listener="mary", as_of="1881"))
    mary.put(ADA, "k", {"text": "tea"})
    assert mary.search(ADA, query="tea")[0].score is not None
    assert stranger.search(ADA, query="tea")[0].score is not None


def test_any_id_has_a_namespace(store: MemoryStore, memory: InProcessMemory) -> None:
    """Many applications know people by their mail addresses."""
    namespace = memory_namespace("holmes", "ada@example.com", "likes")
    store.put(namespace, "k", {"text": "tea"})
    assert [item.namespace for item in store.search(namespace[:3])] == [namespace]
    memory.forget(replace(OWNER, user_id="ada@example.com"))
    assert store.get(namespace, "k") is None


# ── finding ──────────────────────────────────────────────────────────────────────────────────────


def test_search_is_by_words_and_meaning(store: MemoryStore) -> None:
    """The best first, each with the score of its best text."""
    store.put(ADA, "cat", {"text": "I have a black cat called Milo", "more": {"tags": ["pet", "animal"]}})
    store.put(ADA, "town", {"text": "I live in Lewes"})
    store.put((*ADA, "work"), "job", {"text": "I repair violins"})
    found = store.search(ADA, query="what is the cat called?", limit=2)
    assert found[0].key == "cat"
    assert found[0].score is not None
    assert found[0].score > (found[1].score or 0)
    assert [item.key for item in store.search((*ADA, "work"), query="cat")] == ["job"]
    assert sorted(item.key for item in store.search(ADA, query="cat", offset=1)) == ["job", "town"]


def test_pages_of_a_search_make_up_the_whole(store: MemoryStore) -> None:
    """Nothing twice, nothing left out, over more items than are asked for at first."""
    for number in range(130):
        store.put(ADA, f"k{number}", {"text": f"cat {number}"}, index=False if number % 10 == 0 else None)
    pages = [store.search(ADA, query="cat 7", limit=40, offset=start) for start in range(0, 160, 40)]
    keys = [item.key for page in pages for item in page]
    assert len(keys) == len(set(keys)) == 130
    assert keys == [item.key for item in store.search(ADA, query="cat 7", limit=200)]
    assert [item.score is None for page in pages for item in page] == [False] * 117 + [True] * 13


def test_only_the_fields_that_are_named_are_found(memory: InProcessMemory) -> None:
    """`fields` of the store, `index` of a put, and none at all."""
    store = MemoryStore(memory, fields=["text"])
    value = {"text": "violin", "note": "black cat", "list": [{"t": "umbrella"}, {"t": "garden"}]}
    store.put(ADA, "default", value)
    store.put(ADA, "list", value, index=["list[*].t"])
    store.put(ADA, "none", value, index=False)
    texts = {each.text for each in memory.store.items.texts(OWNER)}
    assert texts == {"violin", "umbrella", "garden"}
    assert store.search(ADA, query="umbrella")[0].key == "list"
    assert store.search(ADA, query="violin")[0].key == "default"
    assert [(item.key, item.score) for item in store.search(ADA, query="violin")][-1] == ("none", None)


def test_what_an_item_no_longer_says_does_not_find_it(store: MemoryStore) -> None:
    """However often it was changed."""
    store.put(ADA, "other", {"text": "umbrella"})
    for number in range(100):
        store.put(ADA, "k", {"text": f"cat {number}" if number < 99 else "garden"})
    assert store.search(ADA, query="cat 7 garden")[0].value == {"text": "garden"}
    assert len(store.search(ADA, query="cat")) == 2
    store.delete(ADA, "k")
    assert [item.key for item in store.search(ADA, query="garden")] == ["other"]


def test_without_an_embedder_words_find() -> None:
    """A memory without meaning still has words."""
    store = MemoryStore(InProcessMemory())
    store.put(ADA, "town", {"text": "I live in Lewes"})
    store.put(ADA, "cat", {"text": "My cat is Milo"})
    assert store.search(ADA, query="cat")[0].key == "cat"


def test_the_latest_comes_first_without_a_query(memory: InProcessMemory) -> None:
    """As LangGraph's stores on disk have it."""
    clock = Clock()
    store = MemoryStore(memory, now=clock)
    for key in ("a", "b", "a"):
        store.put(ADA, key, {"n": key})
        clock.wait(1)
    assert [item.key for item in store.search(ADA)] == ["a", "b"]
    item = store.get(ADA, "a")
    assert item is not None
    assert (item.created_at, item.updated_at) == (NOW, NOW + timedelta(minutes=2))
    assert [each.key for each in store.search(ADA, filter={"n": {"$ne": "a"}})] == ["b"]


# ── how long ─────────────────────────────────────────────────────────────────────────────────────


def test_time_to_live(memory: InProcessMemory) -> None:
    """It starts again with every reading, unless the reader says otherwise."""
    clock = Clock()
    store = MemoryStore(memory, ttl={"default_ttl": 10}, now=clock)
    store.put(ADA, "short", {"text": "cat"})
    store.put(ADA, "long", {"text": "cat"}, ttl=None)
    clock.wait(9)
    assert store.get(ADA, "short") is not None
    clock.wait(9)
    assert len(store.search(ADA, query="cat")) == 2
    clock.wait(9)
    assert store.get(ADA, "short", refresh_ttl=False) is not None
    clock.wait(1)
    assert store.get(ADA, "short") is None
    assert [item.key for item in store.search(ADA, query="cat")] == ["long"]
    assert store.erase_expired(OWNER) == 1


@pytest.mark.parametrize("ttl", [0, -1, float("nan"), float("inf"), 1e12])
def test_a_time_to_live_that_is_none_is_refused(store: MemoryStore, ttl: float) -> None:
    """Kept for no time at all, or for ever by mistake."""
    with pytest.raises(InputError, match="ttl is"):
        store.put(ADA, "k", {}, ttl=ttl)
    assert store.get(ADA, "k") is None


# ── on disk, and awaited ─────────────────────────────────────────────────────────────────────────


def test_items_outlive_the_process_and_a_new_embedder(tmp_path: Path) -> None:
    """Vectors are kept, and made anew once where another embedder comes."""
    memory = OnDiskMemory(tmp_path, HashEmbedder())
    MemoryStore(memory).put(ADA, "k", {"text": "black cat"})
    memory.close()
    for embedder in (HashEmbedder(), HashEmbedder(64, name="other")):
        memory = OnDiskMemory(tmp_path, embedder)
        assert [each.embedder for each in memory.store.items.texts(OWNER)] == ["hash"]
        assert MemoryStore(memory).search(ADA, query="cat")[0].key == "k"
        assert [each.embedder for each in memory.store.items.texts(OWNER)] == [embedder.name]
        memory.close()


async def test_awaited_and_at_once(store: MemoryStore) -> None:
    """Many graphs write to one store."""
    await asyncio.gather(*(store.aput(ADA, f"k{n}", {"text": f"cat {n}"}) for n in range(20)))
    found = await asyncio.gather(*(store.asearch(ADA, query=f"cat {n}", limit=1) for n in range(20)))
    assert [items[0].key for items in found] == [f"k{n}" for n in range(20)]
    await store.adelete(ADA, "k0")
    assert await store.aget(ADA, "k0") is None
    assert await store.alist_namespaces(prefix=ADA) == [ADA]
