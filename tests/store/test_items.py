"""Tests of the items in the record: by whom, under what, for how long."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roleagent.errors import InputError
from roleagent.store import Store
from roleagent.store.items import ItemChange
from roleagent.types import Owner

ADA = Owner(persona_id="holmes", user_id="ada")
BOB = replace(ADA, user_id="bob")
NOW = datetime(2026, 5, 1, tzinfo=UTC)
VECTOR = np.array([1, 0], np.float32)


def put(store: Store, key: str, value: Any, *namespace: str, at: datetime = NOW, **more: Any) -> None:
    store.items.write(
        more.pop("owner", ADA), [ItemChange(namespace=namespace, key=key, value=value, **more)], now=at
    )


def keys_below(store: Store, *prefix: str, at: datetime = NOW) -> list[str]:
    return [item.key for item in store.items.below(ADA, prefix, now=at)]


def test_an_item_is_what_was_written_last(store: Store) -> None:
    """A new value takes the old one's place and keeps the time of its making."""
    put(store, "town", {"name": "Lewes", "数": [1, None]}, "likes")
    put(store, "town", {"name": "Bath"}, "likes", at=NOW + timedelta(days=1))
    item = store.items.get(ADA, ("likes",), "town", now=NOW)
    assert item is not None
    assert (item.value, item.created_at, item.updated_at) == (
        {"name": "Bath"},
        NOW,
        NOW + timedelta(days=1),
    )
    assert store.items.get(ADA, (), "town", now=NOW) is None
    assert store.items.get(BOB, ("likes",), "town", now=NOW) is None


def test_a_prefix_is_whole_labels(store: Store) -> None:
    """``a`` is above ``a.b`` and has nothing to do with ``ab`` or ``a-b``."""
    for number, path in enumerate([(), ("a",), ("a", "b"), ("ab",), ("a-b",), ("a", "b", "c"), ("a/b",)]):
        put(store, "/".join(path), {}, *path, at=NOW + timedelta(seconds=number))
    assert keys_below(store, "a") == ["a/b/c", "a/b", "a"]
    assert keys_below(store, "a", "b") == ["a/b/c", "a/b"]
    assert len(keys_below(store)) == 7
    assert store.items.namespaces(ADA, now=NOW)[:3] == [(), ("a",), ("a", "b")]


def test_texts_follow_their_item(store: Store) -> None:
    """A search must never find what an item no longer says."""
    put(store, "k", {"a": 1}, texts=(("one", VECTOR), ("two", None)))
    first = store.items.texts(ADA)
    assert [(each.text, each.embedding is None) for each in first] == [("one", False), ("two", True)]
    put(store, "k", {"a": 2}, texts=(("three", None),))
    (third,) = store.items.texts(ADA, after=first[-1].seq)
    assert third.text == "three"
    assert store.items.item_of_text(ADA) == {third.seq: third.item}
    store.items.set_embeddings(ADA, {third.seq: VECTOR}, embedder="e")
    (embedded,) = store.items.texts(ADA)
    assert embedded.embedding is not None
    assert (embedded.embedder, embedded.embedding.tolist()) == ("e", [1.0, 0.0])
    put(store, "k", None)
    assert (store.items.texts(ADA), store.items.texts(BOB)) == ([], [])


def test_time_is_up(store: Store) -> None:
    """What has expired is given to nobody, and the next write erases it."""
    hour = timedelta(hours=1)
    put(store, "short", {}, lifetime=hour, texts=(("gone", None),))
    put(store, "read", {}, lifetime=hour)
    put(store, "long", {})
    store.items.touch(ADA, store.items.below(ADA, (), now=NOW)[:2], now=NOW + hour / 2)  # long and read
    assert keys_below(store, at=NOW + hour) == ["long", "read"]
    assert store.items.get(ADA, (), "short", now=NOW + hour) is None
    assert store.items.erase_expired(ADA, now=NOW + hour) == 1
    assert store.items.erase_expired(ADA, now=NOW + hour) == 0
    assert store.items.texts(ADA) == []
    put(store, "short", {"again": 1}, at=NOW + hour)
    assert len(keys_below(store, at=NOW + 100 * hour)) == 2


def test_what_is_not_json_is_refused_and_nothing_of_the_batch_is_written(store: Store) -> None:
    """Half a batch is worse than none."""
    good = ItemChange(namespace=(), key="good", value={})
    for bad in ({"a": {1}}, {"a": float("nan")}, {"a": NOW}):
        with pytest.raises(InputError, match=r"under key 'bad'.*not JSON"):
            store.items.write(ADA, [good, ItemChange(namespace=(), key="bad", value=bad)], now=NOW)
    assert keys_below(store) == []
    assert store.state(ADA) is None


def test_forgetting_a_user_erases_the_items_to_the_last_byte(tmp_path: Path) -> None:
    """One promise for all that is kept of a person."""
    store = Store(tmp_path / "m.sqlite3")
    for owner in (ADA, BOB):
        put(store, f"key-{owner.user_id}-zq", {"v": f"value-{owner.user_id}-zq"}, owner=owner,
            texts=((f"text-{owner.user_id}-zq", VECTOR),))  # fmt: skip
    counts = store.forget(ADA)
    assert (counts["items"], counts["item_texts"]) == (1, 1)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert (b"ada-zq" in kept, b"value-bob-zq" in kept) == (False, True)
    store.close()


def test_an_item_that_is_deleted_is_gone_to_the_last_byte(tmp_path: Path) -> None:
    """Who takes one thing back means it."""
    store = Store(tmp_path / "m.sqlite3")
    put(store, "k", {"v": "canary-zq"}, texts=(("canary-zq", None),))
    put(store, "k", None)
    assert not any(b"canary-zq" in path.read_bytes() for path in tmp_path.iterdir())
    store.close()
